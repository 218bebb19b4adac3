package ingesttest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// ErrBroken is the error of a broken connection.
var ErrBroken = errors.New("connection broken by the test")

// A Fault handles a request in place of send, which would send it.
type Fault func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error)

// Drop fails the request before it is sent.
func Drop(*http.Request, func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return nil, ErrBroken
}

// LoseResponse sends the request, which takes effect, and loses the response. It sends a
// copy of the body: a connection may still hold that when the response arrives,
// while the SDK rewinds its own for the next attempt.
func LoseResponse(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	sent := r.Clone(r.Context())
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		sent.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := send(sent)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	return nil, ErrBroken
}

// Respond returns the fault of a response that did not come from the service.
func Respond(status int, body string) Fault {
	return func(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
		}, nil
	}
}

// A Transport sends requests, and injects the faults of a plan. It is an
// http.RoundTripper and a transporter of the Azure SDK.
type Transport struct {
	base http.RoundTripper

	mu   sync.Mutex
	n    int
	plan func(n int, r *http.Request) Fault
}

// NewTransport returns a transport without faults.
func NewTransport(base http.RoundTripper) *Transport { return &Transport{base: base} }

// Plan sets the faults from now on: plan returns the fault of the n-th request,
// counted from 0 again, or nil. It is called for one request at a time. A nil
// plan injects nothing.
func (t *Transport) Plan(plan func(n int, r *http.Request) Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n, t.plan = 0, plan
}

// Requests returns the number of requests since the last call of Plan.
func (t *Transport) Requests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// RoundTrip sends r, or injects its fault.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if fault := t.fault(r); fault != nil {
		return fault(r, t.base.RoundTrip)
	}
	return t.base.RoundTrip(r)
}

// Do is RoundTrip, as the Azure SDK calls it.
func (t *Transport) Do(r *http.Request) (*http.Response, error) { return t.RoundTrip(r) }

func (t *Transport) fault(r *http.Request) Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.n
	t.n++
	if t.plan == nil {
		return nil
	}
	return t.plan(n, r)
}
