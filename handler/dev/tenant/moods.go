package tenant

import (
	"maps"
	"slices"
	"sync"
)

// Mood is one way in which the service misbehaves. All have been seen in the
// field, or follow from its reference.
type Mood string

// Moods that strike a request. Each strikes the same resource (a content, a
// page, an operation within an hour) at most maxStrikes times in all, so that a
// client that tries again gets through.
const (
	TooManyRequests Mood = "429"
	Throttled       Mood = "403 with AF429 in single quotes"
	RetryAfter      Mood = "429 with Retry-After"
	InternalError   Mood = "500 AF50000, at times in single quotes"
	FrontDoorError  Mood = "503 in HTML, also of the token endpoint"
	ConnectionReset Mood = "connection reset in mid-body"
	TruncatedBody   Mood = "body cut short under a Content-Length that fits"
	ErrorObject     Mood = "200 with an error for an array"
	EmptyBody       Mood = "200 with an empty body"
	SlowAnswer      Mood = "slow answer"
	PageLoop        Mood = "next page is the page itself"
	StalePage       Mood = "next page that is no longer known (AF20031)"
	ForeignPage     Mood = "next page on another host"
)

// Moods that strike once in a tenant's life, and a client must recover from.
const (
	TokenRevoked         Mood = "token invalid in mid-run"
	SubscriptionDisabled Mood = "subscription disabled in mid-run; the 15 minutes between starts hold"
	WebhookNull          Mood = "webhook gone without a word"
)

// Moods of contents: what becomes of some, for good. Lost and Unreadable name
// those that no client can have.
const (
	Expired       Mood = "content listed and expired (AF20051)"
	Missing       Mood = "content listed that does not exist (AF20050)"
	Vanished      Mood = "content listed and 404 without a body"
	NotArray      Mood = "content that is no array"
	BrokenRecord  Mood = "record with an invalid escape in an array of good ones"
	ByteOrderMark Mood = "byte order mark before the array"
	Republished   Mood = "content published again, under another id, days later"
	Late          Mood = "content that is listed later than its creation says"
)

// Moods of form, which a client should not even notice.
const (
	LocalhostURI  Mood = "contentUri that points to localhost"
	DuplicateRows Mood = "row listed twice on a page"
	OddCasing     Mood = "NextPageUri in odd case, its names in lower case"
	Gzip          Mood = "gzip, when the client accepts it"
	StatusMissing Mood = "subscription listed without a status"
	PartialWindow Mood = "window wider than 24 hours answered in part, with 200"
)

// Every mood, in four groups.
var (
	strikingMoods = []Mood{TooManyRequests, Throttled, RetryAfter, InternalError, FrontDoorError, ConnectionReset, TruncatedBody,
		ErrorObject, EmptyBody, SlowAnswer, PageLoop, StalePage, ForeignPage}
	onceMoods    = []Mood{TokenRevoked, SubscriptionDisabled, WebhookNull}
	contentMoods = []Mood{Expired, Missing, Vanished, NotArray, BrokenRecord, ByteOrderMark, Republished, Late}
	formMoods    = []Mood{LocalhostURI, DuplicateRows, OddCasing, Gzip, StatusMissing, PartialWindow}
)

// Moods is a plan of faults that depends on its seed alone, and the count of
// those that struck. A nil *Moods is a service without fault.
type Moods struct {
	seed       uint64
	on         map[Mood]bool
	everywhere bool
	bare       int // most throttlings without Retry-After, of a mood; 0: no bound

	mu     sync.Mutex
	struck map[Mood]int
	asked  map[string]int // requests of a resource
	number int            // of contents asked for
}

// NewMoods returns a plan of some moods.
func NewMoods(seed uint64, moods ...Mood) *Moods {
	m := &Moods{seed: seed, on: make(map[Mood]bool), struck: make(map[Mood]int), asked: make(map[string]int)}
	for _, mood := range moods {
		m.on[mood] = true
	}
	return m
}

// AllMoods returns the plan of all moods. A run under it in real time takes a
// quarter of an hour at least, unless it is Without SubscriptionDisabled.
func AllMoods(seed uint64) *Moods {
	return NewMoods(seed, slices.Concat(strikingMoods, onceMoods, contentMoods, formMoods)...)
}

// Without returns the plan without some moods, its counts at zero.
func (m *Moods) Without(moods ...Mood) *Moods {
	rest := NewMoods(m.seed)
	rest.everywhere, rest.bare = m.everywhere, m.bare
	maps.Copy(rest.on, m.on)
	for _, mood := range moods {
		delete(rest.on, mood)
	}
	return rest
}

// Everywhere makes the moods that strike requests strike every resource, not
// three of ten.
func (m *Moods) Everywhere() *Moods {
	m.everywhere = true
	return m
}

// Brief bounds how often the service throttles without saying for how long. A
// careful client keeps away for half a minute then, so a run in real time
// under many of them takes longer than anyone watches.
func (m *Moods) Brief() *Moods {
	m.bare = 1
	return m
}

// saysHowLong reports whether a throttling comes with Retry-After.
func (m *Moods) saysHowLong(mood Mood) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return mood == RetryAfter || (mood == TooManyRequests || mood == Throttled) && m.bare > 0 && m.struck[mood] > m.bare
}

// Struck returns how often each mood struck.
func (m *Moods) Struck() map[Mood]int {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.struck)
}

func (m *Moods) has(mood Mood) bool { return m != nil && m.on[mood] }

// count notes that a mood struck.
func (m *Moods) count(mood Mood) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.struck[mood]++
}

// once reports whether a mood of one strike strikes now, and counts it.
func (m *Moods) once(mood Mood) bool {
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

// SetMoods replaces the tenant's moods; nil for none.
func (t *Tenant) SetMoods(m *Moods) { t.moods.Store(m) }
