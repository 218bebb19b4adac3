package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// While fsck is at work the trail grows: at some request of it new contents
// are ingested, one of them earlier than a row that is there and is replaced.
func TestATrailThatGrowsMeanwhileHasNoDisagreements(t *testing.T) {
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
			d := newDesk(t, tenant.Config{})
			pendingContent(t, d)
			events, err := d.Store.EventsByID(t.Context(), d.Rows(t, "events")[5].Columns["Id"].(string))
			if err != nil || len(events) != 1 {
				t.Fatal(err)
			}
			before := len(d.Rows(t, "events"))
			skip := at.skip
			d.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if r.Method+" "+strings.Split(r.URL.Path, "/")[2] != at.request || skip < 0 {
					return nil
				}
				if skip--; skip >= 0 {
					return nil
				}
				return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
					d.grow(t, string(events[0].Record.JSON))
					return send(r)
				}
			})
			got := d.run(t, "fsck")
			if list, _ := findings(t, got); len(withoutInformation(list)) > 0 || got.code != exitWell {
				t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
			if n := len(d.Rows(t, "events")) - before; n < 5 {
				t.Errorf("only %d rows came in meanwhile", n)
			}
		})
	}
}

// grow ingests what the tenant has since, and a content that is earlier than
// all and has one of their events.
func (d *desk) grow(t *testing.T, record string) {
	t.Helper()
	c := audit.Content{ID: "early$1", Type: tenant.General, Created: d.Clock.Now().AddDate(0, 0, -8), Expiration: d.Clock.Now()}
	if _, err := d.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Error(err)
	}
	if err := d.Store.PutRaw(t.Context(), c, []byte("["+record+","+invented+"]"), 2); err != nil {
		t.Error(err)
	}
	d.Clock.Advance(26 * time.Hour)
	if err := d.pull(t); err != nil {
		t.Error(err)
	}
}
