package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

var (
	// pool is the Azurite that all tests share, except those of the whole command.
	pool azuritetest.Pool
	// app is the function app that all tests share, with the same exception.
	app = devtest.App{Stage: stageApp}
)

func TestMain(m *testing.M) {
	code := pool.Run(m)
	app.Remove()
	os.Exit(code)
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-once", "-faults", "-events", "10", "-contents", "3", "-seed", "7", "-v"})
	want := options{once: true, faults: true, events: 10, contents: 3, seed: 7, address: "127.0.0.1:0", verbose: true}
	if err != nil || o != want {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
	for _, args := range []string{"-events 0", "-contents -1", "more", "-once=perhaps"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s is accepted", args)
		}
	}
}

func TestRunOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options{once: true, events: 300, contents: 20, seed: 1, address: "127.0.0.1:0"}
	if err := run(t.Context(), o, &terminal{out: &out}); err != nil {
		t.Errorf("run: %v", err)
	}
	for _, want := range []string{
		"NOT FOR PRODUCTION", "[4/4] starting", "20 content blobs, 300 label events", "100 %", "caught up after",
		"the trail equals what the tenant holds: 300 records and 20 raw blobs", "memory peaked at",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, out.String())
		}
	}
}

// The printed questions have answers, and an interrupt ends everything.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out := &promptWriter{printed: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, options{events: 300, contents: 20, seed: 1, address: "127.0.0.1:0"}, &terminal{out: out})
	}()
	select {
	case err := <-ended:
		t.Fatalf("run: %v\n%s", err, out)
	case <-out.printed:
	}
	shell := regexp.MustCompile(`(?m)^URL=(http://(\S+)) KEY='([^']+)'$`).FindStringSubmatch(out.String())
	questions := regexp.MustCompile(`(?m)^curl -H "x-functions-key: \$KEY" "\$URL([^"]+)"$`).FindAllStringSubmatch(out.String(), -1)
	if shell == nil || len(questions) != 5 {
		t.Fatalf("URL and key %q, %d questions in:\n%s", shell, len(questions), out)
	}
	for _, q := range questions {
		if resp, body := devtest.Send(t, http.MethodGet, shell[1]+q[1], nil, "x-functions-key", shell[3]); resp.StatusCode != http.StatusOK || body == "" {
			t.Errorf("%s: %s %s", q[1], resp.Status, body)
		}
	}
	interrupt()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
	storage := regexp.MustCompile(`BlobEndpoint=http://([^/]+)/`).FindStringSubmatch(out.String())
	for _, address := range []string{shell[2], storage[1]} {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Errorf("%s still accepts connections", address)
		}
	}
}

// A promptWriter closes printed when the command has printed its last line.
type promptWriter struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	printed chan struct{}
	once    sync.Once
}

func (w *promptWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(p, []byte("Ctrl-C")) {
		w.once.Do(func() { close(w.printed) })
	}
	return w.buffer.Write(p)
}

func (w *promptWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.String()
}
