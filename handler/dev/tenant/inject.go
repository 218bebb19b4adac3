package tenant

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// slowness is how long a slow response takes.
const slowness = 300 * time.Millisecond

// Fault modes of each operation. A start is never throttled by a fault: a
// throttled start means that it came too soon, see checkStart.
var (
	tokenFaults   = []FaultMode{FrontDoorError, SlowResponse}
	startFaults   = []FaultMode{InternalError, FrontDoorError, SlowResponse}
	arrayFaults   = []FaultMode{TooManyRequests, Throttled, RetryAfter, InternalError, FrontDoorError, SlowResponse, ConnectionReset, TruncatedBody, ErrorObject, EmptyBody}
	listingFaults = append(slices.Clone(arrayFaults), PageLoop, StalePage, ForeignPage)
)

// hourLayout names a resource that exists once an hour.
const hourLayout = "2006010215"

// nextFault returns the fault to inject into a call, if any.
func (t *Tenant) nextFault(c *call) FaultMode {
	f := t.faults.Load()
	switch c.operation {
	case OpAudit:
		return f.next(c.id, arrayFaults)
	case OpContent:
		return f.next(c.r.URL.RawQuery, listingFaults)
	case OpList:
		return f.next("list"+c.now.Format(hourLayout), arrayFaults)
	case OpStart:
		return f.next("start"+c.query["contenttype"]+c.now.Format(hourLayout), startFaults)
	}
	return ""
}

// inject injects a call's fault. It reports whether the response is complete.
func (t *Tenant) inject(c *call) bool {
	f := t.faults.Load()
	e := injectedError(c)
	switch {
	case e != nil:
		f.count(c.fault)
		if f.sendsRetryAfter(c.fault) {
			c.w.Header().Set("Retry-After", "1")
		}
		if c.fault == FrontDoorError {
			c.w.Header().Set("Content-Type", "text/html")
		}
		e.write(c.w)
		return true
	case c.fault == EmptyBody:
		f.count(c.fault)
		c.w.WriteHeader(http.StatusOK)
		return true
	case c.fault == ConnectionReset || c.fault == TruncatedBody:
		t.cutShort(c)
		return true
	case c.fault == SlowResponse:
		f.count(c.fault)
		pause(c.r)
	}
	return false
}

// injectLogin injects a fault into a token request. It reports whether the
// response is complete.
func (t *Tenant) injectLogin(w http.ResponseWriter, r *http.Request) bool {
	f := t.faults.Load()
	switch mode := f.next("token"+t.now().Format(hourLayout), tokenFaults); mode {
	case FrontDoorError:
		f.count(mode)
		w.Header().Set("Content-Type", "text/html")
		(&apiError{status: http.StatusServiceUnavailable, body: frontDoorPage}).write(w)
		return true
	case SlowResponse:
		f.count(mode)
		pause(r)
	}
	return false
}

// injectedError returns the error response of a call's fault, if it has one.
func injectedError(c *call) *apiError {
	const message = "An internal server error occurred. Retry the request."
	switch c.fault {
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

// pause waits for slowness, or until the client hangs up.
func pause(r *http.Request) {
	timer := time.NewTimer(slowness)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// cutShort sends the first half of a response. TruncatedBody sends the length of
// the half. ConnectionReset sends the length of the whole and then resets the
// connection.
func (t *Tenant) cutShort(c *call) {
	whole := capture{header: c.w.Header()}
	inner := *c
	inner.w, inner.cut = &whole, true
	if e := t.answer(&inner); e != nil {
		e.write(&whole)
	}
	if whole.status != http.StatusOK || len(whole.body) < 4 {
		whole.relay(c.w)
		return
	}
	t.faults.Load().count(c.fault)
	half := whole.body[:len(whole.body)/2]
	if c.fault == TruncatedBody {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(half)))
		c.w.Write(half)
		return
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(whole.body)))
	c.w.Write(half)
	http.NewResponseController(c.w).Flush()
	panic(http.ErrAbortHandler) // makes net/http close the connection
}

// capture is an http.ResponseWriter that keeps the response.
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
