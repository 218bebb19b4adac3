package pull_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Listing goes by the API's clock, which may differ from ours. By a clock that
// is ahead, windows would be passed before anything is in them. By a clock that
// is behind, content blobs would be listed late, and windows rejected as too old
// a week later.
func TestClockOfAPIDecidesListing(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{
		"ours is 50 seconds ahead": -50 * time.Second,
		"ours is 6 hours ahead":    -6 * time.Hour,
		"ours is 3 days ahead":     -3 * 24 * time.Hour,
		"ours is 50 seconds late":  50 * time.Second,
		"ours is 6 hours late":     6 * time.Hour,
		"ours is 3 days late":      3 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
			job := newJob(t, h)
			if ahead < 0 { // else the API would no longer list the oldest of the week
				h.SetAhead(ahead)
			}
			tick(t, job)
			h.SetAhead(ahead)
			for range 4 {
				h.Clock.Advance(11 * time.Hour)
				tick(t, job)
			}
			h.Check(t)
			if apart := checkpoint(t, h).ListedThrough.Sub(h.TenantNow()).Abs(); apart > time.Minute {
				t.Errorf("listed through %v, by the API's clock it is %v", checkpoint(t, h).ListedThrough, h.TenantNow())
			}
		})
	}
}

// Content blobs of the next month are ingested although our clock is not there
// yet.
func TestClockBehindAtMonthTurn(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := newJob(t, h)
	tick(t, job)
	h.Clock.Advance(12 * 24 * time.Hour)
	tick(t, job)
	h.SetAhead(3 * 24 * time.Hour)
	if us, them := h.Clock.Now().Month(), h.TenantNow().Month(); us == them {
		t.Fatalf("precondition: it is %v by both clocks", us)
	}
	tick(t, job)
	for e, err := range h.Store.Ledger.List(t.Context(), ledger.Query{States: []ledger.State{ledger.Pending}}) {
		t.Errorf("complete through %v, and pending: %s, created %v, %v", status(t, h).CompleteThrough, e.ID, e.Created, err)
	}
}

// Our clock goes wrong by hours, in both directions, and is corrected.
func TestClockCorrected(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := newJob(t, h)
	off := time.Duration(0)
	for _, wrong := range []time.Duration{26 * time.Hour, 0, -30 * time.Minute, 30 * time.Minute, -26 * time.Hour, 0} {
		h.ShiftClock(wrong - off)
		off = wrong
		tick(t, job)
		h.Clock.Advance(7 * time.Hour)
		tick(t, job)
		h.Check(t)
	}
}

// A retry that was scheduled while our clock was days ahead is not waited for:
// by then the content blob may have expired.
func TestClockWrongRetryTime(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := newJob(t, h)
	wrong := 8 * 24 * time.Hour
	h.ShiftClock(wrong)
	h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	tick(t, job)
	if h.Pending(t) == 0 {
		t.Fatal("precondition: nothing is pending")
	}
	h.API.Plan(nil)
	h.ShiftClock(-wrong)
	tick(t, job)
	h.CheckTrail(t)
}

// By a clock that is months ahead, pending entries would be searched in the wrong
// months, and the trail would count as complete.
func TestClockMonthsAhead(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := newJob(t, h)
	h.ShiftClock(60 * 24 * time.Hour)
	tick(t, job)
	h.Clock.Advance(12 * time.Hour)
	tick(t, job)
	h.CheckTrail(t)
}

// Our knowledge of the API's clock may be wrong as well: in a process whose first
// request has no response, or after one response with a wrong Date. Windows that
// the listing passed by such a clock are listed again, and no claim is made about
// the future.
func TestCheckpointInFuture(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*ingesttest.Harness) func(int, *http.Request) ingesttest.Fault{
		"the first request has no response": func(*ingesttest.Harness) func(int, *http.Request) ingesttest.Fault {
			return func(n int, _ *http.Request) ingesttest.Fault {
				if n < 3 { // the request and its retries
					return ingesttest.Drop
				}
				return nil
			}
		},
		"the Date of responses is wrong": func(h *ingesttest.Harness) func(int, *http.Request) ingesttest.Fault {
			return func(int, *http.Request) ingesttest.Fault { return datedAhead(h, 10*24*time.Hour) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
			h.SetAhead(-3 * 24 * time.Hour)
			job := newJob(t, h)
			tick(t, job)
			h.Restart(t)
			job = newJob(t, h)
			h.API.Plan(plan(h))
			tick(t, job)
			if checkpoint(t, h).ListedThrough.Sub(h.TenantNow()) < 24*time.Hour {
				t.Fatal("precondition: the checkpoint is not in the future")
			}
			h.API.Plan(nil)
			for range 3 {
				h.Clock.Advance(11 * time.Hour)
				tick(t, job)
				h.CheckTrail(t)
				st, now := status(t, h), h.TenantNow()
				if ahead := st.CompleteThrough.Sub(now).Abs(); ahead > time.Minute || checkpoint(t, h).ListedThrough.After(now) || len(st.Gaps) > 0 {
					t.Errorf("complete through %v at %v, listed through %v, gaps %v", st.CompleteThrough, now, checkpoint(t, h).ListedThrough, st.Gaps)
				}
			}
		})
	}
}

// Downtime leaves a gap. If a wrong clock makes the gap too long, it is shortened
// once the part that the API still lists is listed.
func TestGapOfWrongClock(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, h))
	h.Clock.Advance(10 * 24 * time.Hour)
	h.Restart(t)
	job := newJob(t, h)
	h.API.Plan(func(int, *http.Request) ingesttest.Fault { return datedAhead(h, 10*24*time.Hour) })
	tick(t, job)
	if gaps := status(t, h).Gaps; len(gaps) != 1 || gaps[0].To.Before(h.TenantNow()) {
		t.Fatalf("precondition: gaps %v", gaps)
	}
	h.API.Plan(nil)
	h.Clock.Advance(time.Hour) // the next response has the right Date
	tick(t, job)
	tick(t, job)
	oldest := h.TenantNow().Add(-7 * 24 * time.Hour)
	if gaps := status(t, h).Gaps; len(gaps) != 1 || !gaps[0].From.Equal(ingesttest.Start) || gaps[0].To.Sub(oldest).Abs() > time.Hour {
		t.Errorf("gaps %v, want one from %v to about %v", gaps, ingesttest.Start, oldest)
	}
}

// datedAhead makes the Date of a response lie ahead.
func datedAhead(h *ingesttest.Harness, ahead time.Duration) ingesttest.Fault {
	return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		resp, err := send(r)
		if err == nil {
			resp.Header.Set("Date", h.TenantNow().Add(ahead).UTC().Format(http.TimeFormat))
		}
		return resp, err
	}
}

func eventTables(t *testing.T, h *ingesttest.Harness) []string {
	t.Helper()
	names, err := h.Store.Events.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// retaining is a timer function that keeps events for that many days.
func retaining(t *testing.T, h *ingesttest.Harness, days int) *pull.Job {
	h.Configure(t, func(c *ingest.Config) {
		c.Retain = func() time.Time { return store.OldestKept(h.Clocks().Earlier(), days) }
	})
	return newJob(t, h, func(c *pull.Config) { c.RetentionDays = days })
}

// A month is dropped when its last day is too old, and stays dropped.
func TestRetentionDropsMonths(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := retaining(t, h, 30)
	tick(t, job)
	if !slices.Contains(eventTables(t, h), "events202603") {
		t.Fatal("precondition: no events of March")
	}
	h.Clock.Advance(42 * 24 * time.Hour) // to 29 April
	tick(t, job)
	if !slices.Contains(eventTables(t, h), "events202603") {
		t.Error("March is gone within 30 days of its end")
	}
	h.Clock.Advance(3 * 24 * time.Hour)
	tick(t, job)
	if tables := eventTables(t, h); slices.Contains(tables, "events202603") || slices.Contains(tables, "index202603") {
		t.Errorf("March is there more than 30 days after its end: %v", tables)
	}
}

// A clock that is months ahead neither drops a month nor keeps its events from
// becoming rows.
func TestRetentionClockMonthsAhead(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	job := retaining(t, h, 30)
	tick(t, job)
	h.ShiftClock(90 * 24 * time.Hour)
	for range 3 {
		h.Clock.Advance(12 * time.Hour)
		tick(t, job)
	}
	h.CheckTrail(t)
}
