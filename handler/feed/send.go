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

// send makes one HTTP request and reads its whole response.
func (c *Client) send(ctx context.Context, r request, token string) (response, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := c.newRequest(limited, r, token)
	if err != nil {
		return response{}, err
	}
	started := c.now()
	c.requests.Add(1)
	resp, err := c.http.Do(req)
	if err != nil {
		e := connectionError(r.operation, err)
		c.logRequest(r.operation, e, c.now().Sub(started))
		return response{}, e
	}
	defer resp.Body.Close()
	c.updateSkew(resp)
	accepted, err := c.readResponse(r, resp)
	c.logRequest(r.operation, err, c.now().Sub(started))
	return accepted, err
}

// newRequest builds the HTTP request. It is the only place that adds the token,
// and it does so only for the root's scheme, host and port.
func (c *Client) newRequest(ctx context.Context, r request, token string) (*http.Request, error) {
	if r.url.Scheme != c.root.Scheme || r.url.Host != c.root.Host || r.url.User != nil {
		return nil, &Error{Operation: r.operation, Class: Internal, Message: "the URL is outside the API's root"}
	}
	var body io.Reader // nil makes net/http send Content-Length: 0 with a POST; without it IIS responds with 411
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
	req.Header.Set("Accept-Encoding", "gzip") // set here, so that net/http leaves decompression, and its limit, to us
	req.Header.Set("User-Agent", "labeltrail")
	return req, nil
}

// connectionError returns the error of a request without a response. Its
// message leaves out the URL, which names the content blob.
func connectionError(operation string, err error) *Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	class := Transient
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		class = Configuration // a proxy that intercepts TLS, or the wrong address
	}
	return &Error{Operation: operation, Class: class, Message: clean(err.Error())}
}

// readResponse returns the response if it is a 200 with an acceptable body, or
// the error that it stands for.
func (c *Client) readResponse(r request, resp *http.Response) (response, error) {
	if resp.StatusCode != http.StatusOK {
		return response{}, c.responseError(r, resp, readErrorBody(resp))
	}
	body, err := readBody(resp, c.maxBody)
	if errors.Is(err, errTooLarge) {
		return response{}, &Error{Operation: r.operation, Status: resp.StatusCode, Class: TooLarge, Message: err.Error()}
	}
	if err != nil {
		return response{}, bodyError(r, resp, err)
	}
	if isError(body) {
		return response{}, c.responseError(r, resp, body)
	}
	if err := r.accept(body); err != nil {
		return response{}, bodyError(r, resp, err)
	}
	return response{header: resp.Header, body: body}, nil
}

func (c *Client) responseError(r request, resp *http.Response, body []byte) *Error {
	e := classify(r.operation, resp.StatusCode, body, r.notFound)
	e.RetryAfter = retryAfter(resp.Header, c.now())
	return e
}

func bodyError(r request, resp *http.Response, err error) *Error {
	return &Error{Operation: r.operation, Status: resp.StatusCode, Class: Transient, Message: clean(err.Error())}
}

// longestRetryAfter limits how long a response can make the client wait.
const longestRetryAfter = 24 * time.Hour

// retryAfter returns the Retry-After of a response, given in seconds or as a
// date, or 0 if it has none. A date is relative to the sender's clock if the
// response has a Date header, and to now if not.
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

func (c *Client) updateSkew(resp *http.Response) {
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.Store(int64(date.Sub(c.now())))
	}
}

// logRequest logs the result of a request, but neither its URL nor its body.
func (c *Client) logRequest(operation string, err error, took time.Duration) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Status: http.StatusOK}
	}
	c.log.Debug("management API", "operation", operation, "status", e.Status, "code", e.Code, "class", string(e.Class), "duration", took)
}
