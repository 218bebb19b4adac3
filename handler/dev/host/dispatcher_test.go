package host

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startExiting starts an app with a function that exits with a code, and echo.
func startExiting(t *testing.T, code string, cfg Config) *Host {
	t.Helper()
	cfg.Env = map[string]string{"TEST_CODE": code}
	return startTimerApp(t, cfg, "exit", "echo")
}

// invokeExit invokes the function that exits.
func invokeExit(t *testing.T, h *Host) {
	t.Helper()
	if result := invoke(t, h, "exit"); !result.Failed() {
		t.Errorf("result %+v, want a failure: the handler exited", result)
	}
}

func TestRestartAfterError(t *testing.T) {
	t.Parallel()
	events := newOutput()
	h := startExiting(t, "3", Config{Events: events})
	before := h.HandlerPID()
	invokeExit(t, h)
	events.await(t, "exited with code 3 (0x3): fatal problem")
	if result := invoke(t, h, "echo"); result.Failed() || h.HandlerPID() == before {
		t.Errorf("afterwards: %v, process %d, before %d", result.Err, h.HandlerPID(), before)
	}
}

func TestErrorLimit(t *testing.T) {
	t.Parallel()
	h := startExiting(t, "3", Config{})
	for range 3 {
		h.Kill()
	}
	<-h.Done()
	if err := h.Err(); !errors.Is(err, ErrExceeded) || !strings.Contains(err.Error(), "code 137") {
		t.Errorf("error %v, want %v after exit code 137", err, ErrExceeded)
	}
	if result, err := h.Invoke(t.Context(), "echo"); err == nil && !errors.Is(result.Err, ErrStopped) {
		t.Errorf("invocation of a stopped host: %+v, %v", result, err)
	}
}

func TestErrorLimitFarApart(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:00:00Z")
	h := startExiting(t, "3", Config{Now: clock.Now})
	for _, now := range []string{"2026-11-21T10:00:00Z", "2026-11-21T10:30:00Z", "2026-11-21T11:00:01Z", "2026-11-21T11:31:00Z"} {
		clock.set(now)
		h.Kill()
	}
	if result := invoke(t, h, "echo"); result.Failed() {
		t.Errorf("afterwards: %v", result.Err)
	}
	h.Kill()
	h.Kill() // the third of a series
	<-h.Done()
	if !errors.Is(h.Err(), ErrExceeded) {
		t.Errorf("error %v", h.Err())
	}
}

func TestErrorLimitNegative(t *testing.T) {
	t.Parallel()
	h := startExiting(t, "3", Config{ErrorLimit: -1})
	for range 4 {
		h.Kill()
	}
	if result := invoke(t, h, "echo"); result.Failed() {
		t.Errorf("afterwards: %v", result.Err)
	}
}

func TestExitCode200(t *testing.T) {
	t.Parallel()
	events := newOutput()
	h := startExiting(t, "200", Config{Events: events, ErrorLimit: 1})
	before := h.HandlerPID()
	invokeExit(t, h)
	events.await(t, "needs to be restarted")
	if result := invoke(t, h, "echo"); result.Failed() || h.HandlerPID() == before {
		t.Errorf("afterwards: %v, process %d, before %d", result.Err, h.HandlerPID(), before)
	}
}

func TestExitCode0(t *testing.T) {
	t.Parallel()
	events := newOutput()
	h := startExiting(t, "0", Config{Events: events})
	before := h.HandlerPID()
	invokeExit(t, h)
	events.await(t, "exited with code 0")
	if result := invoke(t, h, "echo"); !result.Failed() || h.HandlerPID() != before {
		t.Errorf("afterwards: %+v, process %d, before %d", result, h.HandlerPID(), before)
	}
	h.Kill() // must return: nothing runs
}

func TestStartHandlerExits(t *testing.T) {
	t.Parallel()
	cfg := asHandler(Config{Root: stage(t, `{}`, map[string]string{"echo": timerJSON}), Env: map[string]string{"TEST_START": "exit 7"}})
	if _, err := Start(t.Context(), cfg); !errors.Is(err, ErrExceeded) || !strings.Contains(err.Error(), "code 7") {
		t.Errorf("error %v", err)
	}
}

func TestStartHandlerDoesNotListen(t *testing.T) {
	t.Parallel()
	root := stage(t, `{"customHandler":{"initializationTimeout":"00:00:00.1"}}`, map[string]string{"echo": timerJSON})
	cfg := asHandler(Config{Root: root, ErrorLimit: 1, Env: map[string]string{"TEST_START": "never listen"}})
	if _, err := Start(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "no answer to GET / within 100ms") {
		t.Errorf("error %v", err)
	}
}

func TestHandlerDoesNotComeBack(t *testing.T) {
	root := stage(t, `{"customHandler":{"initializationTimeout":"00:00:00.01"}}`, map[string]string{"echo": timerJSON})
	h, err := load(Config{Root: root}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer h.releasePort()
	inv := newInvocation(h.function("echo"), nil)
	err = h.attempt(t.Context(), inv, func(context.Context, *process) error {
		t.Error("invoked")
		return nil
	})
	if !errors.Is(err, errNotInitialized) {
		t.Errorf("error %v, want %v", err, errNotInitialized)
	}
	if err := h.awaitFatal(t.Context()); !errors.Is(err, errNotInitialized) {
		t.Errorf("the host stops with %v", err)
	}
}

func TestStartMissingExecutable(t *testing.T) {
	t.Parallel()
	root := stage(t, `{}`, map[string]string{"echo": timerJSON})
	writeFile(t, root+"/host.json", `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"no-such-handler"}}}`)
	if _, err := Start(t.Context(), Config{Root: root}); !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "no-such-handler") {
		t.Errorf("error %v", err)
	}
}

func TestStartWithoutFunctions(t *testing.T) {
	t.Parallel()
	root := stage(t, `{}`, nil)
	writeFile(t, root+"/functions/echo/function.json", timerJSON) // a level too deep
	h := startTimerApp(t, Config{Root: root})
	if pid := h.HandlerPID(); pid != 0 {
		t.Errorf("process %d runs", pid)
	}
	h.Kill()
}

func TestClose(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{"SIGKILL": nil, "SIGTERM first": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			h := startTimerApp(t, Config{StopSignal: signal}, "echo")
			pid := h.HandlerPID()
			if rss := h.PeakRSS(); rss <= 0 && exists("/proc/self/status") {
				t.Errorf("peak memory %d", rss)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			if isRunning(pid) {
				t.Errorf("process %d runs", pid)
			}
			if h.Err() != nil || h.Close() != nil {
				t.Errorf("closed: %v", h.Err())
			}
		})
	}
}

func isRunning(pid int) bool {
	process, err := os.FindProcess(pid)
	return err == nil && process.Signal(syscall.Signal(0)) == nil
}

func TestIsRunning(t *testing.T) {
	if !isRunning(os.Getpid()) {
		t.Error("isRunning is false for this process")
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestContextStopsHost(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	h, err := Start(ctx, asHandler(Config{Root: stage(t, `{}`, map[string]string{"echo": timerJSON}), TimersOff: true}))
	if err != nil {
		t.Fatal(err)
	}
	pid := h.HandlerPID()
	cancel()
	<-h.Done()
	if isRunning(pid) || h.Err() != nil {
		t.Errorf("process %d runs: %v; host %v", pid, isRunning(pid), h.Err())
	}
}

func TestCountError(t *testing.T) {
	d := &dispatcher{limit: 3}
	start := at("2026-11-21T10:00:00Z")
	for i, test := range []struct {
		after time.Duration
		stops bool
	}{{0, false}, {30 * time.Minute, false}, {61 * time.Minute, false}, {62 * time.Minute, false}, {92 * time.Minute, true}} {
		if got := d.countError(start.Add(test.after)); got != test.stops {
			t.Errorf("error %d after %s: %v", i, test.after, got)
		}
	}
}
