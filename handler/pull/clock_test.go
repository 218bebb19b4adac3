package pull_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// What became available is asked for by the API's clock, which may not be
// ours. By a clock that is ahead, windows would be passed before anything is
// in them; by one that is behind, contents would come late, and a week later
// windows would be refused as too old.
func TestTheAPIsClockDecidesWhatIsListed(t *testing.T) {
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
			w := world(t, tenant.Config{Events: 40, Contents: 20})
			p := newJob(t, w)
			if ahead < 0 { // else the API would no longer list the oldest of the week
				w.SetAhead(ahead)
			}
			tick(t, p)
			w.SetAhead(ahead)
			for range 4 {
				w.Clock.Advance(11 * time.Hour)
				tick(t, p)
			}
			w.Check(t)
			if apart := checkpoint(t, w).ListedThrough.Sub(w.TenantNow()).Abs(); apart > time.Minute {
				t.Errorf("listed through %v, by the API's clock it is %v", checkpoint(t, w).ListedThrough, w.TenantNow())
			}
		})
	}
}

// Contents of the next month are ingested though by our clock it has not come.
func TestAClockThatIsBehindMissesNoContentAtTheTurnOfTheMonth(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := newJob(t, w)
	tick(t, p)
	w.Clock.Advance(12 * 24 * time.Hour)
	tick(t, p)
	w.SetAhead(3 * 24 * time.Hour)
	if us, them := w.Clock.Now().Month(), w.TenantNow().Month(); us == them {
		t.Fatalf("it is %v by both clocks: not the case that this test is for", us)
	}
	tick(t, p)
	for e, err := range w.Store.Ledger.List(t.Context(), ledger.Query{States: []ledger.State{ledger.Pending}}) {
		t.Errorf("complete through %v, and pending: %s, created %v, %v", status(t, w).CompleteThrough, e.ID, e.Created, err)
	}
}

// Our clock goes wrong by hours, one way and the other, and is put right.
func TestAClockThatIsPutRightLosesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := newJob(t, w)
	off := time.Duration(0)
	for _, wrong := range []time.Duration{26 * time.Hour, 0, -30 * time.Minute, 30 * time.Minute, -26 * time.Hour, 0} {
		w.ShiftClock(wrong - off)
		off = wrong
		tick(t, p)
		w.Clock.Advance(7 * time.Hour)
		tick(t, p)
		w.Check(t)
	}
}

// What was put off by a clock that was days ahead is not waited for until then,
// when it may have expired.
func TestATryThatAWrongClockPutOffIsMadeInTime(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := newJob(t, w)
	wrong := 8 * 24 * time.Hour
	w.ShiftClock(wrong)
	w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	tick(t, p)
	if w.Pending(t) == 0 {
		t.Fatal("nothing is pending: not the case that this test is for")
	}
	w.API.Plan(nil)
	w.ShiftClock(-wrong)
	tick(t, p)
	w.CheckTrail(t)
}

// By a clock that is months ahead, contents would not be looked for where they
// are pending, and be taken for complete.
func TestAClockThatIsMonthsAheadHidesNoPendingContent(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := newJob(t, w)
	w.ShiftClock(60 * 24 * time.Hour)
	tick(t, p)
	w.Clock.Advance(12 * time.Hour)
	tick(t, p)
	w.CheckTrail(t)
}

// The API's clock as far as it is known may be wrong, too: of a process whose
// first request has no answer, or by one answer's Date. What the listing passed
// by it is listed all the same, and nothing is claimed of the future.
func TestAListingThatWentAheadOfTheClockIsMadeAnew(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*ingesttest.Harness) func(int, *http.Request) ingesttest.Fault{
		"the first request has no answer": func(*ingesttest.Harness) func(int, *http.Request) ingesttest.Fault {
			return func(n int, _ *http.Request) ingesttest.Fault {
				if n < 3 { // the request and its repetitions
					return ingesttest.Refuse
				}
				return nil
			}
		},
		"the answers' Date is wrong": func(w *ingesttest.Harness) func(int, *http.Request) ingesttest.Fault {
			return func(int, *http.Request) ingesttest.Fault { return datedAhead(w, 10*24*time.Hour) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 20})
			w.SetAhead(-3 * 24 * time.Hour)
			p := newJob(t, w)
			tick(t, p)
			w.Restart(t)
			p = newJob(t, w)
			w.API.Plan(plan(w))
			tick(t, p)
			if checkpoint(t, w).ListedThrough.Sub(w.TenantNow()) < 24*time.Hour {
				t.Fatal("not ahead: not the case that this test is for")
			}
			w.API.Plan(nil)
			for range 3 {
				w.Clock.Advance(11 * time.Hour)
				tick(t, p)
				w.CheckTrail(t)
				st, now := status(t, w), w.TenantNow()
				if ahead := st.CompleteThrough.Sub(now).Abs(); ahead > time.Minute || checkpoint(t, w).ListedThrough.After(now) || len(st.Gaps) > 0 {
					t.Errorf("complete through %v at %v, listed through %v, gaps %v", st.CompleteThrough, now, checkpoint(t, w).ListedThrough, st.Gaps)
				}
			}
		})
	}
}

// What downtime cost is a gap, whatever clock it is reckoned by; what is listed
// all the same is none.
func TestAGapThatAWrongClockMadeTooLongIsAsLongAsItWas(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, w))
	w.Clock.Advance(10 * 24 * time.Hour)
	w.Restart(t)
	p := newJob(t, w)
	w.API.Plan(func(int, *http.Request) ingesttest.Fault { return datedAhead(w, 10*24*time.Hour) })
	tick(t, p)
	if gaps := status(t, w).Gaps; len(gaps) != 1 || gaps[0].To.Before(w.TenantNow()) {
		t.Fatalf("gaps %v: not the case that this test is for", gaps)
	}
	w.API.Plan(nil)
	w.Clock.Advance(time.Hour) // the next answer's Date counts
	tick(t, p)
	tick(t, p)
	oldest := w.TenantNow().Add(-7 * 24 * time.Hour)
	if gaps := status(t, w).Gaps; len(gaps) != 1 || !gaps[0].From.Equal(ingesttest.Start) || gaps[0].To.Sub(oldest).Abs() > time.Hour {
		t.Errorf("gaps %v, want one from %v to about %v", gaps, ingesttest.Start, oldest)
	}
}

// datedAhead sends an answer whose Date is so far ahead.
func datedAhead(w *ingesttest.Harness, ahead time.Duration) ingesttest.Fault {
	return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		resp, err := send(r)
		if err == nil {
			resp.Header.Set("Date", w.TenantNow().Add(ahead).UTC().Format(http.TimeFormat))
		}
		return resp, err
	}
}
