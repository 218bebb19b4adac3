package host

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
)

// invocation is one run of a function.
type invocation struct {
	function *Function
	id       string // a fresh GUID
	trace    string // traceparent sent to the handler
}

// newInvocation joins the caller's trace if it sent one.
func newInvocation(f *Function, caller http.Header) invocation {
	return invocation{function: f, id: newGUID(), trace: newTrace(caller.Get(headerTrace))}
}

var tracePattern = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$`)

// newTrace is a W3C traceparent: the caller's trace with a span of the
// host's, or a trace of its own.
func newTrace(caller string) string {
	var span [8]byte
	rand.Read(span[:])
	if m := tracePattern.FindStringSubmatch(caller); m != nil {
		return "00-" + m[1] + "-" + hex.EncodeToString(span[:]) + "-" + m[2]
	}
	var trace [16]byte
	rand.Read(trace[:])
	return fmt.Sprintf("00-%x-%x-01", trace, span)
}

// newGUID is a random (version 4) GUID as .NET writes it.
func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
