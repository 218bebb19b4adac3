package pull_test

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// Each fault mode of requests by itself, in three of ten requests.
func TestFaultModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []tenant.FaultMode{
		tenant.TooManyRequests, tenant.Throttled, tenant.RetryAfter, tenant.InternalError, tenant.FrontDoorError, tenant.ConnectionReset,
		tenant.TruncatedBody, tenant.ErrorObject, tenant.EmptyBody, tenant.PageLoop, tenant.StalePage, tenant.ForeignPage,
	} {
		t.Run(string(mode), func(t *testing.T) {
			faults := tenant.NewFaults(4, mode)
			h := newHarness(t, tenant.Config{Events: 24, Contents: 14, NoiseShare: -1, PageSize: 1, Faults: faults})
			catchUp(t, h, newJob(t, h))
			h.Check(t)
			wantInjected(t, faults, mode)
		})
	}
}

// Fault modes that last: of content blobs, and of the form of responses.
func TestFaultModesOfContent(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]tenant.FaultMode{
		"content blobs gone before they are read": {tenant.Expired, tenant.Missing, tenant.Vanished},
		"content blobs that are not an array":     {tenant.NotArray},
		"records that are not JSON":               {tenant.BrokenRecord},
		"content blobs with a byte order mark":    {tenant.ByteOrderMark},
		"responses of an odd form":                {tenant.LocalhostURI, tenant.DuplicateRows, tenant.OddCasing, tenant.Gzip, tenant.StatusMissing},
		"a token revoked during the run":          {tenant.TokenRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			plan := tenant.NewFaults(1, faults...)
			h := newHarness(t, tenant.Config{Events: 80, Contents: 40, NoiseShare: -1, PageSize: 4, Faults: plan})
			job := newJob(t, h)
			tick(t, job)
			h.Clock.Advance(time.Minute)
			tick(t, job)
			h.Check(t)
			wantInjected(t, plan, faults...)
			st := status(t, h)
			lost, unreadable := len(h.Tenant.Lost(h.TenantNow())), len(h.Tenant.Unreadable(h.TenantNow()))
			for _, d := range st.Days {
				lost, unreadable = lost-d.Lost, unreadable-d.Unreadable
			}
			if lost != 0 || unreadable != 0 {
				t.Errorf("the status counts %d lost and %d unreadable content blobs too few", lost, unreadable)
			}
		})
	}
}

func TestAllFaultModes(t *testing.T) {
	t.Parallel()
	faults := tenant.AllFaults(3).Without(tenant.WebhookNull, tenant.PartialWindow)
	h := newHarness(t, tenant.Config{Events: 400, Contents: 80, PageSize: 4, Faults: faults})
	job := newJob(t, h)
	catchUp(t, h, job)
	for range 2 { // content blobs listed hours late are found by the next full listing
		h.Clock.Advance(24 * time.Hour)
		catchUp(t, h, job)
	}
	h.Check(t)
	h.CheckLog(t)
	wantInjected(t, faults, tenant.TokenRevoked, tenant.SubscriptionDisabled, tenant.Late, tenant.Republished, tenant.NotArray)
}

func wantInjected(t *testing.T, plan *tenant.Faults, faults ...tenant.FaultMode) {
	t.Helper()
	injected := plan.Injected()
	for _, mode := range faults {
		if injected[mode] == 0 {
			t.Errorf("precondition: fault mode %s was never injected", mode)
		}
	}
}
