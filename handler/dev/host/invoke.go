package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Invoke runs a timer function now, as POST /admin/functions/<name> does, and
// waits for its end: not past due, the status as the monitor has it, and the
// schedule left as it is. Its error is a call that could not be made, or that
// the end of ctx has aborted; how the invocation ended is in Result.
func (h *Host) Invoke(ctx context.Context, function string) (Result, error) {
	f := h.function(function)
	switch {
	case f == nil:
		return Result{}, fmt.Errorf("invoke %s: there is no such function", function)
	case f.Err != nil:
		return Result{}, fmt.Errorf("invoke %s: the function is in error: %w", function, f.Err)
	case f.Timer == nil:
		return Result{}, fmt.Errorf("invoke %s: the function is triggered by HTTP: call %s", function, h.urlOf(f))
	}
	info, err := h.manualInfo(f)
	if err != nil {
		return Result{}, fmt.Errorf("invoke %s: %w", function, err)
	}
	result := h.invokeTimer(ctx, f, info)
	if ctx.Err() != nil {
		return result, fmt.Errorf("invoke %s: %w", function, context.Cause(ctx))
	}
	return result, nil
}

// invokeTimer applies the function's retry policy.
func (h *Host) invokeTimer(ctx context.Context, f *Function, info timerInfo) Result {
	wait := func(ctx context.Context, pause time.Duration) error {
		return h.cfg.Wait(ctx, h.cfg.Now().Add(pause))
	}
	return f.retry.withRetries(ctx, wait, func(retry *retryContext) Result {
		inv := newInvocation(f, nil)
		return h.invokeDefault(ctx, inv, timerEnvelope(f.Timer, info, newSystem(f.Name, h.cfg.Now()), retry))
	})
}

// invokeDefault posts the envelope to /<function> and reads the answer.
func (h *Host) invokeDefault(ctx context.Context, inv invocation, e envelope) Result {
	result := Result{InvocationID: inv.id}
	started := time.Now()
	result.Err = h.attempt(ctx, inv, func(ctx context.Context, p *process) error {
		a, status, err := p.post(ctx, inv, e)
		result.Status = status
		if err != nil {
			return err
		}
		result.Outputs, result.ReturnValue, result.Logs = a.Outputs, a.ReturnValue, a.logs()
		for _, line := range result.Logs {
			h.console.invocation(inv, line)
		}
		return nil
	})
	result.Duration = time.Since(started)
	return result
}

// post sends a default invocation: chunked, for its length is not known when
// the headers go out. An answer that is none is waited for until ctx ends.
func (p *process) post(ctx context.Context, inv invocation, e envelope) (answer, int, error) {
	body := struct{ io.Reader }{strings.NewReader(marshal(e))}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/"+inv.function.Name, body)
	if err != nil {
		return answer{}, 0, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", userAgent)
	addHostHeaders(request.Header, inv)
	response, err := p.client.Do(request)
	if err != nil {
		return answer{}, 0, err
	}
	defer response.Body.Close()
	a, err := readAnswer(response)
	if errors.Is(err, errNoResult) {
		<-ctx.Done()
		return answer{}, response.StatusCode, context.Cause(ctx)
	}
	return a, response.StatusCode, err
}

// attempt is what every invocation goes through, whatever it sends: it waits
// for the handler, is limited to functionTimeout, and is logged. When the time
// is up the handler is replaced, and with it every other invocation fails.
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

// runCalls runs what the admin API was asked for, until ctx is done.
func (h *Host) runCalls(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(16)
	defer group.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-h.calls:
			group.Go(func() error {
				if _, err := h.Invoke(ctx, f.Name); err != nil {
					h.console.host(severityError, "%v", err)
				}
				return nil
			})
		}
	}
}
