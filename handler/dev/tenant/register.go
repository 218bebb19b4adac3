package tenant

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Operation names what a request asks for.
type Operation string

// The operations of the tenant's endpoints.
const (
	OpToken     Operation = "token"
	OpDiscovery Operation = "discovery"
	OpIdentity  Operation = "identity" // token of the managed identity
	OpStart     Operation = "start"
	OpStop      Operation = "stop"
	OpList      Operation = "list"    // the subscriptions
	OpContent   Operation = "content" // a page of a listing
	OpAudit     Operation = "audit"   // one content
	OpUnknown   Operation = "unknown"
)

// register counts requests and keeps what was wrong with them.
type register struct {
	mu       sync.Mutex
	requests map[Operation]int
	gets     map[string]int // of a content, by its id
	served   map[string]int // of them, those answered whole
	breaches map[string]int
	order    []string // of the breaches, as they came
}

func (r *register) count(op Operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requests == nil {
		r.requests = make(map[Operation]int)
	}
	r.requests[op]++
}

// get counts a request for a content.
func (r *register) get(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gets == nil {
		r.gets, r.served = make(map[string]int), make(map[string]int)
	}
	r.gets[id]++
}

// serve counts a content that was sent whole, and reports whether it was the
// first time.
func (r *register) serve(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.served[id]++
	return r.served[id] == 1
}

// breach notes a violation of the API's contract.
func (r *register) breach(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.breaches == nil {
		r.breaches = make(map[string]int)
	}
	text := fmt.Sprintf(format, args...)
	if r.breaches[text]++; r.breaches[text] == 1 {
		r.order = append(r.order, text)
	}
}

// Requests returns how many requests of each kind have come, those included
// that were answered with an error.
func (t *Tenant) Requests() map[Operation]int {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	return maps.Clone(t.register.requests)
}

// ContentRequests returns how often each content was asked for, by its id.
func (t *Tenant) ContentRequests() map[string]int {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	return maps.Clone(t.register.gets)
}

// Violations returns in what the clients broke the API's contract, in the order
// in which they first did: requests without Authorization or
// PublisherIdentifier, windows wider than 24 hours or more than 7 days back, a
// content asked for again after it was sent, two starts within 15 minutes, a
// stop, and the like. A violation repeated is one entry with a count.
func (t *Tenant) Violations() []string {
	t.register.mu.Lock()
	defer t.register.mu.Unlock()
	texts := slices.Clone(t.register.order)
	for i, text := range texts {
		if n := t.register.breaches[text]; n > 1 {
			texts[i] = fmt.Sprintf("%s (%d times)", text, n)
		}
	}
	return texts
}
