package pull_test

import (
	"slices"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

func eventTables(t *testing.T, w *ingesttest.Harness) []string {
	t.Helper()
	names, err := w.Store.Events.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// retaining is a pull function that keeps events for so many days.
func retaining(t *testing.T, w *ingesttest.Harness, days int) *pull.Job {
	w.Configure(t, func(c *ingest.Config) {
		c.Retain = func() time.Time { return store.OldestKept(w.Clocks().Earlier(), days) }
	})
	return newJob(t, w, func(c *pull.Config) { c.RetentionDays = days })
}

// A month goes when its last day is older than what is retained, and stays gone.
func TestMonthsThatRetentionNoLongerKeepsAreDropped(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := retaining(t, w, 30)
	tick(t, p)
	if !slices.Contains(eventTables(t, w), "events202603") {
		t.Fatal("no events of March: not the case that this test is for")
	}
	w.Clock.Advance(42 * 24 * time.Hour) // to 29 April
	tick(t, p)
	if !slices.Contains(eventTables(t, w), "events202603") {
		t.Error("March is gone within 30 days of its end")
	}
	w.Clock.Advance(3 * 24 * time.Hour)
	tick(t, p)
	if tables := eventTables(t, w); slices.Contains(tables, "events202603") || slices.Contains(tables, "index202603") {
		t.Errorf("March is there more than 30 days after its end: %v", tables)
	}
}

// What a clock that is months ahead takes for old is not, and neither dropped
// nor left without rows.
func TestAClockThatIsMonthsAheadDropsNoMonth(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := retaining(t, w, 30)
	tick(t, p)
	w.ShiftClock(90 * 24 * time.Hour)
	for range 3 {
		w.Clock.Advance(12 * time.Hour)
		tick(t, p)
	}
	w.CheckTrail(t)
}
