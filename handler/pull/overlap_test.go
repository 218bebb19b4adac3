package pull_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// overlap makes the next tick overlap with one of another instance. That one
// runs when the next has read the statuses and not yet the checkpoint; after it,
// overlap calls then. The result is the record of the other's tick, once it ran.
func overlap(t *testing.T, h *ingesttest.Harness, then func()) *store.Run {
	t.Helper()
	other, run := *h, &store.Run{}
	other.Restart(t)
	h.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if !strings.Contains(r.URL.Path, "PartitionKey='checkpoint'") {
			return nil
		}
		return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
			h.Storage.Plan(nil)
			*run = tick(t, newJob(t, &other))
			then()
			return send(r)
		}
	})
	return run
}

// A tick that read the statuses before another recorded a gap must not hide the
// gap when it saves its own.
func TestOverlapKeepsGap(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, h))
	h.Clock.Advance(10 * 24 * time.Hour)
	overlap(t, h, func() {})
	tick(t, newJob(t, h))
	if st := status(t, h); len(st.Gaps) != 1 || !st.Gaps[0].From.Equal(ingesttest.Start) || !checkpoint(t, h).ListedThrough.After(st.Gaps[0].To) {
		t.Errorf("gaps %v, listed through %v", st.Gaps, checkpoint(t, h).ListedThrough)
	}
}

// A tick that started before another and saves after it may save old counts. The
// next tick counts again.
func TestOverlapCountsAgain(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, h))
	h.Clock.Advance(24 * time.Hour)
	tick(t, newJob(t, h))
	h.Clock.Advance(12 * time.Hour) // too early for a full listing, which counts everything
	other := overlap(t, h, func() {})
	tick(t, newJob(t, h))
	if other.Fetched == 0 {
		t.Error("precondition: nothing was ingested")
	}
	h.Clock.Advance(5 * time.Minute)
	tick(t, newJob(t, h))
	counted := 0
	for _, d := range status(t, h).Days {
		counted += d.Pending + d.Done
	}
	if blobs := len(h.Tenant.Contents(h.Clock.Now())); counted != blobs {
		t.Errorf("%d content blobs are counted, there are %d", counted, blobs)
	}
}

// If two ticks overlap, the one that finds an old entry pending is right about
// completeness, even if its claim is the same as at its start.
func TestOverlapEarlierClaim(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20})
	tick(t, newJob(t, h))
	before := status(t, h).CompleteThrough
	h.Clock.Advance(12 * time.Hour)
	var theirs time.Time
	overlap(t, h, func() {
		theirs = status(t, h).CompleteThrough
		late := audit.Content{ID: "late", Type: tenant.General, Created: before, Expiration: before.Add(7 * 24 * time.Hour)}
		if _, err := h.Store.Ledger.AddPending(t.Context(), []audit.Content{late}); err != nil {
			t.Error(err)
		}
		h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	})
	tick(t, newJob(t, h))
	if !theirs.After(before) {
		t.Fatalf("precondition: the other run claims %v, before it was %v", theirs, before)
	}
	if st := status(t, h); !st.CompleteThrough.Equal(before) || !st.OldestPending.Equal(before) {
		t.Errorf("complete through %v, pending since %v, want %v", st.CompleteThrough, st.OldestPending, before)
	}
}

func TestOverlapTwoTicks(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	other := *h
	other.Restart(t)
	done := make(chan error)
	go func() { _, err := newJob(t, &other).Tick(t.Context()); done <- err }()
	_, err := newJob(t, h).Tick(t.Context())
	if otherErr := <-done; err != nil || otherErr != nil {
		t.Fatal(err, otherErr)
	}
	h.CheckTrail(t)
}
