package pull

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// The windows of one plan join without gap or overlap, and none is longer
// than the API takes, at whatever hour and in whatever zone the machine is.
func TestPlanListingWindows(t *testing.T) {
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("west", -8*3600), time.FixedZone("east", 9*3600), time.FixedZone("half", 5*3600+1800)} {
		for hour := range 48 {
			now := time.Date(2026, 3, 28, 0, 0, 59, 999, time.UTC).Add(time.Duration(hour) * 30 * time.Minute).In(zone)
			for _, since := range []time.Duration{0, time.Minute, 3 * time.Hour, 23 * time.Hour, 6 * 24 * time.Hour, 30 * 24 * time.Hour} {
				c := store.Checkpoint{ListedThrough: now.UTC().Add(-since).Truncate(time.Second), FullListing: now.Add(-time.Hour)}
				if since == 0 {
					c = store.Checkpoint{}
				}
				checkPlan(t, planListing(c, now), c, now)
			}
		}
	}
}

func checkPlan(t *testing.T, p plan, c store.Checkpoint, now time.Time) {
	t.Helper()
	oldest := now.Add(-7 * 24 * time.Hour)
	at := p.from
	for w := range p.windows() {
		if !w.from.Equal(at) || !w.from.Before(w.to) || w.to.Sub(w.from) > 24*time.Hour || w.from.Location() != time.UTC {
			t.Fatalf("at %v: window %v to %v after %v", now, w.from, w.to, at)
		}
		at = w.to
	}
	if !at.Equal(now.Truncate(time.Second)) || !p.from.After(oldest) {
		t.Fatalf("at %v: listed from %v to %v", now, p.from, at)
	}
	if covered := p.from.Add(-time.Second).Before(c.ListedThrough); !covered && p.gap == nil && !c.ListedThrough.IsZero() {
		t.Fatalf("at %v: listed through %v before, from %v now, and no gap", now, c.ListedThrough, p.from)
	}
	// Two hours are listed again, or all that the API lists.
	if limit := oldest.Add(15 * time.Minute); p.from.After(c.ListedThrough.Add(-2*time.Hour)) && p.from.After(limit) {
		t.Fatalf("at %v: listed through %v before, from %v now", now, c.ListedThrough, p.from)
	}
	if p.gap != nil && (!p.gap.From.Equal(c.ListedThrough) || !p.gap.To.Equal(p.from)) {
		t.Fatalf("at %v: gap %v, listed from %v", now, *p.gap, p.from)
	}
}

func TestPlanListingFullDaily(t *testing.T) {
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	for since, full := range map[time.Duration]bool{
		time.Minute: false, 23*time.Hour + 59*time.Minute: false, 24 * time.Hour: true, 25 * time.Hour: true,
	} {
		p := planListing(store.Checkpoint{ListedThrough: now.Add(-5 * time.Minute), FullListing: now.Add(-since)}, now)
		if all := now.Sub(p.from) > 7*24*time.Hour-15*time.Minute; p.full != full || all != full || !p.to.Equal(now) {
			t.Errorf("%v after all was listed: %+v", since, p)
		}
	}
}
