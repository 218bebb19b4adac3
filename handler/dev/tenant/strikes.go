package tenant

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxStrikes is how often the moods together strike one resource.
const maxStrikes = 3

// slowness is how long a slow answer takes.
const slowness = 300 * time.Millisecond

// strikes returns the moods that strike the requests of a resource, one after
// the other, before it is served.
func (m *Faults) strikes(resource string, possible []FaultMode) []FaultMode {
	h := fnv.New64a()
	h.Write([]byte(resource))
	d := roll(m.seed, h.Sum64())
	if !m.everywhere && !d.chance(300) {
		return nil
	}
	possible = slices.DeleteFunc(slices.Clone(possible), func(mood FaultMode) bool { return !m.on[mood] })
	if len(possible) == 0 {
		return nil
	}
	moods := make([]FaultMode, d.between(1, maxStrikes))
	for i := range moods {
		moods[i] = pick(&d, possible)
	}
	return moods
}

// next returns the mood that strikes the request at hand, "" for none.
func (m *Faults) next(resource string, possible []FaultMode) FaultMode {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.asked[resource]
	m.asked[resource]++
	if moods := m.strikes(resource, possible); n < len(moods) {
		return moods[n]
	}
	return ""
}

// Faults that can strike an operation. A start is never throttled by mood: a
// throttled start says that it came too soon, see mayStart.
var (
	anyStart   = []FaultMode{InternalError, FrontDoorError, SlowResponse}
	anyAnswer  = []FaultMode{TooManyRequests, Throttled, RetryAfter, InternalError, FrontDoorError, SlowResponse}
	anyArray   = append(slices.Clone(anyAnswer), ConnectionReset, TruncatedBody, ErrorObject, EmptyBody)
	anyListing = append(slices.Clone(anyArray), PageLoop, StalePage, ForeignPage)
)

// mood draws the mood that strikes a call.
func (t *Tenant) mood(c *call) FaultMode {
	m := t.moods.Load()
	switch c.operation {
	case OpAudit:
		return m.next(c.id, anyArray)
	case OpContent:
		return m.next(c.r.URL.RawQuery, anyListing)
	case OpList:
		return m.next("list"+c.now.Format("2006010215"), anyArray)
	case OpStart:
		return m.next("start"+c.query["contenttype"]+c.now.Format("2006010215"), anyStart)
	}
	return ""
}

// strike answers a call in a mood, and reports whether that was all.
func (t *Tenant) strike(c *call, mood FaultMode) bool {
	m := t.moods.Load()
	f := blindError(c, mood)
	switch {
	case f != nil:
		m.count(mood)
		if m.saysHowLong(mood) {
			c.w.Header().Set("Retry-After", "1")
		}
		if mood == FrontDoorError {
			c.w.Header().Set("Content-Type", "text/html")
		}
		f.write(c.w)
		return true
	case mood == EmptyBody:
		m.count(mood)
		c.w.WriteHeader(http.StatusOK)
		return true
	case mood == ConnectionReset || mood == TruncatedBody:
		t.cutShort(c, mood)
		return true
	case mood == SlowResponse:
		m.count(mood)
		pause(c.r)
	}
	return false
}

// blindError returns the answer of a mood that answers without looking.
func blindError(c *call, mood FaultMode) *apiError {
	const message = "An internal server error occurred. Retry the request."
	switch mood {
	case TooManyRequests, RetryAfter:
		return newError(http.StatusTooManyRequests, "AF429", "Too many requests. Method=%s, PublisherId=%s", quotaMethod(c.operation), c.publisher)
	case Throttled:
		return tooMany(quotaMethod(c.operation), c.publisher)
	case InternalError:
		if len(c.r.URL.Path)%2 == 0 {
			return &apiError{status: http.StatusInternalServerError, body: "{'error':{'code':'AF50000','message':'" + message + "'}}"}
		}
		return newError(http.StatusInternalServerError, "AF50000", message)
	case FrontDoorError:
		return &apiError{status: http.StatusServiceUnavailable, body: frontDoorPage}
	case ErrorObject:
		return newError(http.StatusOK, "AF50000", message)
	}
	return nil
}

const frontDoorPage = "<!DOCTYPE html><html><head><title>Our services aren't available right now</title></head>" +
	"<body><h2>Our services aren't available right now</h2><p>We're working to restore all services as soon as possible.</p></body></html>"

// pause waits, unless the client hangs up first.
func pause(r *http.Request) {
	timer := time.NewTimer(slowness)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// cutShort sends half of an answer: under a header that fits the half, or under
// the header of the whole, to be cut by a reset.
func (t *Tenant) cutShort(c *call, mood FaultMode) {
	whole := capture{header: c.w.Header()}
	inner := *c
	inner.w, inner.spoiled = &whole, true
	if f := t.answer(&inner); f != nil {
		f.write(&whole)
	}
	if whole.status != http.StatusOK || len(whole.body) < 4 {
		whole.relay(c.w)
		return
	}
	t.moods.Load().count(mood)
	half := whole.body[:len(whole.body)/2]
	if mood == TruncatedBody {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(half)))
		c.w.Write(half)
		return
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(whole.body)))
	c.w.Write(half)
	http.NewResponseController(c.w).Flush()
	panic(http.ErrAbortHandler) // ends the connection without an end of the body
}

// capture keeps an answer instead of sending it.
type capture struct {
	header http.Header
	status int
	body   []byte
}

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) { c.status = cmp.Or(c.status, status) }

func (c *capture) Write(b []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	c.body = append(c.body, b...)
	return len(b), nil
}

func (c *capture) relay(w http.ResponseWriter) {
	w.WriteHeader(cmp.Or(c.status, http.StatusOK))
	w.Write(c.body)
}
