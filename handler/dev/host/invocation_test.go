package host

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	out := newOutput()
	h := startTimerApp(t, Config{Output: out}, "echo")
	result := invoke(t, h, "ECHO")
	got := logged(t, result)
	if got.Method != "POST" || got.Path != "/echo" || got.Length != -1 || !cmp.Equal(got.Encoding, []string{"chunked"}) {
		t.Errorf("received %+v", got)
	}
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	if id := got.Header.Get(headerInvocation); id != result.InvocationID || !guid.MatchString(id) {
		t.Errorf("invocation id %q, in the result %q", id, result.InvocationID)
	}
	if !tracePattern.MatchString(got.Header.Get(headerTrace)) {
		t.Errorf("traceparent %q", got.Header.Get(headerTrace))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "User-Agent": "Azure-Functions-Host/" + hostVersion,
		headerVersion: hostVersion, "Accept-Encoding": "",
	} {
		if got := got.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if text, _ := out.text(); !strings.Contains(text, "info: echo "+result.InvocationID+": {") {
		t.Errorf("Logs are missing in:\n%s", text)
	}
	if again := invoke(t, h, "echo"); again.InvocationID == result.InvocationID {
		t.Error("two invocations have the same id")
	}
}

func TestInvokeTimerStatus(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	h := startTimerApp(t, Config{Now: clock.Now}, "echo")
	type data struct {
		Data struct{ Timer timerInfo }
	}
	want := timerInfo{Schedule: timerSchedule{AdjustForDST: true}, ScheduleStatus: statusOf("", "2026-11-21T10:05:00Z", "2026-11-21T10:02:03Z")}
	for range 2 { // the first run must not change the status
		got := decode[data](t, logged(t, invoke(t, h, "echo")).Body).Data.Timer
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestInvokeFailure(t *testing.T) {
	t.Parallel()
	h := startTimerApp(t, Config{Env: map[string]string{"TEST_BODY": `{"Logs":["lost"]}`, "TEST_TYPE": "application/json", "TEST_STATUS": "500"}}, "respond", "nowhere")
	result := invoke(t, h, "respond")
	if !result.Failed() || result.Status != 500 || result.Logs != nil {
		t.Errorf("result %+v", result)
	}
	if result := invoke(t, h, "nowhere"); !result.Failed() || result.Status != 404 {
		t.Errorf("an unknown path: %+v", result)
	}
}

func TestInvokeReturnValue(t *testing.T) {
	t.Parallel()
	h := startTimerApp(t, Config{Env: map[string]string{"SETTING": "x"}}, "environment")
	result := invoke(t, h, "environment")
	if result.Failed() || result.Duration <= 0 {
		t.Fatalf("result %+v", result)
	}
	env := map[string]string{}
	for _, pair := range decode[[]string](t, string(result.ReturnValue)) {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	for name, want := range map[string]string{
		"SETTING": "x", "PATH": os.Getenv("PATH"), "FUNCTIONS_APP_ROOT_PATH": h.cfg.Root,
		"FUNCTIONS_HTTPWORKER_PORT": env["FUNCTIONS_CUSTOMHANDLER_PORT"], "FUNCTIONS_HTTPWORKER_ID": env["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"],
		"WEBSITE_HOSTNAME": strings.TrimPrefix(h.URL(), "http://"),
	} {
		if env[name] != want || want == "" {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
}

func TestInvokeInvalidFunction(t *testing.T) {
	t.Parallel()
	root := stage(t, proxying, map[string]string{"good": timerJSON, "broken": `{}`, "web": httpJSON(`,"route":"x/{y}"`)})
	h := startTimerApp(t, Config{Root: root})
	for function, want := range map[string]string{"missing": "no such function", "broken": "in error: at least one binding", "web": h.URL() + "/api/x/{y}"} {
		if _, err := h.Invoke(t.Context(), function); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", function, err, want)
		}
	}
}

func TestInvokeCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	h := startTimerApp(t, Config{OnLine: func(_ bool, line string) {
		if line == "hanging" {
			cancel()
		}
	}}, "hang", "echo")
	if _, err := h.Invoke(ctx, "hang"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if result := invoke(t, h, "echo"); result.Failed() {
		t.Errorf("afterwards: %v", result.Err)
	}
}

// An empty response hangs until functionTimeout, which restarts the handler.
func TestInvokeEmptyResponse(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"null":       {"TEST_BODY": "null", "TEST_TYPE": "application/json"},
		"no content": {"TEST_STATUS": "204"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := stage(t, `{"functionTimeout":"00:00:01"}`, map[string]string{"respond": timerJSON, "echo": timerJSON})
			h := startTimerApp(t, Config{Root: root, Env: env})
			before := h.HandlerPID()
			result := invoke(t, h, "respond")
			if !errors.Is(result.Err, ErrTimeout) || result.Status == 0 || result.Duration < time.Second {
				t.Errorf("result %+v, want ErrTimeout and a status", result)
			}
			if result := invoke(t, h, "echo"); result.Failed() || h.HandlerPID() == before {
				t.Errorf("afterwards: %v, process %d, before %d", result.Err, h.HandlerPID(), before)
			}
		})
	}
}

// expiring returns a Config.limit that times out when expired is closed.
func expiring(expired <-chan struct{}) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		go func() {
			select {
			case <-expired:
				cancel(ErrTimeout)
			case <-ctx.Done():
			}
		}()
		return ctx, func() { cancel(nil) }
	}
}

func TestFunctionTimeoutFailsOtherInvocations(t *testing.T) {
	t.Parallel()
	expired := make(chan struct{})
	bound, calls := expiring(expired), atomic.Int32{}
	var hanging sync.WaitGroup
	hanging.Add(2)
	h := startTimerApp(t, Config{
		OnLine: func(_ bool, line string) {
			if line == "hanging" {
				hanging.Done()
			}
		},
		ErrorLimit: 1, // a timeout does not count
		limit: func(ctx context.Context) (context.Context, context.CancelFunc) {
			if calls.Add(1) == 1 {
				return bound(ctx)
			}
			return context.WithCancel(ctx)
		},
	}, "hang", "echo")
	failures := make(chan error, 2)
	for range 2 {
		go func() {
			result, _ := h.Invoke(t.Context(), "hang")
			failures <- result.Err
		}()
	}
	hanging.Wait()
	close(expired)
	first, second := <-failures, <-failures
	if first == nil || second == nil || errors.Is(first, ErrTimeout) == errors.Is(second, ErrTimeout) {
		t.Errorf("failures %v and %v, want two errors, one of them ErrTimeout", first, second)
	}
	if result := invoke(t, h, "echo"); result.Failed() {
		t.Errorf("afterwards: %v", result.Err)
	}
}

func TestLineSeverity(t *testing.T) {
	t.Parallel()
	out := newOutput()
	h := startTimerApp(t, Config{Output: out}, "print")
	invoke(t, h, "print")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	text, _ := out.text()
	for _, line := range []string{
		"info: an error on standard output\n", "warning: careful: a Warning\n", "error: plain standard error\n", "info: without an end\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in:\n%s", line, text)
		}
	}
}

func TestWorkingDirectory(t *testing.T) {
	t.Parallel()
	h := startTimerApp(t, Config{}, "echo")
	p, _ := h.dispatcher.state()
	if p.command.Dir != h.cfg.Root || !filepath.IsAbs(p.command.Dir) {
		t.Errorf("runs in %s, root %s", p.command.Dir, h.cfg.Root)
	}
}

func TestNewTrace(t *testing.T) {
	const caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	got := newInvocation(nil, http.Header{headerTrace: {caller}}).trace
	if !tracePattern.MatchString(got) || got[:36] != caller[:36] || got == caller || got[len(got)-2:] != "00" {
		t.Errorf("trace %s, want the trace of %s with a new span", got, caller)
	}
	if own := newInvocation(nil, nil).trace; !tracePattern.MatchString(own) || own[:36] == caller[:36] {
		t.Errorf("trace %s without a caller's", own)
	}
}
