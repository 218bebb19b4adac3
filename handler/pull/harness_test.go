package pull_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// newHarness is a tenant with a week of few content blobs, and no trail yet.
func newHarness(t testing.TB, cfg tenant.Config) *ingesttest.Harness {
	t.Helper()
	if cfg.Events == 0 {
		cfg.Events, cfg.Contents, cfg.NoiseShare = 400, 20, 0.5
	}
	return ingesttest.New(t, pool.ConnectionString(t), cfg)
}

// newJob is the timer function of a harness, with a Config to which the changes
// are applied.
func newJob(t testing.TB, h *ingesttest.Harness, change ...func(*pull.Config)) *pull.Job {
	t.Helper()
	c := pull.Config{
		Feed: h.Feed, Store: h.Store, Ingest: h.Ingest, ContentTypes: []string{tenant.General},
		Clock: h.Clocks(), Log: h.Log,
	}
	for _, f := range change {
		f(&c)
	}
	job, err := pull.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// types is a change of the content types.
func types(names ...string) func(*pull.Config) {
	return func(c *pull.Config) { c.ContentTypes = names }
}

func tick(t testing.TB, job *pull.Job) store.Run {
	t.Helper()
	run, err := job.Tick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func status(t testing.TB, h *ingesttest.Harness) store.TypeStatus {
	t.Helper()
	statuses, err := h.Store.TypeStatuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return statuses[tenant.General]
}

func checkpoint(t *testing.T, h *ingesttest.Harness) store.Checkpoint {
	t.Helper()
	c, err := h.Store.Checkpoint(t.Context(), tenant.General)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ticksFor lets d pass, with a tick at every step, and returns the error of the
// last one.
func ticksFor(t *testing.T, h *ingesttest.Harness, job *pull.Job, d, step time.Duration) error {
	t.Helper()
	var err error
	for end := h.Clock.Now().Add(d); h.Clock.Now().Before(end); {
		h.Clock.Advance(step)
		_, err = job.Tick(t.Context())
	}
	return err
}

// catchUp ticks until nothing is left to do.
func catchUp(t *testing.T, h *ingesttest.Harness, job *pull.Job) {
	t.Helper()
	for range 100 {
		run, err := job.Tick(t.Context())
		if err == nil && run.Listed == 0 && h.Pending(t) == 0 {
			return
		}
		h.Clock.Advance(time.Minute)
	}
	t.Fatal("something is left to do after 100 ticks")
}

const (
	outOfOrder = `{'error':{'code':'AF50000','message':'An internal server error occurred. Retry the request.'}}`
	badWindow  = `{"error":{"code":"AF20055","message":"Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart."}}`
	denied     = `{"Message":"Authorization has been denied for this request."}`
)

// when is a plan that gives this response to the requests that match.
func when(matches func(*http.Request) bool, status int, body string) func(int, *http.Request) ingesttest.Fault {
	return func(_ int, r *http.Request) ingesttest.Fault {
		if matches(r) {
			return ingesttest.Respond(status, body)
		}
		return nil
	}
}

func lists(r *http.Request) bool   { return strings.HasSuffix(r.URL.Path, "/subscriptions/content") }
func fetches(r *http.Request) bool { return strings.Contains(r.URL.Path, "/feed/audit/") }
func calls(*http.Request) bool     { return true }

// listsDay matches requests that list a window which starts that many days ago.
func listsDay(days int) func(*http.Request) bool {
	return func(r *http.Request) bool {
		start := r.URL.Query().Get("startTime")
		return lists(r) && strings.HasPrefix(start, ingesttest.Start.AddDate(0, 0, -days).Format("2006-01-02"))
	}
}

func TestNewInvalidConfig(t *testing.T) {
	_, err := pull.New(pull.Config{RetentionDays: -1})
	if err == nil {
		t.Fatal("an invalid Config is accepted")
	}
	for _, field := range []string{"Feed", "Store", "Ingest", "ContentTypes", "Clock", "Log", "RetentionDays"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
