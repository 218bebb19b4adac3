package feed

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// send makes one HTTP request and takes its whole answer.
func (c *Client) send(ctx context.Context, r request, token string) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.newRequest(limited, r, token)
	if err != nil {
		return answer{}, err
	}
	started := c.now()
	c.requests.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		e := connectionError(r.operation, err)
		c.note(r.operation, e, c.now().Sub(started))
		return answer{}, e
	}
	defer resp.Body.Close()
	c.observeClock(resp)
	a, err := c.take(r, resp)
	c.note(r.operation, err, c.now().Sub(started))
	return a, err
}

// newRequest builds the request. It is the only place that hands out the
// token, and it hands it to the root's scheme, host and port alone.
func (c *Client) newRequest(ctx context.Context, r request, token string) (*http.Request, error) {
	if r.url.Scheme != c.root.Scheme || r.url.Host != c.root.Host || r.url.User != nil {
		return nil, &Error{Operation: r.operation, Class: Internal, Message: "the URL is not the API's"}
	}
	var body io.Reader // nil has net/http send Content-Length: 0 with a POST, without which IIS answers 411
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.url.String(), body)
	if err != nil {
		return nil, &Error{Operation: r.operation, Class: Internal, Message: clean(err.Error())}
	}
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip") // set by hand, so that decoding is ours to bound
	req.Header.Set("User-Agent", "labeltrail")
	return req, nil
}

// connectionError is for a request without an answer. The URL, which names
// the content, is left out of its message.
func connectionError(operation string, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	class := Transient
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		class = Configuration // a proxy that opens TLS, or the wrong address
	}
	return &Error{Operation: operation, Class: class, Message: clean(err.Error())}
}

// take turns a response into an answer, or into the error that it is.
func (c *Client) take(r request, resp *http.Response) (answer, error) {
	if resp.StatusCode != http.StatusOK {
		e := classify(r.operation, resp.StatusCode, readError(resp), r.notFound)
		e.RetryAfter = retryAfter(resp.Header, c.now())
		return answer{}, e
	}
	body, err := readBody(resp, c.maxBody)
	if errors.Is(err, errTooLarge) {
		return answer{}, &Error{Operation: r.operation, Status: resp.StatusCode, Class: TooLarge, Message: err.Error()}
	}
	if err != nil {
		return answer{}, transient(r, resp, err)
	}
	if isError(body) {
		e := classify(r.operation, resp.StatusCode, body, r.notFound)
		e.RetryAfter = retryAfter(resp.Header, c.now())
		return answer{}, e
	}
	if err := r.accept(body); err != nil {
		return answer{}, transient(r, resp, err)
	}
	return answer{header: resp.Header, body: body}, nil
}

func transient(r request, resp *http.Response, err error) *Error {
	return &Error{Operation: r.operation, Status: resp.StatusCode, Class: Transient, Message: clean(err.Error())}
}

// longestRetryAfter bounds what a header can say.
const longestRetryAfter = 24 * time.Hour

// retryAfter reads a Retry-After of seconds or of a date, which is held
// against the sender's own clock if it sent one. 0 means there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, longestRetryAfter)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(date.Sub(now), 0), longestRetryAfter)
}

func (c *Client) observeClock(resp *http.Response) {
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.Store(int64(date.Sub(c.now())))
	}
}

// note logs how a request ended, and nothing of what it was about.
func (c *Client) note(operation string, err error, took time.Duration) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Status: http.StatusOK}
	}
	c.log.Debug("management API", "operation", operation, "status", e.Status, "code", e.Code, "class", string(e.Class), "duration", took)
}
