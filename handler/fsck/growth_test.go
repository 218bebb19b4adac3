package fsck

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
)

// The trail grows during a check: before one of its requests, new content
// blobs are ingested. One of them is earlier than all others, so it replaces a
// row that exists.
func TestRunGrowingTrail(t *testing.T) {
	for name, at := range map[string]struct {
		request string // method and first part of the path, without the account
		skip    int
	}{
		"before all":                   {"GET Tables", 0},
		"before the ledger's rows":     {"GET content202603()", 0},
		"before the list of raw blobs": {"GET raw", 0},
		"before the first raw blob":    {"GET raw", 1},
		"between raw blobs":            {"GET raw", 5},
		"before the list of months":    {"GET Tables", 1},
		"before the rows":              {"GET events202603()", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, tenant.Config{})
			f.addLate(t)
			events, err := f.Store.Events.ByID(t.Context(), f.Rows(t, "events")[5].Columns["Id"].(string))
			if err != nil || len(events) != 1 {
				t.Fatal(err)
			}
			before := len(f.Rows(t, "events"))
			skip := at.skip
			f.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if r.Method+" "+strings.Split(r.URL.Path, "/")[2] != at.request || skip < 0 {
					return nil
				}
				if skip--; skip >= 0 {
					return nil
				}
				return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
					f.grow(t, string(events[0].Record.JSON))
					return send(r)
				}
			})
			if got := f.run(t); got.summary.Disagreements > 0 {
				t.Errorf("disagreements:\n%s%s", got.out, got.text)
			}
			if n := len(f.Rows(t, "events")) - before; n < 5 {
				t.Errorf("precondition: the trail grew by only %d rows", n)
			}
		})
	}
}

// grow ingests what the tenant has since, and a content blob that is earlier
// than all others and repeats one of their records.
func (f *fixture) grow(t *testing.T, record string) {
	t.Helper()
	c := audit.Content{ID: "early$1", Type: tenant.General, Created: f.Clock.Now().AddDate(0, 0, -8), Expiration: f.Clock.Now()}
	if _, err := f.Store.Ledger.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Error(err)
	}
	if err := f.Store.PutRaw(t.Context(), c, []byte("["+record+","+trailtest.Invented+"]"), 2); err != nil {
		t.Error(err)
	}
	f.Clock.Advance(26 * time.Hour)
	if err := f.Pull(t); err != nil {
		t.Error(err)
	}
}
