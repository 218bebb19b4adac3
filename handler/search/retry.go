package search

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A permanent error is one that a retry cannot fix.
type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// Retry policy of a page: it rides out an outage of about two minutes.
const (
	maxAttempts = 8
	minBackoff  = time.Second
	maxBackoff  = 30 * time.Second
	// maxRetryAfter is the longest delay that a server may ask for. A longer
	// one ends the search.
	maxRetryAfter = 5 * time.Minute
)

// retry calls try until it succeeds, fails for good, or has used its attempts.
// It prints the reason of each retry. A failed try must have no lasting effect.
func (c *Config) retry(ctx context.Context, try func() error) error {
	for n, backoff := 1, minBackoff; ; n, backoff = n+1, min(2*backoff, maxBackoff) {
		err := try()
		if err == nil || n == maxAttempts || ctx.Err() != nil || !isTransient(err) {
			return err
		}
		delay := max(backoff, retryAfter(err))
		fmt.Fprintf(c.Stderr, "%v; trying again in %v (attempt %d of %d)\n", err, delay, n+1, maxAttempts)
		if err := c.Wait(ctx, delay); err != nil {
			return err
		}
	}
}

// isTransient reports whether another attempt may succeed.
func isTransient(err error) bool {
	if r, ok := errors.AsType[*rejection](err); ok {
		return r.isTransient()
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return !name.IsNotFound
	}
	_, isPermanent := errors.AsType[*permanent](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	return !isPermanent && !untrusted && !notTLS // the connection broke, or was not made
}

// retryAfter returns the delay that the server asked for; 0 if it did not.
func retryAfter(err error) time.Duration {
	if r, ok := errors.AsType[*rejection](err); ok {
		return r.after
	}
	return 0
}

// A rejection is a response with a status other than 200.
type rejection struct {
	status                int
	code, message, target string        // the API's own error; "" if the response is not the API's
	location              string        // origin that it redirects to
	after                 time.Duration // Retry-After; 0 if absent
}

// maxRejection is how many bytes of a rejection are read. The API's own take a
// few hundred; a proxy's error page may be large.
const maxRejection = 64 << 10

// readRejection reads a rejection. It keeps the API's error and the headers;
// the rest of the body may be anything and is never printed.
func readRejection(resp *http.Response) error {
	var body struct {
		Error struct{ Code, Message, Target string }
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxRejection))
	if err != nil {
		return err
	}
	_ = json.Unmarshal(text, &body) // the platform's own page is HTML, or empty
	r := &rejection{status: resp.StatusCode, code: body.Error.Code, message: body.Error.Message, target: body.Error.Target}
	if location, err := resp.Location(); err == nil {
		r.location = originOf(location)
	}
	r.after = parseRetryAfter(resp.Header)
	return r
}

// parseRetryAfter reads Retry-After: a number of seconds, or a time by the
// server's own clock (RFC 9110, section 10.2.3). It returns 0 for a missing or
// invalid value, and for a time without a Date header to compare it with.
//
// Package feed has a different rule. It compares a time with our own clock if
// the Date header is missing, and it shortens a long delay. Here a long delay must
// stay long, because it ends the search: see maxRetryAfter.
func parseRetryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, until.Sub(at))
}

// isTransient reports whether the rejection is throttling or an outage. A 500
// that is not the API's comes from a Functions host whose handler has just
// died.
func (r *rejection) isTransient() bool {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return r.after <= maxRetryAfter
	case http.StatusInternalServerError:
		return r.code == ""
	}
	return false
}

func (r *rejection) Error() string {
	text := fmt.Sprintf("%d %s", r.status, cmp.Or(r.code, http.StatusText(r.status)))
	if r.target != "" && !strings.Contains(r.message, r.target) {
		text += " (" + r.target + ")"
	}
	if r.message != "" {
		text += ": " + r.message
	}
	return text
}

// hint returns what the user can do about a rejection; "" if its own text says
// it.
func (d *deployment) hint(r *rejection) string {
	switch {
	case r.location != "":
		return "it redirects to " + r.location + ", and the key is sent only to LABELTRAIL_URL; " +
			"if that is a login page, set LABELTRAIL_AUDIENCE"
	case r.status == http.StatusUnauthorized && d.token != nil:
		return "LABELTRAIL_AUDIENCE must be an audience that the app accepts, such as api://<client id>, and LABELTRAIL_KEY " +
			"a key of its query function, if it requires that too"
	case r.status == http.StatusUnauthorized && d.key != "":
		return "LABELTRAIL_KEY is not a key of this app's query function; or the app requires a token: set LABELTRAIL_AUDIENCE"
	case r.status == http.StatusUnauthorized:
		return "set LABELTRAIL_KEY to a key of the query function, or LABELTRAIL_AUDIENCE if the app requires a token"
	case r.status == http.StatusForbidden:
		return "the app is stopped, or does not allow this address or this identity"
	case r.status == http.StatusNotFound:
		return "is LABELTRAIL_URL (" + originOf(d.origin) + ") a labeltrail deployment?"
	}
	return ""
}
