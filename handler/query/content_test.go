package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// writeLedger adds 40 entries of two content types, 7 hours apart, the newest on
// the day of now. Every fourth is lost and every fifth is pending.
func writeLedger(t *testing.T, tr *trail) []audit.Content {
	t.Helper()
	var blobs []audit.Content
	var settled []ledger.Entry
	for i := range 40 {
		created := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).Add(time.Duration(-7*i) * time.Hour)
		c := audit.Content{ID: fmt.Sprintf("content$%02d", i), Type: "Audit.General", Created: created, Expiration: created.AddDate(0, 0, 7)}
		if i%3 == 0 {
			c.Type = "Audit.Exchange"
		}
		blobs = append(blobs, c)
		switch e := (ledger.Entry{Content: c, State: ledger.Done, Blob: "blob", Counts: ledger.Counts{Records: 9, Rows: 5, Duplicates: 2, Conflicts: 1, Rejected: 1}}); {
		case i%4 == 0:
			settled = append(settled, ledger.Entry{Content: c, State: ledger.Lost, Tries: 1, Error: "AF20051"})
		case i%5 == 0:
			settled = append(settled, ledger.Entry{Content: c, State: ledger.Pending, Tries: 2, NextTry: created.Add(time.Hour)})
		default:
			settled = append(settled, e)
		}
	}
	if _, err := tr.store.Ledger.AddPending(t.Context(), blobs); err != nil {
		t.Fatal(err)
	}
	if err := tr.store.Ledger.Settle(t.Context(), settled); err != nil {
		t.Fatal(err)
	}
	return blobs
}

// contentPages follows nextLink to the last page.
func contentPages(t *testing.T, tr *trail, url string) (ids []string, pages int) {
	t.Helper()
	for url != "" {
		var page struct {
			Value    []struct{ ContentID string }
			NextLink string
		}
		resp := tr.get(t, url)
		if resp.status != http.StatusOK {
			t.Fatalf("%s: %d %s", url, resp.status, resp.body)
		}
		if err := json.Unmarshal(resp.body, &page); err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Value {
			ids = append(ids, c.ContentID)
		}
		url = page.NextLink
		pages++
	}
	return ids, pages
}

func TestContentPages(t *testing.T) {
	tr := newTrail(t)
	blobs := writeLedger(t, tr)
	want := func(matches func(i int) bool) []string {
		var ids []string
		for i, c := range blobs {
			if matches(i) {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	for query, expected := range map[string][]string{
		"":                             want(func(int) bool { return true }),
		"state=lost":                   want(func(i int) bool { return i%4 == 0 }),
		"state=LOST,pending":           want(func(i int) bool { return i%4 == 0 || i%5 == 0 }),
		"state=unreadable":             nil,
		"contentType=Audit.Exchange":   want(func(i int) bool { return i%3 == 0 }),
		"startDate=-3d&state=done":     want(func(i int) bool { return i <= 9 && i%4 != 0 && i%5 != 0 }),
		"endDate=2026-11-20T18:00:00Z": want(func(i int) bool { return i > 2 }),
	} {
		for _, size := range []int{1, 7, 100} {
			got, pages := contentPages(t, tr, fmt.Sprintf("/api/v1/content?%s&resultSize=%d", query, size))
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("%s in pages of %d (-want +got)\n%s", query, size, diff)
			}
			if most := len(expected)/size + 1; pages > most {
				t.Errorf("%s in pages of %d: %d pages, want at most %d", query, size, pages, most)
			}
		}
	}
}

func TestContentEntry(t *testing.T) {
	tr := newTrail(t)
	writeLedger(t, tr)
	checkJSON(t, `{"value":[{"contentId":"content$01","contentType":"Audit.General","contentCreated":"2026-11-21T01:00:00Z",
		"contentExpiration":"2026-11-28T01:00:00Z","state":"done","tries":0,"blob":"blob",
		"records":9,"rows":5,"duplicates":2,"conflicts":1,"rejected":1}]}`,
		tr.get(t, "/api/v1/content?startDate=2026-11-21T00:00:00Z&endDate=2026-11-21T08:00:00Z").body)
}

func TestContentStateRequests(t *testing.T) {
	tr := newPlainTrail(t)
	writeLedger(t, tr)
	for _, state := range []string{"lost", "unreadable"} {
		if n := cost(t, tr.get(t, "/api/v1/content?state="+state), "Labeltrail-Storage-Requests"); n > 14 {
			t.Errorf("state=%s: %d requests, want at most 14", state, n)
		}
	}
}

func TestContentBadRequest(t *testing.T) {
	tr := newTrail(t)
	for query, target := range map[string]string{
		"state=finished": "state", "contentType=x'y": "contentType", "resultSize=0": "resultSize", "userIds=a": "userIds",
	} {
		resp := tr.get(t, "/api/v1/content?"+query)
		var body struct{ Error struct{ Target string } }
		if err := json.Unmarshal(resp.body, &body); err != nil || resp.status != http.StatusBadRequest || body.Error.Target != target {
			t.Errorf("%s: %d %s", query, resp.status, resp.body)
		}
	}
}
