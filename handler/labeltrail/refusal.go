package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A refusal is an answer other than what was asked for.
type refusal struct {
	status                int
	code, message, target string        // the API's own error; "" where the answer is none of the API's
	location              string        // origin that the answer redirects to
	after                 time.Duration // that the server asks to wait; 0: it does not say
}

// mostRefusal is how many bytes of a refusal are read.
const mostRefusal = 64 << 10

// refused reads a refusal. Whatever else its body holds is not repeated.
func refused(resp *http.Response) error {
	var body struct {
		Error struct{ Code, Message, Target string }
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostRefusal))
	if err != nil {
		return err
	}
	_ = json.Unmarshal(text, &body) // it may be the platform's page, or nothing
	r := &refusal{status: resp.StatusCode, code: body.Error.Code, message: body.Error.Message, target: body.Error.Target}
	if location, err := resp.Location(); err == nil {
		r.location = originOf(location)
	}
	r.after = retryAfter(resp.Header)
	return r
}

// retryAfter reads Retry-After, which is a number of seconds or a time by the
// server's own clock (RFC 9110, 10.2.3).
func retryAfter(h http.Header) time.Duration {
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

func (r *refusal) Error() string {
	text := fmt.Sprintf("%d %s", r.status, cmp.Or(r.code, http.StatusText(r.status)))
	if r.target != "" && !strings.Contains(r.message, r.target) {
		text += " (" + r.target + ")"
	}
	if r.message != "" {
		text += ": " + r.message
	}
	return text
}

// hint is what to do about a refusal; "" where it says so itself.
func (d *deployment) hint(r *refusal) string {
	switch {
	case r.location != "":
		return "it redirects to " + r.location + ", and the key is sent nowhere but to LABELTRAIL_URL; " +
			"if that is where people log in, set LABELTRAIL_AUDIENCE"
	case r.status == http.StatusUnauthorized && d.login != nil:
		return "LABELTRAIL_AUDIENCE must be an audience that the app accepts, such as api://<client id>, and LABELTRAIL_KEY " +
			"a key of its query function, if it wants that too"
	case r.status == http.StatusUnauthorized && d.key != "":
		return "LABELTRAIL_KEY is no key of this app's query function; or the app wants a token: set LABELTRAIL_AUDIENCE"
	case r.status == http.StatusUnauthorized:
		return "set LABELTRAIL_KEY to a key of the query function, or LABELTRAIL_AUDIENCE if the app wants a token"
	case r.status == http.StatusForbidden:
		return "the app is stopped, or lets in neither this address nor this identity"
	case r.status == http.StatusNotFound:
		return "is LABELTRAIL_URL (" + originOf(d.origin) + ") a labeltrail's?"
	}
	return ""
}
