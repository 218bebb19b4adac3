package host

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const timerJSON = `{"bindings":[{"name":"timer","type":"timerTrigger","direction":"in","schedule":"0 */5 * * * *"}]}`

// httpJSON is the function.json of an httpTrigger with an http output.
func httpJSON(trigger string) string {
	return `{"bindings":[{"name":"req","type":"httpTrigger","direction":"in"` + trigger +
		`},{"name":"res","type":"http","direction":"out"}]}`
}

// stage writes an app whose handler is this test binary. Its host.json is
// hostJSON with the members that are required.
func stage(t *testing.T, hostJSON string, functions map[string]string) string {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tree := map[string]any{}
	if err := json.Unmarshal([]byte(hostJSON), &tree); err != nil {
		t.Fatal(err)
	}
	tree["version"] = "2.0"
	custom, _ := tree["customHandler"].(map[string]any)
	if custom == nil {
		custom = map[string]any{}
		tree["customHandler"] = custom
	}
	custom["description"] = map[string]any{"defaultExecutablePath": executable}
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "host.json"), marshal(tree))
	for name, text := range functions {
		writeFile(t, filepath.Join(root, name, "function.json"), text)
	}
	return root
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// asHandler adds the setting that makes this binary the handler.
func asHandler(cfg Config) Config {
	env := map[string]string{"TEST_ROLE": "handler"}
	for name, value := range cfg.Env {
		env[name] = value
	}
	cfg.Env = env
	return cfg
}

func start(t *testing.T, cfg Config) *Host {
	t.Helper()
	h, err := Start(context.Background(), asHandler(cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// startTimerApp starts an app of timer functions that run only on request. cfg.Root
// is another app, if set.
func startTimerApp(t *testing.T, cfg Config, names ...string) *Host {
	t.Helper()
	functions := map[string]string{}
	for _, name := range names {
		functions[name] = timerJSON
	}
	if cfg.Root == "" {
		cfg.Root = stage(t, `{}`, functions)
	}
	cfg.TimersOff = true
	return start(t, cfg)
}

func invoke(t *testing.T, h *Host, function string) Result {
	t.Helper()
	result, err := h.Invoke(t.Context(), function)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// logged returns the request that the echo function has received.
func logged(t *testing.T, result Result) received {
	t.Helper()
	if result.Err != nil || len(result.Logs) != 1 {
		t.Fatalf("result %+v, want one line in Logs", result)
	}
	return decode[received](t, result.Logs[0])
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

// output collects lines from several goroutines. Tests can wait for a line.
type output struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	more   chan struct{} // closed at the next write
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.buffer.Write(p)
}

func (o *output) text() (string, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buffer.String(), o.more
}

// await blocks until part has been written.
func (o *output) await(t *testing.T, part string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		text, more := o.text()
		if strings.Contains(text, part) {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("no %q in:\n%s", part, text)
		}
	}
}

// fakeClock is a clock that tests set. Timers wait for it.
type fakeClock struct {
	mu      sync.Mutex
	now     time.Time
	moved   chan struct{}
	waiting chan time.Time // the time that each call of Wait waits for
}

func newFakeClock(now string) *fakeClock {
	return &fakeClock{now: at(now), moved: make(chan struct{}), waiting: make(chan time.Time)}
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) set(now string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at(now)
	close(c.moved)
	c.moved = make(chan struct{})
}

func (c *fakeClock) Wait(ctx context.Context, until time.Time) error {
	select {
	case c.waiting <- until:
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		c.mu.Lock()
		due, moved := !c.now.Before(until), c.moved
		c.mu.Unlock()
		if due {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// awaitWait blocks until a timer waits and returns the time it waits for.
func (c *fakeClock) awaitWait(t *testing.T) string {
	t.Helper()
	select {
	case until := <-c.waiting:
		return until.Format(time.RFC3339)
	case <-time.After(20 * time.Second):
		t.Fatal("no timer waits after 20 s")
		return ""
	}
}
