package azurelike

import (
	"maps"
	"net/http"
	"sync"
	"time"
)

// Options say how often each effect occurs. Shares are between 0 (never) and 1 (at
// every request that allows it). The zero value makes a transport that only rejects
// what Azure always rejects.
type Options struct {
	// Seed decides what happens to a request, together with the request itself
	// and the number of equal requests before it. Concurrent requests have no
	// influence.
	Seed uint64

	Faults          float64 // share of requests that are rejected temporarily or time out
	ShortPages      float64 // share of pages that have fewer rows than requested
	EmptyPages      float64 // share of pages without rows that are not the last
	PartitionTokens float64 // share of pages that end with a partition, if they hold several

	// Deleting is the maximum number of requests during which the name of a
	// deleted table stays in use.
	Deleting int
	// RetryAfter is the delay that a temporary rejection asks for, if it asks for
	// one. Delays under a second are sent in a header of milliseconds, which only
	// SDKs read.
	RetryAfter time.Duration
}

// Usual returns the options for a test suite. Every effect occurs in every test of
// some length, and no test takes much longer.
func Usual(seed uint64) Options {
	return Options{
		Seed: seed, Faults: 0.05, ShortPages: 0.5, EmptyPages: 0.15, PartitionTokens: 0.3,
		Deleting: 3, RetryAfter: time.Millisecond,
	}
}

// An Effect is something that a Transport does to a request.
type Effect string

// All effects.
const (
	ShortPage      Effect = "a page with fewer rows than requested"
	EmptyPage      Effect = "an empty page that is not the last"
	PartitionToken Effect = "a token without a row key"
	Busy           Effect = "503 ServerBusy"
	BusyInside     Effect = "503 ServerBusy inside a 202"
	TimedOut       Effect = "500 OperationTimedOut, without effect"
	TimedOutDone   Effect = "500 OperationTimedOut, with effect"
	BeingDeleted   Effect = "409 TableBeingDeleted"
	Rejected       Effect = "rejected permanently"
)

// Effects returns all effects.
func Effects() []Effect {
	return []Effect{ShortPage, EmptyPage, PartitionToken, Busy, BusyInside, TimedOut, TimedOutDone, BeingDeleted, Rejected}
}

// A Transport sends requests to Azurite. It is an http.RoundTripper and a transporter
// of the Azure SDK. It may serve several storage accounts and be used concurrently.
type Transport struct {
	base    http.RoundTripper
	options Options

	mu       sync.Mutex
	seen     map[string]int        // requests so far, by account and name
	faults   map[string]int        // faults in a row, by account and name
	tokens   map[string]tokenValue // tokens that were returned
	deleting map[string]int        // remaining requests during which a table's name is in use
	effects  map[Effect]int
}

// New returns a transport to Azurite that sends its requests with base.
func New(base http.RoundTripper, options Options) *Transport {
	return &Transport{
		base: base, options: options,
		seen: map[string]int{}, faults: map[string]int{}, tokens: map[string]tokenValue{}, deleting: map[string]int{}, effects: map[Effect]int{},
	}
}

// Did returns how often each effect has occurred.
func (t *Transport) Did() map[Effect]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.effects)
}

func (t *Transport) did(e Effect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.effects[e]++
}

// Do implements the Azure SDK's transporter. It equals RoundTrip.
func (t *Transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// RoundTrip sends r to Azurite, or responds as Azure might.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c, err := t.newCall(r)
	if err != nil {
		return nil, err
	}
	for _, respond := range []func(*call) (*http.Response, error){t.checkLimits, t.rejectDeleted, t.fault, t.page} {
		if resp, err := respond(c); resp != nil || err != nil {
			return resp, err
		}
	}
	return t.send(c)
}

// send sends a call to Azurite.
func (t *Transport) send(c *call) (*http.Response, error) {
	resp, err := t.base.RoundTrip(c.request())
	if err == nil {
		t.noteDeletion(c, resp)
	}
	return resp, err
}
