package ingesttest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// ErrBroken is the error of a connection that broke.
var ErrBroken = errors.New("connection broken by the test")

// A Fault goes wrong with one request. send is what would be done with the
// request if all went well.
type Fault func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error)

// Refuse fails the request before it is sent.
func Refuse(*http.Request, func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	return nil, ErrBroken
}

// Lose sends the request, which takes effect, and loses the answer. What is
// sent has a body of its own: a connection may still hold it when the answer is
// there, and the SDK rewinds its own for the next try.
func Lose(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
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

// Answer is the fault of an answer that the service did not give.
func Answer(status int, body string) Fault {
	return func(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
		}, nil
	}
}

// A Transport sends requests on, and makes those fail that Plan says. It
// serves as http.RoundTripper and as the Azure SDK's transporter.
type Transport struct {
	base http.RoundTripper

	mu   sync.Mutex
	n    int
	plan func(n int, r *http.Request) Fault
}

// NewTransport returns a transport on which all goes well.
func NewTransport(base http.RoundTripper) *Transport { return &Transport{base: base} }

// Plan sets what goes wrong from here on, and counts requests from 0 again:
// plan returns the fault of the n-th request, or nil. It is called for one
// request at a time. A nil plan ends all faults.
func (t *Transport) Plan(plan func(n int, r *http.Request) Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n, t.plan = 0, plan
}

// Requests is how many requests there were since the last Plan.
func (t *Transport) Requests() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n
}

// RoundTrip sends r, or does what the plan has for it.
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
