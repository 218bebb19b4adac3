package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
)

const siteKey = "the-key-of-the-query-function"

// A site is a deployment: the real API over a trail, behind a front end that
// asks for the function's key and ends TLS, as the platform's does.
type site struct {
	*desk
	server     *httptest.Server
	silence    time.Duration          // that search puts up with; 0: the usual one
	credential azcore.TokenCredential // of who runs search
	waits      []time.Duration        // that search has taken

	mu       sync.Mutex
	requests []*http.Request
	meddle   func(n int) meddle
}

// meddle does with a request what a test wants. next answers it.
type meddle func(w http.ResponseWriter, r *http.Request, next http.Handler)

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{desk: newDesk(t, tenant.Config{})}
	api, err := query.New(query.Config{
		Store: s.Store, Tenant: s.Tenant.TenantID(), Version: "1.2.3", ContentTypes: []string{tenant.General},
		Now: s.Clock.Now, Log: ingesttest.Log(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, api)
	return s
}

// newBareSite is one for tests of which no question gets as far as the API.
func newBareSite(t *testing.T) *site {
	t.Helper()
	s := &site{desk: &desk{World: &ingesttest.World{Clock: ingesttest.NewClock()}}}
	s.serve(t, http.NotFoundHandler())
	return s
}

func (s *site) serve(t *testing.T, api http.Handler) {
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.front(w, r, api) }))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	s.env = map[string]string{"LABELTRAIL_URL": s.server.URL, "LABELTRAIL_KEY": siteKey}
}

func (s *site) front(w http.ResponseWriter, r *http.Request, next http.Handler) {
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, r)
	var do meddle
	if s.meddle != nil {
		do = s.meddle(n)
	}
	s.mu.Unlock()
	r.Header.Set("X-Forwarded-Proto", "https")
	switch {
	case r.Header.Get("X-Functions-Key") != siteKey:
		w.WriteHeader(http.StatusUnauthorized)
	case do != nil:
		do(w, r, next)
	default:
		next.ServeHTTP(w, r)
	}
}

// plan sets what happens to requests from here on, and counts them from 0.
func (s *site) plan(do func(n int) meddle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.meddle = nil, do
}

// nth meddles with the n-th request alone.
func nth(n int, do meddle) func(int) meddle {
	return func(i int) meddle {
		if i == n {
			return do
		}
		return nil
	}
}

func always(do meddle) func(int) meddle { return func(int) meddle { return do } }

// search runs the command.
func (s *site) search(t *testing.T, args ...string) answer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := s.program(&stdout, &stderr).run(t.Context(), append([]string{"search"}, args...))
	if text := stdout.String() + stderr.String(); strings.Contains(text, siteKey) {
		t.Errorf("the key is in the output:\n%s", text)
	}
	return answer{code, stdout.String(), stderr.String()}
}

func (s *site) program(stdout, stderr io.Writer) *program {
	s.waits = nil
	// A request on a connection that was kept would be sent again by the
	// transport itself.
	transport := s.server.Client().Transport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &program{
		getenv: func(name string) string { return s.env[name] }, stdout: stdout, stderr: stderr, api: transport,
		credential: s.credential, silence: s.silence, now: s.Clock.Now, wait: s.wait,
	}
}

// well is search, which is to go well, and returns its standard output.
func (s *site) well(t *testing.T, args ...string) string {
	t.Helper()
	got := s.search(t, args...)
	if got.code != exitWell {
		t.Fatalf("%v: exit code %d\n%s", args, got.code, got.stderr)
	}
	return got.stdout
}

func (s *site) wait(ctx context.Context, d time.Duration) error {
	s.waits = append(s.waits, d)
	return s.Clock.Wait(ctx, d)
}

// sent is how many requests there were since the last plan.
func (s *site) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// ids are those of the stored events, newest first.
func (s *site) ids(t *testing.T) (ids []string) {
	t.Helper()
	for e, err := range s.Store.Events.List(t.Context(), store.EventQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Record.ID)
	}
	if len(ids) < 50 {
		t.Fatalf("%d events are too few for these tests", len(ids))
	}
	return ids
}

// rowIDs are the ids of the rows of an answer in a format.
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
