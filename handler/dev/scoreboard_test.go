package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A condition is one under which a trail is made.
type condition struct {
	tenant   tenant.Config
	settings map[string]string
	plan     func() func(n int, r *http.Request) ingesttest.Fault // of the API; nil: no faults
	check    func(*testing.T, *fixture)                           // of the precondition; may be nil
}

// Under each of these conditions, other collectors of this API have lost records or
// stored them twice, and reported success. labeltrail must store each record once.
func TestTrailIsComplete(t *testing.T) {
	for name, c := range map[string]condition{
		"a listing of five pages": {
			tenant: tenant.Config{Contents: 70, PageSize: 2},
			check:  listings(7 * 5),
		},
		"every tenth content blob is throttled once, one page": {
			tenant: tenant.Config{Contents: 40, PageSize: 1000},
			plan:   everyTenthFetch(http.StatusTooManyRequests),
			check:  throttled(4),
		},
		"every tenth content blob is throttled once, ten pages": {
			tenant: tenant.Config{Contents: 60, PageSize: 1},
			plan:   everyTenthFetch(http.StatusForbidden),
			check: func(t *testing.T, f *fixture) {
				throttled(6)(t, f)
				listings(7*8)(t, f)
			},
		},
		"content blobs created at the same moment": {
			check: func(t *testing.T, f *fixture) {
				same := map[time.Time]int{}
				for _, c := range f.tenant.Contents(f.base) {
					same[c.Created]++
				}
				for _, n := range same {
					if n >= 4 {
						return
					}
				}
				t.Error("precondition: no four content blobs were created at the same moment")
			},
		},
		"a record that is not valid JSON": {
			tenant: tenant.Config{Contents: 100, Faults: tenant.NewFaults(1, tenant.BrokenRecord)},
			check: func(t *testing.T, f *fixture) {
				broken := len(f.tenant.Broken(f.base))
				if rejected := f.status(t).LastPull.Rejected; rejected != broken || broken < 2 {
					t.Errorf("%d records are rejected, %d are broken", rejected, broken)
				}
			},
		},
		"a content blob that is not valid JSON": {
			tenant: tenant.Config{Contents: 100, Faults: tenant.NewFaults(1, tenant.NotArray)},
			check: func(t *testing.T, f *fixture) {
				broken := len(f.tenant.Unreadable(f.base))
				if unreadable := f.status(t).ContentTypes[0].Content.Unreadable; unreadable != broken || broken < 1 {
					t.Errorf("%d content blobs are unreadable, %d are broken", unreadable, broken)
				}
			},
		},
		"a slow API, a thousand content blobs on one page a day": slowAPI(1000, 1000),
		"a slow API, content blobs on some twenty pages":         slowAPI(200, 10),
		"a machine west of Greenwich":                            {settings: timeZone(t, "America/Los_Angeles")},
		"a machine east of Greenwich":                            {settings: timeZone(t, "Asia/Tokyo")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, c.tenant)
			if c.plan != nil {
				f.api.Plan(c.plan())
			}
			f.start(t, c.settings)
			f.pull(t)
			f.check(t)
			f.checkContract(t)
			if c.check != nil {
				c.check(t, f)
			}
		})
	}
}

// slowAPI is the condition of an API that delays every response.
func slowAPI(contents, pageSize int) condition {
	return condition{
		tenant: tenant.Config{
			Events: 2 * contents, Contents: contents, NoiseShare: -1, PageSize: pageSize,
			Faults: tenant.NewFaults(1, tenant.SlowResponse).Everywhere(),
		},
		check: listings(max(7, contents/pageSize)),
	}
}

// everyTenthFetch is a plan that rejects the first fetch of every tenth content blob.
func everyTenthFetch(status int) func() func(int, *http.Request) ingesttest.Fault {
	return func() func(int, *http.Request) ingesttest.Fault {
		fetched := map[string]bool{}
		return func(_ int, r *http.Request) ingesttest.Fault {
			if !isFetch(r) || fetched[r.URL.Path] {
				return nil
			}
			fetched[r.URL.Path] = true
			if len(fetched)%10 != 0 {
				return nil
			}
			return respond(status, "Retry-After: 1", "{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob'}}")
		}
	}
}

// throttled checks that n fetches were throttled.
func throttled(n int) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		t.Helper()
		contents := len(f.tenant.Contents(f.base))
		requests := f.tenant.Requests()
		others := requests[tenant.OpContent] + requests[tenant.OpList] + requests[tenant.OpStart]
		if got := f.api.Requests() - others - contents; got != n {
			t.Errorf("%d requests were throttled, want %d", got, n)
		}
	}
}

// listings checks that at least n pages were listed.
func listings(n int) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		t.Helper()
		if pages := f.tenant.Requests()[tenant.OpContent]; pages < n {
			t.Errorf("%d pages were listed, want at least %d", pages, n)
		}
	}
}

// timeZone returns the setting of the handler's time zone, which must exist.
func timeZone(t *testing.T, name string) map[string]string {
	t.Helper()
	if _, err := time.LoadLocation(name); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"TZ": name}
}

func TestRestartAddsNothing(t *testing.T) {
	t.Parallel()
	f := newStartedFixture(t, tenant.Config{Contents: 20})
	f.pull(t)
	f.host.Close()
	f.start(t, nil)
	if again := f.pull(t); again.Listed+again.Fetched+again.Rows > 0 {
		t.Errorf("the run after the restart: %+v", again)
	}
	f.check(t)
	f.checkContract(t)
}
