package pull_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

func TestListSeveralPages(t *testing.T) {
	h := newHarness(t, tenant.Config{Events: 300, Contents: 120, NoiseShare: -1, PageSize: 3})
	tick(t, newJob(t, h))
	h.Check(t)
	if pages := h.Tenant.Requests()[tenant.OpContent]; pages < 120/3 {
		t.Errorf("%d pages", pages)
	}
}

func TestListSameMoment(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	same := map[time.Time]int{}
	most := 0
	for _, c := range h.Tenant.Contents(ingesttest.Start) {
		same[c.Created]++
		most = max(most, same[c.Created])
	}
	if most < 4 {
		t.Fatalf("precondition: at most %d content blobs share a moment", most)
	}
	tick(t, newJob(t, h))
	h.Check(t)
}

func TestListGapAfterDowntime(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	tick(t, job)
	h.Clock.Advance(10 * 24 * time.Hour)
	h.Restart(t)
	tick(t, newJob(t, h))
	st := status(t, h)
	if len(st.Gaps) != 1 {
		t.Fatalf("gaps %v, want one", st.Gaps)
	}
	oldest := h.Clock.Now().Add(-7 * 24 * time.Hour)
	if !st.Gaps[0].From.Equal(ingesttest.Start) || st.Gaps[0].To.Sub(oldest).Abs() > time.Hour {
		t.Errorf("gap %v, want from %v to about %v", st.Gaps[0], ingesttest.Start, oldest)
	}
	if breaches := h.Tenant.Violations(); len(breaches) > 0 {
		t.Error(breaches)
	}
}

// A late content blob appears inside a window that was listed before. The next
// ticks find those that are an hour or so late, and the daily full listing all
// others.
func TestListLateContent(t *testing.T) {
	t.Parallel()
	faults := tenant.NewFaults(7, tenant.Late)
	h := newHarness(t, tenant.Config{Events: 80, Contents: 40, LiveStep: 10 * time.Minute, NoiseShare: -1, Faults: faults})
	job := newJob(t, h)
	tick(t, job)
	late := 0
	for range 24 {
		through := checkpoint(t, h).ListedThrough
		known := len(h.Tenant.Contents(h.Clock.Now()))
		h.Clock.Advance(time.Hour)
		for _, c := range h.Tenant.Contents(h.Clock.Now())[known:] {
			if c.Created.Before(through) {
				late++
			}
		}
		tick(t, job)
	}
	if late < 2 {
		t.Errorf("precondition: %d content blobs appeared before the checkpoint", late)
	}
	h.Clock.Advance(24 * time.Hour)
	tick(t, job)
	h.Check(t)
	wantInjected(t, faults, tenant.Late)
}

// A new subscription lists nothing for hours, and then all that there was.
func TestListNewSubscription(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 80, Contents: 40, Warmup: 6 * time.Hour})
	job := newJob(t, h)
	tick(t, job)
	if err := ticksFor(t, h, job, 25*time.Hour, time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, c := range h.Tenant.Contents(h.Clock.Now()) {
		if h.Clock.Now().Sub(c.Created) > 6*24*time.Hour-time.Hour {
			continue // no longer listed at the second full listing
		}
		e, err := h.Store.Ledger.Get(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil || e.State != ledger.Done {
			t.Errorf("content blob of %v: %s, %v", c.Created, e.State, err)
		}
	}
}

// The same records appear again days later, in a content blob with another id.
func TestListRepublishedContent(t *testing.T) {
	t.Parallel()
	faults := tenant.NewFaults(2, tenant.Republished)
	h := newHarness(t, tenant.Config{Events: 80, Contents: 80, Faults: faults})
	job := newJob(t, h)
	duplicates := tick(t, job).Duplicates
	for range 5 {
		h.Clock.Advance(24 * time.Hour)
		duplicates += tick(t, job).Duplicates
	}
	h.Check(t)
	if duplicates < 4 {
		t.Errorf("precondition: %d duplicates", duplicates)
	}
	wantInjected(t, faults, tenant.Republished)
}

func TestListRejectedWindow(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]struct {
		status     int
		body, code string
	}{
		"as invalid":           {http.StatusBadRequest, badWindow, "AF20055"},
		"out of order":         {http.StatusInternalServerError, outOfOrder, "AF50000"},
		"with an object":       {http.StatusOK, outOfOrder, "AF50000"},
		"with an empty body":   {http.StatusOK, "", "transient"},
		"with HTML":            {http.StatusOK, "<html>", "transient"},
		"without a permission": {http.StatusForbidden, denied, "configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 14})
			rejected := time.Time{} // the start of the window
			h.API.Plan(when(func(r *http.Request) bool {
				if !listsDay(3)(r) {
					return false
				}
				rejected, _ = time.Parse("2006-01-02T15:04:05", r.URL.Query().Get("startTime"))
				return true
			}, response.status, response.body))
			job := newJob(t, h)
			for range 3 {
				run, err := job.Tick(t.Context())
				if err == nil || run.Error == nil || run.Error.Code != response.code {
					t.Errorf("run error %+v, %v, want code %s", run.Error, err, response.code)
				}
				h.Clock.Advance(time.Second)
			}
			through := checkpoint(t, h).ListedThrough
			if !through.Equal(rejected) || rejected.IsZero() {
				t.Errorf("listed through %v, the rejected window starts at %v", through, rejected)
			}
			if st := status(t, h); !st.CompleteThrough.Equal(through) {
				t.Errorf("complete through %v, listed through %v", st.CompleteThrough, through)
			}
			if concernsWindow := response.code != "configuration"; concernsWindow {
				wantAllOutside(t, h, rejected, rejected.Add(24*time.Hour))
			}
			h.API.Plan(nil)
			catchUp(t, h, job)
			h.Check(t)
		})
	}
}

// wantAllOutside fails the test unless every content blob created outside a
// window is done.
func wantAllOutside(t *testing.T, h *ingesttest.Harness, from, to time.Time) {
	t.Helper()
	outside := 0
	for _, c := range h.Tenant.Contents(h.TenantNow()) {
		if !c.Created.Before(from) && c.Created.Before(to) {
			continue
		}
		outside++
		e, err := h.Store.Ledger.Get(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil || e.State != ledger.Done {
			t.Errorf("content blob of %v: %q, %v", c.Created, e.State, err)
		}
	}
	if outside < 3 {
		t.Errorf("precondition: %d content blobs outside", outside)
	}
}

// An invalid row of a listing is an error while it is listed. The content
// blobs beside and after it are ingested.
func TestListInvalidRows(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"without an id":           `{"contentCreated":"2026-03-18T10:00:00Z"}`,
		"without a time":          `{"contentId":"a"}`,
		"of 1960":                 `{"contentId":"a","contentCreated":"1960-03-18T10:00:00Z"}`,
		"with a huge id":          `{"contentId":"` + strings.Repeat("x", 3000) + `","contentCreated":"2026-03-18T10:00:00Z"}`,
		"with a number for an id": `{"contentId":1,"contentCreated":"2026-03-18T10:00:00Z"}`,
		"null":                    `null`,
		"text":                    `"a"`,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 14})
			job := newJob(t, h)
			fault := addRow(bad)
			h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if listsDay(1)(r) {
					return fault
				}
				return nil
			})
			for range 3 {
				if run, err := job.Tick(t.Context()); err == nil || run.Error == nil {
					t.Errorf("run %+v, %v", run, err)
				}
				h.Check(t)
				h.Clock.Advance(4 * time.Hour)
			}
			if apart := h.Clock.Now().Sub(checkpoint(t, h).ListedThrough); apart < 12*time.Hour {
				t.Errorf("the checkpoint passed a window with an invalid row, it is %v behind", apart)
			}
			h.API.Plan(nil)
			tick(t, job)
			h.Check(t)
		})
	}
}

// addRow adds a row to a listing, and gives the other rows another type.
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

// All that the API still lists is listed again once a day. If an old window of it
// fails, day after day, new content blobs must not wait.
func TestListOldWindowFails(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 14})
	job := newJob(t, h)
	tick(t, job)
	h.API.Plan(when(listsDay(3), http.StatusInternalServerError, outOfOrder))
	full := checkpoint(t, h).FullListing
	for range 2 {
		h.Clock.Advance(25 * time.Hour)
		if _, err := job.Tick(t.Context()); feed.ClassOf(err) != feed.Transient {
			t.Errorf("the tick's error is %v", err)
		}
		h.Check(t)
		if c := checkpoint(t, h); h.Clock.Now().Sub(c.ListedThrough) > time.Minute || !c.FullListing.Equal(full) {
			t.Errorf("checkpoint %+v", c)
		}
	}
	h.API.Plan(nil)
	catchUp(t, h, job)
	if c := checkpoint(t, h); c.FullListing.Equal(full) {
		t.Error("the full listing was not repeated after the window worked again")
	}
	h.Check(t)
}
