package tenant

import (
	"maps"
	"slices"
	"sync"
)

// FaultMode is one way in which the service misbehaves. All have been seen in the
// field, or follow from its reference.
type FaultMode string

// Faults that strike a request. Each strikes the same resource (a content, a
// page, an operation within an hour) at most maxStrikes times in all, so that a
// client that tries again gets through.
const (
	TooManyRequests FaultMode = "429"
	Throttled       FaultMode = "403 with AF429 in single quotes"
	RetryAfter      FaultMode = "429 with Retry-After"
	InternalError   FaultMode = "500 AF50000, at times in single quotes"
	FrontDoorError  FaultMode = "503 in HTML, also of the token endpoint"
	ConnectionReset FaultMode = "connection reset in mid-body"
	TruncatedBody   FaultMode = "body cut short under a Content-Length that fits"
	ErrorObject     FaultMode = "200 with an error for an array"
	EmptyBody       FaultMode = "200 with an empty body"
	SlowResponse    FaultMode = "slow answer"
	PageLoop        FaultMode = "next page is the page itself"
	StalePage       FaultMode = "next page that is no longer known (AF20031)"
	ForeignPage     FaultMode = "next page on another host"
)

// Faults that strike once in a tenant's life, and a client must recover from.
const (
	TokenRevoked         FaultMode = "token invalid in mid-run"
	SubscriptionDisabled FaultMode = "subscription disabled in mid-run; the 15 minutes between starts hold"
	WebhookNull          FaultMode = "webhook gone without a word"
)

// Faults of contents: what becomes of some, for good. Lost and Unreadable name
// those that no client can have.
const (
	Expired       FaultMode = "content listed and expired (AF20051)"
	Missing       FaultMode = "content listed that does not exist (AF20050)"
	Vanished      FaultMode = "content listed and 404 without a body"
	NotArray      FaultMode = "content that is no array"
	BrokenRecord  FaultMode = "record with an invalid escape in an array of good ones"
	ByteOrderMark FaultMode = "byte order mark before the array"
	Republished   FaultMode = "content published again, under another id, days later"
	Late          FaultMode = "content that is listed later than its creation says"
)

// Faults of form, which a client should not even notice.
const (
	LocalhostURI  FaultMode = "contentUri that points to localhost"
	DuplicateRows FaultMode = "row listed twice on a page"
	OddCasing     FaultMode = "NextPageUri in odd case, its names in lower case"
	Gzip          FaultMode = "gzip, when the client accepts it"
	StatusMissing FaultMode = "subscription listed without a status"
	PartialWindow FaultMode = "window wider than 24 hours answered in part, with 200"
)

// Every mood, in four groups.
var (
	strikingMoods = []FaultMode{TooManyRequests, Throttled, RetryAfter, InternalError, FrontDoorError, ConnectionReset, TruncatedBody,
		ErrorObject, EmptyBody, SlowResponse, PageLoop, StalePage, ForeignPage}
	onceMoods    = []FaultMode{TokenRevoked, SubscriptionDisabled, WebhookNull}
	contentMoods = []FaultMode{Expired, Missing, Vanished, NotArray, BrokenRecord, ByteOrderMark, Republished, Late}
	formMoods    = []FaultMode{LocalhostURI, DuplicateRows, OddCasing, Gzip, StatusMissing, PartialWindow}
)

// Faults is a plan of faults that depends on its seed alone, and the count of
// those that struck. A nil *Faults is a service without fault.
type Faults struct {
	seed       uint64
	on         map[FaultMode]bool
	everywhere bool
	bare       int // most throttlings without Retry-After, of a mood; 0: no bound

	mu     sync.Mutex
	struck map[FaultMode]int
	asked  map[string]int // requests of a resource
	number int            // of contents asked for
}

// NewFaults returns a plan of some moods.
func NewFaults(seed uint64, moods ...FaultMode) *Faults {
	m := &Faults{seed: seed, on: make(map[FaultMode]bool), struck: make(map[FaultMode]int), asked: make(map[string]int)}
	for _, mood := range moods {
		m.on[mood] = true
	}
	return m
}

// AllFaults returns the plan of all moods. A run under it in real time takes a
// quarter of an hour at least, unless it is Without SubscriptionDisabled.
func AllFaults(seed uint64) *Faults {
	return NewFaults(seed, slices.Concat(strikingMoods, onceMoods, contentMoods, formMoods)...)
}

// Without returns the plan without some moods, its counts at zero.
func (m *Faults) Without(moods ...FaultMode) *Faults {
	rest := NewFaults(m.seed)
	rest.everywhere, rest.bare = m.everywhere, m.bare
	maps.Copy(rest.on, m.on)
	for _, mood := range moods {
		delete(rest.on, mood)
	}
	return rest
}

// Everywhere makes the moods that strike requests strike every resource, not
// three of ten.
func (m *Faults) Everywhere() *Faults {
	m.everywhere = true
	return m
}

// Brief bounds how often the service throttles without saying for how long. A
// careful client keeps away for half a minute then, so a run in real time
// under many of them takes longer than anyone watches.
func (m *Faults) WithRetryAfter() *Faults {
	m.bare = 1
	return m
}

// saysHowLong reports whether a throttling comes with Retry-After.
func (m *Faults) saysHowLong(mood FaultMode) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return mood == RetryAfter || (mood == TooManyRequests || mood == Throttled) && m.bare > 0 && m.struck[mood] > m.bare
}

// Injected returns how often each mood struck.
func (m *Faults) Injected() map[FaultMode]int {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.struck)
}

func (m *Faults) has(mood FaultMode) bool { return m != nil && m.on[mood] }

// count notes that a mood struck.
func (m *Faults) count(mood FaultMode) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.struck[mood]++
}

// once reports whether a mood of one strike strikes now, and counts it.
func (m *Faults) once(mood FaultMode) bool {
	if !m.has(mood) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.struck[mood] > 0 {
		return false
	}
	m.struck[mood]++
	return true
}

// SetFaults replaces the tenant's moods; nil for none.
func (t *Tenant) SetFaults(m *Faults) { t.moods.Store(m) }
