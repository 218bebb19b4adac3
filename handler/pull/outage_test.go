package pull_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

func TestOutageOfHours(t *testing.T) {
	t.Parallel()
	for name, hit := range map[string]func(*http.Request) bool{"of everything": calls, "of fetching alone": fetches, "of listing alone": lists} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 14, Expiry: 20 * 24 * time.Hour})
			job := newJob(t, h)
			tick(t, job)
			h.API.Plan(when(hit, http.StatusInternalServerError, outOfOrder))
			ticksFor(t, h, job, 26*time.Hour, 30*time.Minute)
			st := status(t, h)
			if name != "of fetching alone" && !st.ListedThrough.Equal(ingesttest.Start) {
				t.Errorf("listed through %v, the outage started at %v", st.ListedThrough, ingesttest.Start)
			}
			if h.Clock.Now().Sub(st.CompleteThrough) < 12*time.Hour {
				t.Errorf("complete through %v in the middle of the outage, at %v", st.CompleteThrough, h.Clock.Now())
			}
			h.API.Plan(nil)
			if err := ticksFor(t, h, job, 5*time.Hour, 30*time.Minute); err != nil {
				t.Errorf("after the outage: %v", err)
			}
			h.Check(t)
		})
	}
}

// The content blob that expires first is retried before it does, however long
// its backoff has become.
func TestOutageUntilExpiration(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 30, Contents: 8})
	job := newJob(t, h)
	h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	first := h.Tenant.Contents(h.Clock.Now())[0].Expiration
	h.Clock.Advance(first.Sub(h.Clock.Now()) - time.Hour)
	for first.Sub(h.Clock.Now()) > 7*time.Minute {
		if _, err := job.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(5 * time.Minute)
	}
	h.API.Plan(nil)
	tick(t, job)
	// The others expire later and may wait.
	if err := ticksFor(t, h, job, 5*time.Hour, 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	h.Check(t)
}

func TestTypeRejected(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]struct {
		status int
		body   string
	}{
		"denied":       {http.StatusUnauthorized, denied},
		"out of order": {http.StatusInternalServerError, outOfOrder},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 10, Types: []string{tenant.General, tenant.SharePoint}})
			job := newJob(t, h, types(tenant.SharePoint, tenant.General))
			h.API.Plan(when(func(r *http.Request) bool {
				return lists(r) && r.URL.Query().Get("contentType") == tenant.SharePoint
			}, response.status, response.body))
			if _, err := job.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), tenant.SharePoint) {
				t.Errorf("the tick's error is %v", err)
			}
			statuses, err := h.Store.TypeStatuses(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if st := statuses[tenant.SharePoint]; st.LastError == nil || !st.CompleteThrough.IsZero() {
				t.Errorf("%+v", st)
			}
			if st := statuses[tenant.General]; st.LastError != nil || h.Clock.Now().Sub(st.CompleteThrough) > time.Minute {
				t.Errorf("%+v", st)
			}
			h.API.Plan(nil)
			catchUp(t, h, job)
			h.Check(t)
		})
	}
}

func TestTickWithoutEvents(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]tenant.Config{
		"no label events":                        {Events: -1, Contents: 10, NoiseShare: -1},
		"nothing yet, the subscription warms up": {Events: 40, Contents: 10, Warmup: 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, cfg)
			run := tick(t, newJob(t, h))
			st := status(t, h)
			if run.Rows > 0 || st.LastError != nil || !st.CompleteThrough.Equal(ingesttest.Start) {
				t.Errorf("run %+v, status %+v", run, st)
			}
		})
	}
}

// While one content type waits for a response, another is listed, ingested and
// reported.
func TestTypeHangs(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]func(*http.Request) bool{"while listing": lists, "while fetching": fetches} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 10, Types: []string{tenant.General, tenant.SharePoint}})
			job := newJob(t, h, types(tenant.SharePoint, tenant.General))
			through := generalSaved(h)
			h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if !hangs(r) || !strings.Contains(strings.ToLower(r.URL.String()), "sharepoint") {
					return nil
				}
				return func(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
					select {
					case <-through:
					case <-time.After(time.Minute):
						t.Error("the other type waits for this one")
					}
					return nil, ingesttest.ErrBroken
				}
			})
			job.Tick(t.Context())
			if st := status(t, h); st.CompleteThrough.IsZero() || !st.CompleteThrough.Equal(st.ListedThrough) {
				t.Errorf("%+v", st)
			}
			h.API.Plan(nil)
			h.Storage.Plan(nil)
			catchUp(t, h, job)
			h.Check(t)
		})
	}
}

// generalSaved is closed when a tick saves the status of Audit.General.
func generalSaved(h *ingesttest.Harness) <-chan struct{} {
	saved := make(chan struct{})
	var once sync.Once
	h.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.HasPrefix(storageCall(r), "transaction state/type") && strings.Contains(readBody(r), `"RowKey":"audit_general"`) {
			once.Do(func() { close(saved) })
		}
		return nil
	})
	return saved
}

// The API does not respond to listings. Time remains to drain the ledger, and to
// end the tick before the host does.
func TestDrainHungListing(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]func(*http.Request) bool{
		"fetching works":            func(r *http.Request) bool { return !fetches(r) },
		"the first fetch hangs too": calls,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
			h.Configure(t, func(c *ingest.Config) { c.Concurrency = 1 })
			job := newJob(t, h)
			tick(t, job)
			h.Clock.Advance(30 * time.Hour) // everything is due for listing
			for _, c := range notifiedUntil(h, h.Clock.Now()) {
				addNotified(t, h, c)
			}
			hung := 0 // fetches
			h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				switch {
				case !hangs(r):
					return nil
				case fetches(r) && hung > 0:
					return nil
				case fetches(r):
					hung++
				}
				h.Clock.Advance(100 * time.Second)
				return ingesttest.Drop
			})
			run, err := job.Tick(t.Context())
			if err == nil || run.Fetched == 0 {
				t.Errorf("%d content blobs fetched, %v", run.Fetched, err)
			}
			if took := run.Finished.Sub(run.Started); took > 9*time.Minute {
				t.Errorf("the tick took %v", took)
			}
		})
	}
}
