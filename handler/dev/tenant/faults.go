package tenant

import (
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// maxFaults is the largest number of faults injected into the requests for one
// resource.
const maxFaults = 3

// Faults is a schedule of faults that depends on its seed alone, and the count
// of the faults injected so far. A nil *Faults injects none.
type Faults struct {
	seed       uint64
	on         map[FaultMode]bool
	everywhere bool
	retryAfter bool

	mu       sync.Mutex
	injected map[FaultMode]int
	asked    map[string]int // requests for a resource
	fetched  int            // content blobs
}

// NewFaults returns a schedule of some fault modes.
func NewFaults(seed uint64, modes ...FaultMode) *Faults {
	f := &Faults{seed: seed, on: make(map[FaultMode]bool), injected: make(map[FaultMode]int), asked: make(map[string]int)}
	for _, mode := range modes {
		f.on[mode] = true
	}
	return f
}

// AllFaults returns a schedule of all fault modes. SubscriptionDisabled makes a
// run in real time last at least a quarter of an hour.
func AllFaults(seed uint64) *Faults {
	return NewFaults(seed, slices.Concat(requestFaults, onceFaults, contentFaults, formFaults)...)
}

// Without returns a copy of the schedule that leaves out some fault modes. Its
// counts are zero.
func (f *Faults) Without(modes ...FaultMode) *Faults {
	rest := NewFaults(f.seed)
	rest.everywhere, rest.retryAfter = f.everywhere, f.retryAfter
	maps.Copy(rest.on, f.on)
	for _, mode := range modes {
		delete(rest.on, mode)
	}
	return rest
}

// Everywhere extends the fault modes of requests to every resource, instead of
// three in ten.
func (f *Faults) Everywhere() *Faults {
	f.everywhere = true
	return f
}

// WithRetryAfter makes throttling responses carry Retry-After, except the first
// of each fault mode. A careful client waits half a minute after a response
// without it, so a run in real time would otherwise take very long.
func (f *Faults) WithRetryAfter() *Faults {
	f.retryAfter = true
	return f
}

// Injected returns how often each fault mode was injected.
func (f *Faults) Injected() map[FaultMode]int {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.injected)
}

// SetFaults replaces the tenant's faults; nil for none.
func (t *Tenant) SetFaults(f *Faults) { t.faults.Store(f) }

func (f *Faults) has(mode FaultMode) bool { return f != nil && f.on[mode] }

// count counts an injected fault.
func (f *Faults) count(mode FaultMode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.injected[mode]++
}

// once reports whether to inject a fault that occurs once, and counts it.
func (f *Faults) once(mode FaultMode) bool {
	if !f.has(mode) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.injected[mode] > 0 {
		return false
	}
	f.injected[mode]++
	return true
}

// countFetched counts a fetched content blob and returns their number.
func (f *Faults) countFetched() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetched++
	return f.fetched
}

// sendsRetryAfter reports whether a throttling response, already counted,
// carries Retry-After.
func (f *Faults) sendsRetryAfter(mode FaultMode) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return mode == RetryAfter || (mode == TooManyRequests || mode == Throttled) && f.retryAfter && f.injected[mode] > 1
}

// next returns the fault to inject into a request for a resource, if any.
func (f *Faults) next(resource string, possible []FaultMode) FaultMode {
	if f == nil {
		return ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.asked[resource]
	f.asked[resource]++
	if modes := f.schedule(resource, possible); n < len(modes) {
		return modes[n]
	}
	return ""
}

// schedule returns the faults of the first requests for a resource, in order.
// All further requests succeed.
func (f *Faults) schedule(resource string, possible []FaultMode) []FaultMode {
	h := fnv.New64a()
	h.Write([]byte(resource))
	d := dice.New(f.seed, h.Sum64())
	if !f.everywhere && !d.Chance(300) {
		return nil
	}
	possible = slices.DeleteFunc(slices.Clone(possible), func(mode FaultMode) bool { return !f.on[mode] })
	if len(possible) == 0 {
		return nil
	}
	modes := make([]FaultMode, d.Between(1, maxFaults))
	for i := range modes {
		modes[i] = dice.Pick(&d, possible)
	}
	return modes
}

// faultCycle is the number of content blobs in a row in which each fault mode of
// content blobs, if it is on, occurs once. Late occurs twice.
const faultCycle = 40

// contentFault returns the fault of content blob k of a stream, if any. A blob
// has at most one, so that faults cannot hide each other.
func (f *Faults) contentFault(s *records.Stream, k int) FaultMode {
	if f == nil {
		return ""
	}
	d := dice.New(f.seed, s.Seed, uint64(k/faultCycle))
	var cycle [faultCycle]FaultMode
	copy(cycle[:], contentFaults)
	cycle[len(contentFaults)] = Late
	dice.Shuffle(&d, cycle[:])
	if mode := cycle[k%faultCycle]; f.on[mode] {
		return mode
	}
	return ""
}

// lateness returns how long after its creation a content blob is listed: an hour
// or so, and in one case of four many hours.
func (f *Faults) lateness(s *records.Stream, k int) time.Duration {
	d := dice.New(f.seed, s.Seed, 'l', uint64(k))
	if d.Chance(250) {
		return time.Duration(d.Between(3*60, 20*60)) * time.Minute
	}
	return time.Duration(d.Between(20, 100)) * time.Minute
}

// A content blob is republished two to four days later.
const (
	republishedFrom = 2 * 24 * time.Hour
	republishedTo   = 4 * 24 * time.Hour
)

func (f *Faults) republishedAfter(s *records.Stream, k int) time.Duration {
	d := dice.New(f.seed, s.Seed, 'r', uint64(k))
	return republishedFrom + time.Duration(d.IntN(int((republishedTo-republishedFrom)/time.Second)))*time.Second
}
