package pull_test

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// addNotified adds content blobs to the ledger as the webhook does.
func addNotified(t *testing.T, h *ingesttest.Harness, blobs ...audit.Content) {
	t.Helper()
	if _, err := h.Store.Ledger.AddNotified(t.Context(), blobs); err != nil {
		t.Fatal(err)
	}
}

// notifiedUntil returns the content blobs created from Start until then, as
// notifications announce them.
func notifiedUntil(h *ingesttest.Harness, until time.Time) []audit.Content {
	var list []audit.Content
	for _, c := range h.Tenant.Contents(until) {
		if c.Created.After(ingesttest.Start) {
			list = append(list, audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Created.Add(7 * 24 * time.Hour)})
		}
	}
	return list
}

func forged(n int) []audit.Content {
	var blobs []audit.Content
	for i := range n {
		created := ingesttest.Start.Add(-time.Duration(i) * time.Second)
		blobs = append(blobs, audit.Content{
			ID: fmt.Sprintf("20260318140000000%06d$20260318140000000%06d$audit_general$Audit_General", i, i), Type: tenant.General,
			Created: created, Expiration: created.Add(7 * 24 * time.Hour),
		})
	}
	return blobs
}

func TestNotifiedThenListed(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	tick(t, job)
	h.Clock.Advance(12 * time.Hour)
	for _, c := range notifiedUntil(h, h.Clock.Now()) {
		addNotified(t, h, c)
	}
	run := tick(t, job)
	if run.Fetched == 0 || run.Listed > 0 {
		t.Errorf("listed %d new and fetched %d, although all were notified", run.Listed, run.Fetched)
	}
	h.Check(t)
	for id, n := range h.Tenant.ContentRequests() {
		if n != 1 {
			t.Errorf("content blob %s was fetched %d times", id, n)
		}
	}
}

func TestNotifiedNotListed(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	tick(t, job)
	h.Clock.Advance(12 * time.Hour)
	addNotified(t, h, notifiedUntil(h, h.Clock.Now())...)
	h.API.Plan(when(lists, http.StatusInternalServerError, outOfOrder))
	if _, err := job.Tick(t.Context()); err == nil {
		t.Fatal("precondition: the listing works")
	}
	h.Check(t)
	if through := status(t, h).CompleteThrough; !through.Equal(ingesttest.Start) {
		t.Errorf("complete through %v, and nothing was listed after %v", through, ingesttest.Start)
	}
}

// A flood of ten thousand takes minutes:
//
//	go test ./handler/pull -run Flood -v -args -forged 10000
var forgedCount = flag.Int("forged", 2200, "notifications of a flood")

// maxAttempts is how many attempts a tick has for content blobs that were only
// notified.
const maxAttempts = 2000

func TestForgedNotificationFlood(t *testing.T) {
	h := newHarness(t, tenant.Config{RequestsPerMinute: -1})
	job := newJob(t, h)
	tick(t, job)
	blobs := forged(*forgedCount)
	fetched := h.Tenant.Requests()[tenant.OpAudit]
	for range 2 {
		for some := range slices.Chunk(blobs, 500) {
			addNotified(t, h, some...)
		}
		for left := len(blobs); left > 0; left -= maxAttempts {
			h.Clock.Advance(5 * time.Minute)
			run := tick(t, job)
			if others := int64(2); run.APIRequests > maxAttempts+others {
				t.Errorf("%d API requests in one tick", run.APIRequests)
			}
			t.Logf("%d API requests, %d storage requests", run.APIRequests, run.StorageRequests)
		}
	}
	if n := h.Tenant.Requests()[tenant.OpAudit] - fetched; n != len(blobs) {
		t.Errorf("%d requests for %d forged content blobs", n, len(blobs))
	}
	if left := h.Pending(t); left > 0 {
		t.Errorf("%d entries are pending", left)
	}
	st := status(t, h)
	for _, d := range st.Days {
		if d.Lost > 0 {
			t.Errorf("%d forged content blobs count as lost", d.Lost)
		}
	}
	if st.CompleteThrough.Before(h.Clock.Now().Add(-time.Minute)) {
		t.Errorf("complete through %v at %v", st.CompleteThrough, h.Clock.Now())
	}
}

// A notification may arrive before its content blob can be fetched. One that was
// given up then is ingested when it is listed.
func TestNotifiedTooEarly(t *testing.T) {
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	tick(t, job)
	future := h.Clock.Now().Add(12 * time.Hour)
	early := notifiedUntil(h, future)
	addNotified(t, h, early...)
	tick(t, job)
	for _, c := range early {
		if e, err := h.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Lost {
			t.Fatalf("precondition: entry %+v, %v", e, err)
		}
	}
	h.Clock.Advance(12 * time.Hour)
	tick(t, job)
	h.Check(t)
}

// A notification does not say when its content blob expires. Once that is listed
// it is like any other: retried until it expires, then lost, and logged as lost.
func TestNotifiedExpires(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 20, NoiseShare: -1, Expiry: 9 * 24 * time.Hour})
	logger, log := newLog()
	h.Configure(t, func(c *ingest.Config) { c.Log = logger })
	job := newJob(t, h, logging(logger))
	tick(t, job)
	h.Clock.Advance(12 * time.Hour)
	notified := notifiedUntil(h, h.Clock.Now())
	addNotified(t, h, notified...)
	h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	ticksFor(t, h, job, 8*24*time.Hour, 24*time.Hour)
	for _, c := range notified {
		if e, err := h.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Pending {
			t.Errorf("entry %+v, %v: it has not expired", e, err)
		}
	}
	ticksFor(t, h, job, 2*24*time.Hour, 24*time.Hour)
	for _, c := range notified {
		if e, err := h.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Lost {
			t.Errorf("entry %+v, %v: it has expired", e, err)
		}
		if !strings.Contains(log.String(), `"msg":"content lost","contentType":"Audit.General","contentId":"`+c.ID) {
			t.Errorf("the loss of %s is not in the log", c.ID)
		}
	}
}
