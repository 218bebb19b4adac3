package pull_test

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
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
			p := puller(w)
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

// Our clock goes wrong by hours, one way and the other, and is put right.
func TestAClockThatIsPutRightLosesNothing(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 20})
	p := puller(w)
	off := time.Duration(0)
	for _, wrong := range []time.Duration{26 * time.Hour, 0, -30 * time.Minute, 30 * time.Minute, -26 * time.Hour, 0} {
		w.Clock.Advance(wrong - off)
		w.SetAhead(-wrong) // the tenant's clock goes on as it did
		off = wrong
		tick(t, p)
		w.Clock.Advance(7 * time.Hour)
		tick(t, p)
		w.Check(t)
	}
}
