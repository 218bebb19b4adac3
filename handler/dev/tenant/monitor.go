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
	OpDiscovery Operation = "discovery" // OpenID configuration
	OpIdentity  Operation = "identity"  // token of the managed identity
	OpStart     Operation = "start"
	OpStop      Operation = "stop"
	OpList      Operation = "list"    // the subscriptions
	OpContent   Operation = "content" // a page of a listing
	OpAudit     Operation = "audit"   // a content blob
	OpUnknown   Operation = "unknown"
)

// monitor counts requests and violations of the API's contract.
type monitor struct {
	mu         sync.Mutex
	requests   map[Operation]int
	asked      map[string]int // requests for a content blob, by its id
	sent       map[string]int // of them, those answered in full
	violations map[string]int
	order      []string // the violations in the order of their first occurrence
}

func (m *monitor) count(op Operation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests == nil {
		m.requests = make(map[Operation]int)
	}
	m.requests[op]++
}

// countAsked counts a request for a content blob.
func (m *monitor) countAsked(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asked == nil {
		m.asked, m.sent = make(map[string]int), make(map[string]int)
	}
	m.asked[id]++
}

// countSent counts a content blob that was sent in full, and reports whether it
// was the first time.
func (m *monitor) countSent(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent[id]++
	return m.sent[id] == 1
}

// violation counts a violation of the API's contract.
func (m *monitor) violation(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.violations == nil {
		m.violations = make(map[string]int)
	}
	text := fmt.Sprintf(format, args...)
	if m.violations[text]++; m.violations[text] == 1 {
		m.order = append(m.order, text)
	}
}

// Requests returns the number of requests of each kind, including those that
// were answered with an error.
func (t *Tenant) Requests() map[Operation]int {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	return maps.Clone(t.monitor.requests)
}

// ContentRequests returns the number of requests for each content blob, by its
// id.
func (t *Tenant) ContentRequests() map[string]int {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	return maps.Clone(t.monitor.asked)
}

// Violations returns how clients broke the API's contract, in the order of the
// first occurrence: requests without Authorization or PublisherIdentifier,
// windows wider than 24 hours or more than 7 days back, a content blob requested
// again after it was sent, two starts within 15 minutes, a stop, and the like. A
// repeated violation is one element with a count.
func (t *Tenant) Violations() []string {
	t.monitor.mu.Lock()
	defer t.monitor.mu.Unlock()
	texts := slices.Clone(t.monitor.order)
	for i, text := range texts {
		if n := t.monitor.violations[text]; n > 1 {
			texts[i] = fmt.Sprintf("%s (%d times)", text, n)
		}
	}
	return texts
}
