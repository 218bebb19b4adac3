package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// Result says how the invocation of a timer function ended.
type Result struct {
	InvocationID string
	// Status is the HTTP status of the handler's response, or 0 without one.
	Status int
	// Logs are the lines in the response, which the host logs for the
	// invocation. They are lost if the response is not 2xx or cannot be read.
	Logs        []string
	ReturnValue json.RawMessage
	Duration    time.Duration
	// Err says why the invocation failed. It is nil if the invocation succeeded.
	Err error
}

// Failed reports whether the platform would show a failed invocation.
func (r Result) Failed() bool { return r.Err != nil }

// ErrTimeout means that functionTimeout ended an invocation. The handler is
// killed and started again, and whatever else it was doing is lost.
var ErrTimeout = errors.New("the invocation exceeded functionTimeout")

// Invoke runs a timer function now and waits until it ends, like
// POST /admin/functions/<name>. The handler is told that the timer is not past
// due, and the schedule does not change. Invoke returns an error if the function
// cannot be invoked or if ctx ended first; the outcome of the invocation itself
// is in Result.
func (h *Host) Invoke(ctx context.Context, function string) (Result, error) {
	f := h.function(function)
	switch {
	case f == nil:
		return Result{}, fmt.Errorf("invoke %s: no such function", function)
	case f.Err != nil:
		return Result{}, fmt.Errorf("invoke %s: the function is in error: %w", function, f.Err)
	case f.Timer == nil:
		return Result{}, fmt.Errorf("invoke %s: the function is triggered by HTTP: call %s", function, h.urlOf(f))
	}
	info, err := h.invokedTimerInfo(f)
	if err != nil {
		return Result{}, fmt.Errorf("invoke %s: %w", function, err)
	}
	result := h.invokeTimer(ctx, f, info)
	if ctx.Err() != nil {
		return result, fmt.Errorf("invoke %s: %w", function, context.Cause(ctx))
	}
	return result, nil
}

// invokeTimer posts info to /<function> and reads the response.
func (h *Host) invokeTimer(ctx context.Context, f *Function, info timerInfo) Result {
	inv := newInvocation(f, nil)
	e := newTimerEnvelope(f, info, h.cfg.Now())
	result := Result{InvocationID: inv.id}
	started := time.Now()
	result.Err = h.attempt(ctx, inv, func(ctx context.Context, p *process) error {
		response, status, err := p.post(ctx, inv, e)
		result.Status = status
		if err != nil {
			return err
		}
		result.ReturnValue, result.Logs = response.ReturnValue, response.lines()
		for _, line := range result.Logs {
			h.console.invocation(inv, line)
		}
		return nil
	})
	result.Duration = time.Since(started)
	return result
}

// attempt runs do as an invocation: it waits for the handler, applies
// functionTimeout and writes the log. On a timeout it replaces the handler,
// which fails all other invocations.
func (h *Host) attempt(ctx context.Context, inv invocation, do func(context.Context, *process) error) error {
	h.console.host(severityInfo, "executing 'Functions.%s' (Id=%s)", inv.function.Name, inv.id)
	started := time.Now()
	ctx, cancel := h.cfg.limit(ctx)
	defer cancel()
	p, err := h.dispatcher.wait(ctx)
	if errors.Is(err, errNotInitialized) {
		h.giveUp(err)
	}
	if err == nil {
		err = do(ctx, p)
	}
	if err != nil && context.Cause(ctx) == ErrTimeout {
		err = ErrTimeout
		h.console.host(severityWarning, "a function timeout has occurred: restarting the worker process executing invocation %s", inv.id)
		if p != nil {
			h.dispatcher.restart(p)
		}
	}
	h.logEnd(inv, time.Since(started), err)
	return err
}

func (h *Host) logEnd(inv invocation, duration time.Duration, err error) {
	ms := duration.Milliseconds()
	if err != nil {
		h.console.host(severityError, "executed 'Functions.%s' (Failed, Id=%s, Duration=%dms): %v", inv.function.Name, inv.id, ms, err)
		return
	}
	h.console.host(severityInfo, "executed 'Functions.%s' (Succeeded, Id=%s, Duration=%dms)", inv.function.Name, inv.id, ms)
}

// limitOnRealClock bounds an invocation to functionTimeout, if there is one.
func (h *Host) limitOnRealClock(ctx context.Context) (context.Context, context.CancelFunc) {
	if h.options.FunctionTimeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, h.options.FunctionTimeout, ErrTimeout)
}

// invocation is one call of a function.
type invocation struct {
	function *Function
	id       string // a new GUID
	trace    string // the traceparent sent to the handler
}

// newInvocation continues the caller's trace, if caller has one.
func newInvocation(f *Function, caller http.Header) invocation {
	return invocation{function: f, id: newGUID(), trace: newTrace(caller.Get(headerTrace))}
}

// hostVersion is the version whose source this package follows. Every invocation
// carries it.
const hostVersion = "4.1037.0.0"

// Headers that the host adds to requests to the handler.
const (
	headerVersion     = "X-Azure-Functions-HostVersion"
	headerInvocation  = "X-Azure-Functions-InvocationId"
	headerCorrelation = "X-Ms-Invocation-Id" // proxied requests only
	headerTrace       = "Traceparent"
	userAgent         = "Azure-Functions-Host/" + hostVersion
)

func addHostHeaders(h http.Header, inv invocation) {
	h.Set(headerVersion, hostVersion)
	h.Set(headerInvocation, inv.id)
	h.Set(headerTrace, inv.trace)
}

var tracePattern = regexp.MustCompile(`^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$`)

// newTrace returns a W3C traceparent with a new span. It continues the trace of the
// caller's traceparent, or begins a new trace if that is missing or invalid.
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

// newGUID returns a random (version 4) GUID in .NET's format.
func newGUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
