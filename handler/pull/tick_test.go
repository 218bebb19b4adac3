package pull_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

func TestTickFirst(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	run := tick(t, newJob(t, h))
	h.Check(t)
	if blobs := len(h.Tenant.Contents(ingesttest.Start)); run.Listed != blobs || run.Fetched != blobs {
		t.Errorf("listed %d and fetched %d content blobs of %d", run.Listed, run.Fetched, blobs)
	}
	for id, n := range h.Tenant.ContentRequests() {
		if n != 1 {
			t.Errorf("content blob %s was fetched %d times", id, n)
		}
	}
	st := status(t, h)
	if !st.CompleteThrough.Equal(ingesttest.Start) || !st.ListedThrough.Equal(ingesttest.Start) {
		t.Errorf("listed through %v, complete through %v, want %v", st.ListedThrough, st.CompleteThrough, ingesttest.Start)
	}
	if st.Subscription != "enabled" || st.LastError != nil || len(st.Gaps) > 0 {
		t.Errorf("status %+v", st)
	}
}

func TestTickNext(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	tick(t, job)
	for range 3 {
		h.Clock.Advance(11 * time.Hour)
		tick(t, job)
		h.Check(t)
	}
}

func TestTickIdleCost(t *testing.T) {
	for _, names := range [][]string{{tenant.General}, {tenant.General, tenant.SharePoint, tenant.Exchange}} {
		h := newHarness(t, tenant.Config{Events: 100, Contents: 10, NoiseShare: 0.5, Types: names})
		job := newJob(t, h, types(names...))
		tick(t, job)
		h.Clock.Advance(5 * time.Minute)
		run := tick(t, job)
		if run.Listed > 0 {
			t.Fatalf("precondition: %d content blobs were listed", run.Listed)
		}
		n := int64(len(names))
		if run.StorageRequests > 10*n || run.APIRequests > 2*n {
			t.Errorf("%d types: %d storage requests and %d API requests, want at most 10 and 2 each", n, run.StorageRequests, run.APIRequests)
		}
		t.Logf("%d types: %d storage requests, %d API requests", n, run.StorageRequests, run.APIRequests)
	}
}

// A process may be killed anywhere. Here storage stops responding after some
// requests, and the next tick starts with everything rebuilt. However far
// each tick gets, they end with the same trail.
func TestTickKilledAnywhere(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	for cut := 3; ; cut += 9 {
		h.Storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
			if n >= cut {
				return ingesttest.Drop
			}
			return nil
		})
		if _, err := newJob(t, h).Tick(t.Context()); err == nil {
			break
		}
		h.Restart(t)
	}
	h.Storage.Plan(nil)
	h.CheckTrail(t)
}

func TestTickTimeUp(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	h.Configure(t, func(c *ingest.Config) { c.Concurrency = 1 })
	h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "/audit/") {
			h.Clock.Advance(50 * time.Second) // a slow API
		}
		return nil
	})
	job := newJob(t, h)
	first := tick(t, job)
	if first.Fetched == 0 || first.Fetched >= 20 {
		t.Errorf("the first tick fetched %d content blobs in four minutes at 50 s each", first.Fetched)
	}
	if st := status(t, h); !st.CompleteThrough.Equal(st.OldestPending) || st.OldestPending.IsZero() {
		t.Errorf("complete through %v with entries pending since %v", st.CompleteThrough, st.OldestPending)
	}
	h.API.Plan(nil)
	tick(t, job)
	h.Check(t)
}
