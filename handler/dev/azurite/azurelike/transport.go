package azurelike

import (
	"maps"
	"net/http"
	"sync"
)

// A Deed is something that a Transport did.
type Deed string

// Everything that a Transport does.
const (
	ShortPage      Deed = "a page with fewer rows than asked for"
	EmptyPage      Deed = "an empty page that is not the last"
	PartitionToken Deed = "a token without a row key"
	Busy           Deed = "503 ServerBusy"
	BusyInside     Deed = "503 ServerBusy inside a 202"
	TimedOut       Deed = "500 OperationTimedOut, and nothing done"
	TimedOutDone   Deed = "500 OperationTimedOut, and all done"
	BeingDeleted   Deed = "409 TableBeingDeleted"
	Refused        Deed = "refused for good"
)

// Deeds are all of them.
func Deeds() []Deed {
	return []Deed{ShortPage, EmptyPage, PartitionToken, Busy, BusyInside, TimedOut, TimedOutDone, BeingDeleted, Refused}
}

// A Transport sends requests on to Azurite. It serves as http.RoundTripper and
// as the Azure SDK's transporter, of several storage accounts if need be, and
// may be used by many goroutines.
type Transport struct {
	base    http.RoundTripper
	options Options

	mu     sync.Mutex
	seen   map[string]int     // requests, by name
	faults map[string]int     // in a row, by name of the request
	tokens map[string]meaning // that were given
	taken  map[string]int     // requests for which a deleted table's name is taken
	deeds  map[Deed]int
}

// New returns a transport to Azurite that itself uses base.
func New(base http.RoundTripper, options Options) *Transport {
	return &Transport{
		base: base, options: options,
		seen: map[string]int{}, faults: map[string]int{}, tokens: map[string]meaning{}, taken: map[string]int{}, deeds: map[Deed]int{},
	}
}

// Did returns how often the transport did what.
func (t *Transport) Did() map[Deed]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.deeds)
}

func (t *Transport) did(d Deed) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deeds[d]++
}

// Do is RoundTrip, as the Azure SDK calls it.
func (t *Transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

// RoundTrip sends r to Azurite, or answers it as Azure might.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	c, err := t.newCall(r)
	if err != nil {
		return nil, err
	}
	for _, answer := range []func(*call) (*http.Response, error){t.refuse, t.beingDeleted, t.fault, t.page} {
		if resp, err := answer(c); resp != nil || err != nil {
			return resp, err
		}
	}
	return t.send(c)
}

// send lets Azurite do what the call asks for.
func (t *Transport) send(c *call) (*http.Response, error) {
	resp, err := t.base.RoundTrip(c.request())
	if err == nil {
		t.noteDeletion(c, resp)
	}
	return resp, err
}
