package search

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const functionKey = "the-key-of-the-query-function"

// A fixture is a deployment: the real API over a trail, behind a front end
// that checks the function key and terminates TLS, as the platform's does.
type fixture struct {
	*trailtest.Trail
	clock       *ingesttest.Clock
	server      *httptest.Server
	env         map[string]string
	idleTimeout time.Duration          // of search; 0 means the default
	credential  azcore.TokenCredential // of the person who runs search
	waits       []time.Duration        // that search made

	mu       sync.Mutex
	requests []*http.Request
	fault    func(n int) fault
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	tr := trailtest.New(t, tenant.Config{})
	f := &fixture{Trail: tr, clock: tr.Clock}
	api, err := query.New(query.Config{
		Store: tr.Store, Tenant: tr.Tenant.TenantID(), Version: "1.2.3", ContentTypes: []string{tenant.General},
		Now: tr.Clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.serve(t, api)
	return f
}

// newEmptyFixture has no trail. It is for tests whose requests do not reach
// the API.
func newEmptyFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{clock: ingesttest.NewClock()}
	f.serve(t, http.NotFoundHandler())
	return f
}

func (f *fixture) serve(t *testing.T, api http.Handler) {
	f.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.front(w, r, api) }))
	f.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.server.StartTLS()
	t.Cleanup(f.server.Close)
	f.env = map[string]string{"LABELTRAIL_URL": f.server.URL, "LABELTRAIL_KEY": functionKey}
}

func (f *fixture) front(w http.ResponseWriter, r *http.Request, next http.Handler) {
	f.mu.Lock()
	n := len(f.requests)
	f.requests = append(f.requests, r)
	var injected fault
	if f.fault != nil {
		injected = f.fault(n)
	}
	f.mu.Unlock()
	r.Header.Set("X-Forwarded-Proto", "https")
	switch {
	case r.Header.Get("X-Functions-Key") != functionKey:
		w.WriteHeader(http.StatusUnauthorized)
	case injected != nil:
		injected(w, r, next)
	default:
		next.ServeHTTP(w, r)
	}
}

// schedule sets the faults of the requests from here on, which are counted
// from 0. nil ends all faults.
func (f *fixture) schedule(fault func(n int) fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests, f.fault = nil, fault
}

// nth injects a fault into the n-th request only.
func nth(n int, injected fault) func(int) fault {
	return func(i int) fault {
		if i == n {
			return injected
		}
		return nil
	}
}

func always(injected fault) func(int) fault { return func(int) fault { return injected } }

// A result is what a run has printed and returned.
type result struct {
	err            error
	stdout, stderr string
}

// run runs the command. The key must not appear in its output.
func (f *fixture) run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := Run(t.Context(), f.config(&stdout, &stderr), args)
	r := result{err, stdout.String(), stderr.String()}
	if text := r.stdout + r.stderr + fmt.Sprint(err); strings.Contains(text, functionKey) {
		t.Errorf("the key is in the output:\n%s", text)
	}
	return r
}

// failsWith reports whether the run failed with an error that has this text.
func (r result) failsWith(text string) bool {
	return r.err != nil && !errors.Is(r.err, flag.ErrHelp) && strings.Contains(r.err.Error(), text)
}

func (f *fixture) config(stdout, stderr io.Writer) Config {
	f.waits = nil
	// On a connection that was kept alive, the transport itself would repeat a
	// request.
	transport := f.server.Client().Transport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return Config{
		Getenv: func(name string) string { return f.env[name] }, Stdout: stdout, Stderr: stderr, Transport: transport,
		Progress:    func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) },
		Credential:  func() (azcore.TokenCredential, error) { return f.credential, nil },
		IdleTimeout: f.idleTimeout, Now: f.clock.Now, Wait: f.wait,
	}
}

// output runs the command, which must succeed, and returns its standard output.
func (f *fixture) output(t *testing.T, args ...string) string {
	t.Helper()
	got := f.run(t, args...)
	if got.err != nil {
		t.Fatalf("%v: %v\n%s", args, got.err, got.stderr)
	}
	return got.stdout
}

func (f *fixture) wait(ctx context.Context, d time.Duration) error {
	f.waits = append(f.waits, d)
	return f.clock.Wait(ctx, d)
}

// sent is how many requests there were since the last schedule.
func (f *fixture) sent() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.requests)
}

// ids are those of the stored events, newest first.
func (f *fixture) ids(t *testing.T) (ids []string) {
	t.Helper()
	for e, err := range f.Store.Events.List(t.Context(), events.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Record.ID)
	}
	if len(ids) < 50 {
		t.Fatalf("precondition: %d events are too few for these tests", len(ids))
	}
	return ids
}

// rowIDs returns the event ids of an answer in a format.
func rowIDs(t *testing.T, format, answer string) (ids []string) {
	t.Helper()
	switch format {
	case "json":
		var document struct{ Value []struct{ ID string } }
		if err := json.Unmarshal([]byte(answer), &document); err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		for _, row := range document.Value {
			ids = append(ids, row.ID)
		}
	case "ndjson":
		for line := range strings.Lines(answer) {
			var row struct{ ID string }
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			ids = append(ids, row.ID)
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(answer, byteOrderMark))).ReadAll()
		if err != nil {
			t.Fatalf("%v: %s", err, answer)
		}
		id := slices.Index(rows[0], "Id")
		for _, row := range rows[1:] {
			ids = append(ids, row[id])
		}
	}
	return ids
}

func formatNames() (names []string) {
	for _, f := range query.EventFormats() {
		names = append(names, f.Name)
	}
	return names
}

func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
