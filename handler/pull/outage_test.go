package pull_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

const (
	outOfOrder = `{'error':{'code':'AF50000','message':'An internal server error occurred. Retry the request.'}}`
	badWindow  = `{"error":{"code":"AF20055","message":"Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart."}}`
	denied     = `{"Message":"Authorization has been denied for this request."}`
)

// when is the plan of an API that answers so where a request is of a kind.
func when(is func(*http.Request) bool, status int, body string) func(int, *http.Request) ingesttest.Fault {
	return func(_ int, r *http.Request) ingesttest.Fault {
		if is(r) {
			return ingesttest.Answer(status, body)
		}
		return nil
	}
}

func lists(r *http.Request) bool   { return strings.HasSuffix(r.URL.Path, "/subscriptions/content") }
func fetches(r *http.Request) bool { return strings.Contains(r.URL.Path, "/feed/audit/") }
func calls(*http.Request) bool     { return true }

// listsDay tells whether a request lists a window that starts on the day so
// many days ago.
func listsDay(days int) func(*http.Request) bool {
	return func(r *http.Request) bool {
		start := r.URL.Query().Get("startTime")
		return lists(r) && strings.HasPrefix(start, ingesttest.Start.AddDate(0, 0, -days).Format("2006-01-02"))
	}
}

// ticksFor lets so much time pass with a tick each step, whatever it comes to,
// and returns what the last one came to.
func ticksFor(t *testing.T, w *ingesttest.Harness, p *pull.Job, d, step time.Duration) error {
	t.Helper()
	var err error
	for end := w.Clock.Now().Add(d); w.Clock.Now().Before(end); {
		w.Clock.Advance(step)
		_, err = p.Tick(t.Context())
	}
	return err
}

// settle ticks until there is nothing left to do.
func settle(t *testing.T, w *ingesttest.Harness, p *pull.Job) {
	t.Helper()
	for range 100 {
		run, err := p.Tick(t.Context())
		if err == nil && run.Listed == 0 && w.Pending(t) == 0 {
			return
		}
		w.Clock.Advance(time.Minute)
	}
	t.Fatal("there is still something to do after 100 ticks")
}

func checkpoint(t *testing.T, w *ingesttest.Harness) store.Checkpoint {
	t.Helper()
	c, err := w.Store.Checkpoint(t.Context(), tenant.General)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAWindowThatIsRefusedIsNotPassed(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status     int
		body, code string
	}{
		"as wrong":             {http.StatusBadRequest, badWindow, "AF20055"},
		"out of order":         {http.StatusInternalServerError, outOfOrder, "AF50000"},
		"with an object":       {http.StatusOK, outOfOrder, "AF50000"},
		"with nothing":         {http.StatusOK, "", "transient"},
		"with something else":  {http.StatusOK, "<html>", "transient"},
		"without a permission": {http.StatusForbidden, denied, "configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 14})
			refused := time.Time{} // the start of the window
			w.API.Plan(when(func(r *http.Request) bool {
				if !listsDay(3)(r) {
					return false
				}
				refused, _ = time.Parse("2006-01-02T15:04:05", r.URL.Query().Get("startTime"))
				return true
			}, answer.status, answer.body))
			p := newJob(t, w)
			for range 3 {
				run, err := p.Tick(t.Context())
				if err == nil || run.Error == nil || run.Error.Code != answer.code {
					t.Errorf("run error %+v, %v, want code %s", run.Error, err, answer.code)
				}
				w.Clock.Advance(time.Second)
			}
			through := checkpoint(t, w).ListedThrough
			if !through.Equal(refused) || refused.IsZero() {
				t.Errorf("listed through %v, the window refused begins at %v", through, refused)
			}
			if st := status(t, w); !st.CompleteThrough.Equal(through) {
				t.Errorf("complete through %v, listed through %v", st.CompleteThrough, through)
			}
			if ownFault := answer.code != "configuration"; ownFault {
				wantAllOutside(t, w, refused, refused.Add(24*time.Hour))
			}
			w.API.Plan(nil)
			settle(t, w, p)
			w.Check(t)
		})
	}
}

// wantAllOutside fails the test unless all contents are done that were created
// outside of a window that was not listed.
func wantAllOutside(t *testing.T, w *ingesttest.Harness, from, to time.Time) {
	t.Helper()
	outside := 0
	for _, c := range w.Tenant.Contents(w.TenantNow()) {
		if !c.Created.Before(from) && c.Created.Before(to) {
			continue
		}
		outside++
		e, err := w.Store.Ledger.Get(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil || e.State != ledger.Done {
			t.Errorf("content of %v: %q, %v", c.Created, e.State, err)
		}
	}
	if outside < 3 {
		t.Errorf("%d contents outside: not the case that this test is for", outside)
	}
}

// Rows of a listing that are no contents are an error for as long as they are
// listed, and what is listed beside and behind them is taken.
func TestRowsThatAreNoContentsHoldUpNoOthers(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"without an id":           `{"contentCreated":"2026-03-18T10:00:00Z"}`,
		"without a time":          `{"contentId":"a"}`,
		"of 1960":                 `{"contentId":"a","contentCreated":"1960-03-18T10:00:00Z"}`,
		"with a huge id":          `{"contentId":"` + strings.Repeat("x", 3000) + `","contentCreated":"2026-03-18T10:00:00Z"}`,
		"with a number for an id": `{"contentId":1,"contentCreated":"2026-03-18T10:00:00Z"}`,
		"that are no row":         `null`,
		"that are text":           `"a"`,
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 14})
			p := newJob(t, w)
			spoil := addRow(bad)
			w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if listsDay(1)(r) {
					return spoil
				}
				return nil
			})
			for range 3 {
				if run, err := p.Tick(t.Context()); err == nil || run.Error == nil {
					t.Errorf("run %+v, %v", run, err)
				}
				w.Check(t)
				w.Clock.Advance(4 * time.Hour)
			}
			if apart := w.Clock.Now().Sub(checkpoint(t, w).ListedThrough); apart < 12*time.Hour {
				t.Errorf("the checkpoint passed a window that was not understood, it is %v behind", apart)
			}
			w.API.Plan(nil)
			tick(t, p)
			w.Check(t)
		})
	}
}

// addRow adds a row to a listing, and lets its others name another type.
func addRow(row string) ingesttest.Fault {
	return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		r.Header.Del("Accept-Encoding")
		resp, err := send(r)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		text := strings.Replace(string(body), "[", "["+row+",", 1)
		text = strings.ReplaceAll(strings.Replace(text, ",]", "]", 1), `"contentType":"Audit.General"`, `"contentType":"Audit.Other"`)
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		resp.Header.Del("Content-Length")
		return resp, nil
	}
}

// All that the API still lists is listed again once a day. A part of that
// which fails, day after day, is not to hold up what is new.
func TestAnOldWindowThatFailsHoldsUpNothingNew(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 14})
	p := newJob(t, w)
	tick(t, p)
	w.API.Plan(when(listsDay(3), http.StatusInternalServerError, outOfOrder))
	full := checkpoint(t, w).FullListing
	for range 2 {
		w.Clock.Advance(25 * time.Hour)
		if _, err := p.Tick(t.Context()); feed.ClassOf(err) != feed.Transient {
			t.Errorf("the tick's error is %v", err)
		}
		w.Check(t)
		if c := checkpoint(t, w); w.Clock.Now().Sub(c.ListedThrough) > time.Minute || !c.FullListing.Equal(full) {
			t.Errorf("checkpoint %+v", c)
		}
	}
	w.API.Plan(nil)
	settle(t, w, p)
	if c := checkpoint(t, w); c.FullListing.Equal(full) {
		t.Error("not everything was listed again once it could be")
	}
	w.Check(t)
}

func TestAnOutageOfHoursLosesNothing(t *testing.T) {
	t.Parallel()
	for name, hit := range map[string]func(*http.Request) bool{"of everything": calls, "of contents alone": fetches, "of listings alone": lists} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 14, Expiry: 20 * 24 * time.Hour})
			p := newJob(t, w)
			tick(t, p)
			w.API.Plan(when(hit, http.StatusInternalServerError, outOfOrder))
			ticksFor(t, w, p, 26*time.Hour, 30*time.Minute)
			st := status(t, w)
			if name != "of contents alone" && !st.ListedThrough.Equal(ingesttest.Start) {
				t.Errorf("listed through %v, the outage began at %v", st.ListedThrough, ingesttest.Start)
			}
			if w.Clock.Now().Sub(st.CompleteThrough) < 12*time.Hour {
				t.Errorf("complete through %v in the middle of the outage, at %v", st.CompleteThrough, w.Clock.Now())
			}
			w.API.Plan(nil)
			if err := ticksFor(t, w, p, 5*time.Hour, 30*time.Minute); err != nil {
				t.Errorf("after the outage: %v", err)
			}
			w.Check(t)
		})
	}
}

// The content that expires first is tried again before it does, however long
// its pauses have become.
func TestAnOutageThatEndsJustBeforeContentsExpireLosesNone(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 30, Contents: 8})
	p := newJob(t, w)
	w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	first := w.Tenant.Contents(w.Clock.Now())[0].Expiration
	w.Clock.Advance(first.Sub(w.Clock.Now()) - time.Hour)
	for first.Sub(w.Clock.Now()) > 7*time.Minute {
		if _, err := p.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(5 * time.Minute)
	}
	w.API.Plan(nil)
	tick(t, p)
	// The other contents are not in such a hurry.
	if err := ticksFor(t, w, p, 5*time.Hour, 30*time.Minute); err != nil {
		t.Fatal(err)
	}
	w.Check(t)
}

func TestATypeThatIsRefusedKeepsNoOtherFromBeingPulled(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"denied":       {http.StatusUnauthorized, denied},
		"out of order": {http.StatusInternalServerError, outOfOrder},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 10, Types: []string{tenant.General, tenant.SharePoint}})
			p := newJob(t, w, types(tenant.SharePoint, tenant.General))
			w.API.Plan(when(func(r *http.Request) bool {
				return lists(r) && r.URL.Query().Get("contentType") == tenant.SharePoint
			}, answer.status, answer.body))
			if _, err := p.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), tenant.SharePoint) {
				t.Errorf("the tick's error is %v", err)
			}
			statuses, err := w.Store.TypeStatuses(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if st := statuses[tenant.SharePoint]; st.LastError == nil || !st.CompleteThrough.IsZero() {
				t.Errorf("%+v", st)
			}
			if st := statuses[tenant.General]; st.LastError != nil || w.Clock.Now().Sub(st.CompleteThrough) > time.Minute {
				t.Errorf("%+v", st)
			}
			w.API.Plan(nil)
			settle(t, w, p)
			w.Check(t)
		})
	}
}

func TestATenantWithoutEventsIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]tenant.Config{
		"no label events":                        {Events: -1, Contents: 10, NoiseShare: -1},
		"nothing yet, the subscription warms up": {Events: 40, Contents: 10, Warmup: 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, cfg)
			run := tick(t, newJob(t, w))
			st := status(t, w)
			if run.Rows > 0 || st.LastError != nil || !st.CompleteThrough.Equal(ingesttest.Start) {
				t.Errorf("run %+v, status %+v", run, st)
			}
		})
	}
}

// While one type waits for an answer that does not come, another is listed,
// ingested and reported.
func TestATypeThatHangsKeepsNoOtherWaiting(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]func(*http.Request) bool{"in a listing": lists, "in its contents": fetches} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 10, Types: []string{tenant.General, tenant.SharePoint}})
			p := newJob(t, w, types(tenant.SharePoint, tenant.General))
			through := generalSaved(w)
			w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
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
			p.Tick(t.Context())
			if st := status(t, w); st.CompleteThrough.IsZero() || !st.CompleteThrough.Equal(st.ListedThrough) {
				t.Errorf("%+v", st)
			}
			w.API.Plan(nil)
			w.Storage.Plan(nil)
			settle(t, w, p)
			w.Check(t)
		})
	}
}

// generalSaved is closed when a tick saves how Audit.General stands.
func generalSaved(w *ingesttest.Harness) <-chan struct{} {
	saved := make(chan struct{})
	var once sync.Once
	w.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.HasPrefix(storageCall(r), "transaction state/type") && strings.Contains(readBody(r), `"RowKey":"audit_general"`) {
			once.Do(func() { close(saved) })
		}
		return nil
	})
	return saved
}
