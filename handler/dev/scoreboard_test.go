package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// A condition is one under which a trail is made.
type condition struct {
	tenant   tenant.Config
	settings map[string]string
	plan     func() func(n int, r *http.Request) meddle // of the API
	also     func(*testing.T, *rig)
}

// Collectors of this API have lost records, or stored them twice, under each
// of these conditions, and ended well all the same. This one may not.
func TestTheTrailIsCompleteWhatever(t *testing.T) {
	for name, row := range map[string]condition{
		"a listing of five pages": {
			tenant: tenant.Config{Contents: 70, PageSize: 2},
			also:   func(t *testing.T, r *rig) { wantListings(t, r, 7*5) },
		},
		"every tenth content is throttled once, one page": {
			tenant: tenant.Config{Contents: 40, PageSize: 1000},
			plan:   everyTenthContent(http.StatusTooManyRequests),
			also:   wantThrottled(4),
		},
		"every tenth content is throttled once, ten pages": {
			tenant: tenant.Config{Contents: 60, PageSize: 1},
			plan:   everyTenthContent(http.StatusForbidden),
			also: func(t *testing.T, r *rig) {
				wantThrottled(6)(t, r)
				wantListings(t, r, 7*8)
			},
		},
		"contents that became available in the same moment": {
			also: func(t *testing.T, r *rig) {
				same := map[time.Time]int{}
				for _, c := range r.tenant.Contents(r.base) {
					same[c.Created]++
				}
				for _, n := range same {
					if n >= 4 {
						return
					}
				}
				t.Error("no four contents are of the same moment")
			},
		},
		"a record that is no JSON": {
			tenant: tenant.Config{Contents: 100, Faults: tenant.NewFaults(1, tenant.BrokenRecord)},
			also: func(t *testing.T, r *rig) {
				broken := len(r.tenant.Broken(r.base))
				if rejected := r.status(t).LastPull.Rejected; rejected != broken || broken < 2 {
					t.Errorf("%d records are rejected, %d are broken", rejected, broken)
				}
			},
		},
		"a content that is no JSON": {
			tenant: tenant.Config{Contents: 100, Faults: tenant.NewFaults(1, tenant.NotArray)},
			also: func(t *testing.T, r *rig) {
				broken := len(r.tenant.Unreadable(r.base))
				if unreadable := r.status(t).ContentTypes[0].Content.Unreadable; unreadable != broken || broken < 1 {
					t.Errorf("%d contents are unreadable, %d are broken", unreadable, broken)
				}
			},
		},
		"an API that is slow, a thousand contents on one page a day": slow(1000, 1000),
		"an API that is slow, contents on some twenty pages":         slow(200, 10),
		"a machine west of Greenwich":                                {settings: zone(t, "America/Los_Angeles")},
		"a machine east of Greenwich":                                {settings: zone(t, "Asia/Tokyo")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, row.tenant)
			if row.plan != nil {
				r.api.plan.set(row.plan())
			}
			r.boot(t, row.settings)
			r.pull(t)
			r.check(t)
			r.checkContract(t)
			if row.also != nil {
				row.also(t, r)
			}
		})
	}
}

// slow is a tenant whose API takes its time for every answer.
func slow(contents, pageSize int) condition {
	return condition{
		tenant: tenant.Config{
			Events: 2 * contents, Contents: contents, NoiseShare: -1, PageSize: pageSize,
			Faults: tenant.NewFaults(1, tenant.SlowResponse).Everywhere(),
		},
		also: func(t *testing.T, r *rig) { wantListings(t, r, max(7, contents/pageSize)) },
	}
}

// everyTenthContent answers every tenth content with a status, the first time
// that it is asked for.
func everyTenthContent(status int) func() func(int, *http.Request) meddle {
	return func() func(int, *http.Request) meddle {
		asked := map[string]bool{}
		return func(_ int, r *http.Request) meddle {
			if !fetches(r) || asked[r.URL.Path] {
				return nil
			}
			asked[r.URL.Path] = true
			if len(asked)%10 != 0 {
				return nil
			}
			return answer(status, "Retry-After: 1", "{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob'}}")
		}
	}
}

func wantThrottled(n int) func(*testing.T, *rig) {
	return func(t *testing.T, r *rig) {
		t.Helper()
		contents := len(r.tenant.Contents(r.base))
		listings := r.tenant.Requests()[tenant.OpContent] + r.tenant.Requests()[tenant.OpList] + r.tenant.Requests()[tenant.OpStart]
		if throttled := r.api.plan.requests() - listings - contents; throttled != n {
			t.Errorf("%d requests were throttled, want %d", throttled, n)
		}
	}
}

func wantListings(t *testing.T, r *rig, least int) {
	t.Helper()
	if pages := r.tenant.Requests()[tenant.OpContent]; pages < least {
		t.Errorf("%d pages were listed, want at least %d", pages, least)
	}
}

// zone is a setting of the handler's time zone, which must be one.
func zone(t *testing.T, name string) map[string]string {
	t.Helper()
	if _, err := time.LoadLocation(name); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"TZ": name}
}

func TestARestartOnTheSameDataAddsNothing(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{Contents: 20})
	r.pull(t)
	r.host.Close()
	r.boot(t, nil)
	if again := r.pull(t); again.Listed+again.Fetched+again.Rows > 0 {
		t.Errorf("the run after the restart: %+v", again)
	}
	r.check(t)
	r.checkContract(t)
}
