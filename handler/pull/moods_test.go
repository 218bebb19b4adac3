package pull_test

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// What the service does to requests, each kind by itself, to three of ten.
func TestTheTrailIsCompleteWhateverStrikesTheRequests(t *testing.T) {
	t.Parallel()
	for _, mood := range []tenant.FaultMode{
		tenant.TooManyRequests, tenant.Throttled, tenant.RetryAfter, tenant.InternalError, tenant.FrontDoorError, tenant.ConnectionReset,
		tenant.TruncatedBody, tenant.ErrorObject, tenant.EmptyBody, tenant.PageLoop, tenant.StalePage, tenant.ForeignPage,
	} {
		t.Run(string(mood), func(t *testing.T) {
			moods := tenant.NewFaults(4, mood)
			w := world(t, tenant.Config{Events: 24, Contents: 14, NoiseShare: -1, PageSize: 1, Faults: moods})
			settle(t, w, newJob(t, w))
			w.Check(t)
			wantStruck(t, moods, mood)
		})
	}
}

// What becomes of contents for good, and what forms answers take.
func TestTheTrailIsWhatCanBeHad(t *testing.T) {
	t.Parallel()
	for name, moods := range map[string][]tenant.FaultMode{
		"contents gone before they could be read": {tenant.Expired, tenant.Missing, tenant.Vanished},
		"contents that are no array":              {tenant.NotArray},
		"records that are no JSON":                {tenant.BrokenRecord},
		"contents with a byte order mark":         {tenant.ByteOrderMark},
		"answers of an odd form":                  {tenant.LocalhostURI, tenant.DuplicateRows, tenant.OddCasing, tenant.Gzip, tenant.StatusMissing},
		"a token that dies in mid-run":            {tenant.TokenRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tenant.NewFaults(1, moods...)
			w := world(t, tenant.Config{Events: 80, Contents: 40, NoiseShare: -1, PageSize: 4, Faults: plan})
			p := newJob(t, w)
			tick(t, p)
			w.Clock.Advance(time.Minute)
			tick(t, p)
			w.Check(t)
			wantStruck(t, plan, moods...)
			st := status(t, w)
			lost, unreadable := len(w.Tenant.Lost(w.TenantNow())), len(w.Tenant.Unreadable(w.TenantNow()))
			for _, d := range st.Days {
				lost, unreadable = lost-d.Lost, unreadable-d.Unreadable
			}
			if lost != 0 || unreadable != 0 {
				t.Errorf("the status counts %d lost contents too few and %d unreadable ones", lost, unreadable)
			}
		})
	}
}

func TestTheTrailIsWhatCanBeHadUnderAllMoodsAtOnce(t *testing.T) {
	t.Parallel()
	moods := tenant.AllFaults(3).Without(tenant.WebhookNull, tenant.PartialWindow)
	w := world(t, tenant.Config{Events: 400, Contents: 80, PageSize: 4, Faults: moods})
	p := newJob(t, w)
	settle(t, w, p)
	for range 2 { // what is listed hours late is found by the next day's listing of everything
		w.Clock.Advance(24 * time.Hour)
		settle(t, w, p)
	}
	w.Check(t)
	w.CheckLog(t)
	wantStruck(t, moods, tenant.TokenRevoked, tenant.SubscriptionDisabled, tenant.Late, tenant.Republished, tenant.NotArray)
}

func wantStruck(t *testing.T, plan *tenant.Faults, moods ...tenant.FaultMode) {
	t.Helper()
	struck := plan.Injected()
	for _, mood := range moods {
		if struck[mood] == 0 {
			t.Errorf("never struck: %s", mood)
		}
	}
}

func TestASubscriptionDisabledInMidRunIsStartedAgainAfterItsQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	moods := tenant.NewFaults(1, tenant.SubscriptionDisabled)
	w := world(t, tenant.Config{Events: 40, Contents: 40, Faults: moods})
	p := newJob(t, w)
	if run, err := p.Tick(t.Context()); err == nil || run.Error.Code != "AF20023" {
		t.Fatalf("run %+v, %v: not the case that this test is for", run, err)
	}
	for w.Pending(t) > 0 {
		if w.Clock.Advance(time.Minute); w.Clock.Now().Sub(ingesttest.Start) > 20*time.Minute {
			t.Fatalf("%d contents are pending after 20 minutes", w.Pending(t))
		}
		starts := w.Tenant.Requests()[tenant.OpStart]
		if _, err := p.Tick(t.Context()); err == nil && w.Tenant.Requests()[tenant.OpStart] == starts {
			t.Error("a tick without a subscription reports success")
		}
	}
	if n := w.Tenant.Requests()[tenant.OpStart]; n != 2 {
		t.Errorf("%d starts, want the first and one more", n)
	}
	w.Check(t)
	wantStruck(t, moods, tenant.SubscriptionDisabled)
}
