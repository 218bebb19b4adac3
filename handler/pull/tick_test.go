package pull_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

func tick(t testing.TB, p *pull.Job) store.Run {
	t.Helper()
	run, err := p.Tick(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func status(t testing.TB, w *ingesttest.Harness) store.TypeStatus {
	t.Helper()
	statuses, err := w.Store.TypeStatuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return statuses[tenant.General]
}

func TestTheFirstTickTakesTheWholeWeek(t *testing.T) {
	w := world(t, tenant.Config{})
	run := tick(t, newJob(t, w))
	w.Check(t)
	if contents := len(w.Tenant.Contents(ingesttest.Start)); run.Listed != contents || run.Fetched != contents {
		t.Errorf("listed %d and fetched %d contents of %d", run.Listed, run.Fetched, contents)
	}
	for id, n := range w.Tenant.ContentRequests() {
		if n != 1 {
			t.Errorf("content %s was asked for %d times", id, n)
		}
	}
	st := status(t, w)
	if !st.CompleteThrough.Equal(ingesttest.Start) || !st.ListedThrough.Equal(ingesttest.Start) {
		t.Errorf("listed through %v, complete through %v, want %v", st.ListedThrough, st.CompleteThrough, ingesttest.Start)
	}
	if st.Subscription != "enabled" || st.LastError != nil || len(st.Gaps) > 0 {
		t.Errorf("status %+v", st)
	}
}

func TestATickTakesWhatCameSinceTheLast(t *testing.T) {
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	tick(t, p)
	for range 3 {
		w.Clock.Advance(11 * time.Hour)
		tick(t, p)
		w.Check(t)
	}
}

func TestATickWithNothingToDoCostsLittle(t *testing.T) {
	for _, names := range [][]string{{tenant.General}, {tenant.General, tenant.SharePoint, tenant.Exchange}} {
		w := world(t, tenant.Config{Events: 100, Contents: 10, NoiseShare: 0.5, Types: names})
		p := newJob(t, w, types(names...))
		tick(t, p)
		w.Clock.Advance(5 * time.Minute)
		run := tick(t, p)
		if run.Listed > 0 {
			t.Fatalf("%d contents came in: not the case that this test is for", run.Listed)
		}
		n := int64(len(names))
		if run.StorageRequests > 10*n || run.APIRequests > 2*n {
			t.Errorf("%d types: %d storage requests and %d API requests, want at most 10 and 2 each", n, run.StorageRequests, run.APIRequests)
		}
		t.Logf("%d types: %d storage requests, %d API requests", n, run.StorageRequests, run.APIRequests)
	}
}

func TestAListingOfSeveralPagesIsFollowedToItsEnd(t *testing.T) {
	w := world(t, tenant.Config{Events: 300, Contents: 120, NoiseShare: -1, PageSize: 3})
	tick(t, newJob(t, w))
	w.Check(t)
	if pages := w.Tenant.Requests()[tenant.OpContent]; pages < 120/3 {
		t.Errorf("%d pages", pages)
	}
}

func TestContentsCreatedAtTheSameMomentAreAllTaken(t *testing.T) {
	w := world(t, tenant.Config{})
	same := map[time.Time]int{}
	most := 0
	for _, c := range w.Tenant.Contents(ingesttest.Start) {
		same[c.Created]++
		most = max(most, same[c.Created])
	}
	if most < 4 {
		t.Fatalf("at most %d contents share a moment: not the case that this test is for", most)
	}
	tick(t, newJob(t, w))
	w.Check(t)
}

// The process may end anywhere. Here storage stops answering after so many
// requests, as it does for a process that is gone, and everything is made
// anew; however far each run came, they end at the same trail.
func TestRunsThatAreCutShortEndAtTheSameTrail(t *testing.T) {
	w := world(t, tenant.Config{})
	for cut := 3; ; cut += 9 {
		w.Storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
			if n >= cut {
				return ingesttest.Refuse
			}
			return nil
		})
		if _, err := newJob(t, w).Tick(t.Context()); err == nil {
			break
		}
		w.Restart(t)
	}
	w.Storage.Plan(nil)
	w.CheckTrail(t)
}

func TestATickWhoseTimeIsUpLeavesTheRestToTheNext(t *testing.T) {
	w := world(t, tenant.Config{})
	w.Configure(t, func(c *ingest.Config) { c.Concurrency = 1 })
	w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "/audit/") {
			w.Clock.Advance(50 * time.Second) // a slow API
		}
		return nil
	})
	p := newJob(t, w)
	first := tick(t, p)
	if first.Fetched == 0 || first.Fetched >= 20 {
		t.Errorf("the first tick fetched %d contents in four minutes at 50 s each", first.Fetched)
	}
	if st := status(t, w); !st.CompleteThrough.Equal(st.OldestPending) || st.OldestPending.IsZero() {
		t.Errorf("complete through %v with contents pending since %v", st.CompleteThrough, st.OldestPending)
	}
	w.API.Plan(nil)
	tick(t, p)
	w.Check(t)
}

func TestDowntimeBeyondWhatTheAPIListsIsAGapInTheStatus(t *testing.T) {
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	tick(t, p)
	w.Clock.Advance(10 * 24 * time.Hour)
	w.Restart(t)
	tick(t, newJob(t, w))
	st := status(t, w)
	if len(st.Gaps) != 1 {
		t.Fatalf("gaps %v, want one", st.Gaps)
	}
	oldest := w.Clock.Now().Add(-7 * 24 * time.Hour)
	if !st.Gaps[0].From.Equal(ingesttest.Start) || st.Gaps[0].To.Sub(oldest).Abs() > time.Hour {
		t.Errorf("gap %v, want from %v to about %v", st.Gaps[0], ingesttest.Start, oldest)
	}
	if breaches := w.Tenant.Violations(); len(breaches) > 0 {
		t.Error(breaches)
	}
}

// overlap has another instance do a whole tick, and then calls then, when the
// next tick has read the statuses and not yet the checkpoint. The result is the
// other's run, once it is done.
func overlap(t *testing.T, w *ingesttest.Harness, then func()) *store.Run {
	t.Helper()
	other, did := *w, &store.Run{}
	other.Restart(t)
	w.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if !strings.Contains(r.URL.Path, "PartitionKey='checkpoint'") {
			return nil
		}
		return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
			w.Storage.Plan(nil)
			*did = tick(t, newJob(t, &other))
			then()
			return send(r)
		}
	})
	return did
}

// The run that reads how the trail stood, and comes to list when another one
// has noted the gap and passed it, still knows of it at its end.
func TestAGapIsNotHiddenByARunThatBeganBeforeItWasNoted(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, w))
	w.Clock.Advance(10 * 24 * time.Hour)
	overlap(t, w, func() {})
	tick(t, newJob(t, w))
	if st := status(t, w); len(st.Gaps) != 1 || !st.Gaps[0].From.Equal(ingesttest.Start) || !checkpoint(t, w).ListedThrough.After(st.Gaps[0].To) {
		t.Errorf("gaps %v, listed through %v", st.Gaps, checkpoint(t, w).ListedThrough)
	}
}

// A run that began before another one saves after it what it knew then. What the
// other has counted is counted anew by the next.
func TestCountsThatARunThatBeganEarlierHidAreCountedAnew(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, w))
	w.Clock.Advance(24 * time.Hour)
	tick(t, newJob(t, w))
	w.Clock.Advance(12 * time.Hour) // no full listing, which counts all
	other := overlap(t, w, func() {})
	tick(t, newJob(t, w))
	if other.Fetched == 0 {
		t.Error("nothing came in: not the case that this test is for")
	}
	w.Clock.Advance(5 * time.Minute)
	tick(t, newJob(t, w))
	counted := 0
	for _, d := range status(t, w).Days {
		counted += d.Pending + d.Done
	}
	if contents := len(w.Tenant.Contents(w.Clock.Now())); counted != contents {
		t.Errorf("%d contents are counted, there are %d", counted, contents)
	}
}

// A run that finds an entry pending claims less than one that ended before that
// entry was there, even if its claim is no news to itself.
func TestOverlapEarlierClaim(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, w))
	before := status(t, w).CompleteThrough
	w.Clock.Advance(12 * time.Hour)
	var theirs time.Time
	overlap(t, w, func() {
		theirs = status(t, w).CompleteThrough
		late := audit.Content{ID: "late", Type: tenant.General, Created: before, Expiration: before.Add(7 * 24 * time.Hour)}
		if _, err := w.Store.Ledger.AddPending(t.Context(), []audit.Content{late}); err != nil {
			t.Error(err)
		}
		w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	})
	tick(t, newJob(t, w))
	if !theirs.After(before) {
		t.Fatalf("precondition: the other run claims %v, before it was %v", theirs, before)
	}
	if st := status(t, w); !st.CompleteThrough.Equal(before) || !st.OldestPending.Equal(before) {
		t.Errorf("complete through %v, pending since %v, want %v", st.CompleteThrough, st.OldestPending, before)
	}
}

func TestTwoRunsAtOnceDoNoHarm(t *testing.T) {
	w := world(t, tenant.Config{})
	other := *w
	other.Restart(t)
	done := make(chan error)
	go func() { _, err := newJob(t, &other).Tick(t.Context()); done <- err }()
	_, err := newJob(t, w).Tick(t.Context())
	if otherErr := <-done; err != nil || otherErr != nil {
		t.Fatal(err, otherErr)
	}
	w.CheckTrail(t)
}
