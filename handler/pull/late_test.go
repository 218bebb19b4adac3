package pull_test

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A late content is listed inside a window that was listed before. Those an
// hour or so late are found by the next ticks, the others within a day.
func TestContentsThatShowUpLateAreTaken(t *testing.T) {
	t.Parallel()
	moods := tenant.NewFaults(7, tenant.Late)
	w := world(t, tenant.Config{Events: 80, Contents: 40, LiveStep: 10 * time.Minute, NoiseShare: -1, Faults: moods})
	p := newJob(t, w)
	tick(t, p)
	behind := 0
	for range 24 {
		through := checkpoint(t, w).ListedThrough
		known := len(w.Tenant.Contents(w.Clock.Now()))
		w.Clock.Advance(time.Hour)
		for _, c := range w.Tenant.Contents(w.Clock.Now())[known:] {
			if c.Created.Before(through) {
				behind++
			}
		}
		tick(t, p)
	}
	if behind < 2 {
		t.Errorf("%d contents showed up behind the checkpoint: not the case that this test is for", behind)
	}
	w.Clock.Advance(24 * time.Hour)
	tick(t, p)
	w.Check(t)
	wantStruck(t, moods, tenant.Late)
}

// A new subscription lists nothing for hours, and then what had been there
// all the time.
func TestContentsOfANewSubscriptionThatShowUpAfterHoursAreTaken(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 80, Contents: 40, Warmup: 6 * time.Hour})
	p := newJob(t, w)
	tick(t, p)
	if err := ticksFor(t, w, p, 25*time.Hour, time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.Tenant.Contents(w.Clock.Now()) {
		if w.Clock.Now().Sub(c.Created) > 6*24*time.Hour-time.Hour {
			continue // no longer listed when everything was listed for the second time
		}
		e, err := w.Store.Ledger.Get(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil || e.State != ledger.Done {
			t.Errorf("content of %v: %s %v", c.Created, e.State, err)
		}
	}
}

// The same records come again days later, in a content of another id.
func TestContentsPublishedAgainDaysLaterAddNoRow(t *testing.T) {
	t.Parallel()
	moods := tenant.NewFaults(2, tenant.Republished)
	w := world(t, tenant.Config{Events: 80, Contents: 80, Faults: moods})
	p := newJob(t, w)
	duplicates := tick(t, p).Duplicates
	for range 5 {
		w.Clock.Advance(24 * time.Hour)
		duplicates += tick(t, p).Duplicates
	}
	w.Check(t)
	if duplicates < 4 {
		t.Errorf("%d duplicates: not the case that this test is for", duplicates)
	}
	wantStruck(t, moods, tenant.Republished)
}
