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

// noticed brings contents into the ledger as the webhook does.
func noticed(t *testing.T, w *ingesttest.Harness, contents ...audit.Content) {
	t.Helper()
	if _, err := w.Store.Ledger.AddNotified(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
}

// toldOf are the contents that come from Start until then, as notices tell of them.
func toldOf(w *ingesttest.Harness, until time.Time) []audit.Content {
	var told []audit.Content
	for _, c := range w.Tenant.Contents(until) {
		if c.Created.After(ingesttest.Start) {
			told = append(told, audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Created.Add(7 * 24 * time.Hour)})
		}
	}
	return told
}

func forged(n int) []audit.Content {
	var contents []audit.Content
	for i := range n {
		created := ingesttest.Start.Add(-time.Duration(i) * time.Second)
		contents = append(contents, audit.Content{
			ID: fmt.Sprintf("20260318140000000%06d$20260318140000000%06d$audit_general$Audit_General", i, i), Type: tenant.General,
			Created: created, Expiration: created.Add(7 * 24 * time.Hour),
		})
	}
	return contents
}

func TestANoticedContentIsIngestedOnceAndNotAgainWhenItIsListed(t *testing.T) {
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	tick(t, p)
	w.Clock.Advance(12 * time.Hour)
	for _, c := range toldOf(w, w.Clock.Now()) {
		noticed(t, w, c)
	}
	run := tick(t, p)
	if run.Fetched == 0 || run.Listed > 0 {
		t.Errorf("listed %d new and fetched %d: all of them were noticed", run.Listed, run.Fetched)
	}
	w.Check(t)
	for id, n := range w.Tenant.ContentRequests() {
		if n != 1 {
			t.Errorf("content %s was asked for %d times", id, n)
		}
	}
}

func TestANoticedContentIsIngestedWithoutBeingListed(t *testing.T) {
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	tick(t, p)
	w.Clock.Advance(12 * time.Hour)
	noticed(t, w, toldOf(w, w.Clock.Now())...)
	w.API.Plan(when(lists, http.StatusInternalServerError, outOfOrder))
	if _, err := p.Tick(t.Context()); err == nil {
		t.Fatal("listed: not the case that this test is for")
	}
	w.Check(t)
	if through := status(t, w).CompleteThrough; !through.Equal(ingesttest.Start) {
		t.Errorf("complete through %v, and nothing was listed behind %v", through, ingesttest.Start)
	}
}

// A flood of ten thousand takes minutes here:
//
//	go test ./handler/pull -run Flood -v -args -forged 10000
var forgedNotices = flag.Int("forged", 2200, "notices of a flood")

// mostTries is how many tries a tick has for contents that were only noticed.
const mostTries = 2000

func TestAFloodOfForgedNoticesCostsOneRequestEachAndNothingElse(t *testing.T) {
	w := world(t, tenant.Config{RequestsPerMinute: -1})
	p := newJob(t, w)
	tick(t, p)
	contents := forged(*forgedNotices)
	asked := w.Tenant.Requests()[tenant.OpAudit]
	for range 2 {
		for some := range slices.Chunk(contents, 500) {
			noticed(t, w, some...)
		}
		for left := len(contents); left > 0; left -= mostTries {
			w.Clock.Advance(5 * time.Minute)
			run := tick(t, p)
			if beside := int64(2); run.APIRequests > mostTries+beside {
				t.Errorf("%d API requests in one tick", run.APIRequests)
			}
			t.Logf("%d API requests, %d storage requests", run.APIRequests, run.StorageRequests)
		}
	}
	if n := w.Tenant.Requests()[tenant.OpAudit] - asked; n != len(contents) {
		t.Errorf("%d requests for %d forged contents", n, len(contents))
	}
	if left := w.Pending(t); left > 0 {
		t.Errorf("%d contents are pending", left)
	}
	st := status(t, w)
	for _, d := range st.Days {
		if d.Lost > 0 {
			t.Errorf("%d contents count as lost that never were", d.Lost)
		}
	}
	if st.CompleteThrough.Before(w.Clock.Now().Add(-time.Minute)) {
		t.Errorf("complete through %v at %v", st.CompleteThrough, w.Clock.Now())
	}
}

// A notice may come before the content can be retrieved. What was given up
// then is taken when it is listed.
func TestANoticeThatCameTooEarlyCostsNoContent(t *testing.T) {
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	tick(t, p)
	future := w.Clock.Now().Add(12 * time.Hour)
	early := toldOf(w, future)
	noticed(t, w, early...)
	tick(t, p)
	for _, c := range early {
		if e, err := w.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Lost {
			t.Fatalf("entry %+v, %v: not the case that this test is for", e, err)
		}
	}
	w.Clock.Advance(12 * time.Hour)
	tick(t, p)
	w.Check(t)
}

// A notice does not say for how long its content can be had. Once the content
// is listed it is like any other: tried until it expires, and loudly lost then.
func TestANoticedContentThatIsListedIsGivenUpWhenItExpiresAndLoudly(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20, NoiseShare: -1, Expiry: 9 * 24 * time.Hour})
	logger, log := newLog()
	w.Configure(t, func(c *ingest.Config) { c.Log = logger })
	p := newJob(t, w, logging(logger))
	tick(t, p)
	w.Clock.Advance(12 * time.Hour)
	told := toldOf(w, w.Clock.Now())
	noticed(t, w, told...)
	w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	ticksFor(t, w, p, 8*24*time.Hour, 24*time.Hour)
	for _, c := range told {
		if e, err := w.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Pending {
			t.Errorf("entry %+v, %v: it could still be had", e, err)
		}
	}
	ticksFor(t, w, p, 2*24*time.Hour, 24*time.Hour)
	for _, c := range told {
		if e, err := w.Store.Ledger.Get(t.Context(), c); err != nil || e.State != ledger.Lost {
			t.Errorf("entry %+v, %v: it has expired", e, err)
		}
		if !strings.Contains(log.String(), `"msg":"content lost","contentType":"Audit.General","contentId":"`+c.ID) {
			t.Errorf("nothing is said of %s", c.ID)
		}
	}
}
