package query_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// ledger has 40 contents of two types, 7 hours apart, back from the day of
// the tests; every fourth is lost, every fifth still pending.
func ledger(t *testing.T, tr *trail) []audit.Content {
	t.Helper()
	var contents []audit.Content
	var settled []store.Entry
	for i := range 40 {
		created := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).Add(time.Duration(-7*i) * time.Hour)
		c := audit.Content{ID: fmt.Sprintf("content$%02d", i), Type: "Audit.General", Created: created, Expiration: created.AddDate(0, 0, 7)}
		if i%3 == 0 {
			c.Type = "Audit.Exchange"
		}
		contents = append(contents, c)
		switch e := (store.Entry{Content: c, State: store.Done, Blob: "blob", Counts: store.Counts{Records: 9, Rows: 5, Duplicates: 2, Conflicts: 1, Rejected: 1}}); {
		case i%4 == 0:
			settled = append(settled, store.Entry{Content: c, State: store.Lost, Tries: 1, Error: "AF20051"})
		case i%5 == 0:
			settled = append(settled, store.Entry{Content: c, State: store.Pending, Tries: 2, NextTry: created.Add(time.Hour)})
		default:
			settled = append(settled, e)
		}
	}
	if _, err := tr.store.AddPending(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	if err := tr.store.Settle(t.Context(), settled); err != nil {
		t.Fatal(err)
	}
	return contents
}

// contentPages follows a question to its end.
func contentPages(t *testing.T, tr *trail, url string) (ids []string, pages int) {
	t.Helper()
	for url != "" {
		var page struct {
			Value    []struct{ ContentID string }
			NextLink string
		}
		a := tr.get(t, url)
		if a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", url, a.status, a.body)
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
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

func TestTheLedgerIsAnsweredNewestFirstInPages(t *testing.T) {
	tr := newTrail(t)
	contents := ledger(t, tr)
	want := func(is func(i int) bool) []string {
		var ids []string
		for i, c := range contents {
			if is(i) {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	for question, expected := range map[string][]string{
		"":                             want(func(int) bool { return true }),
		"state=lost":                   want(func(i int) bool { return i%4 == 0 }),
		"state=LOST,pending":           want(func(i int) bool { return i%4 == 0 || i%5 == 0 }),
		"state=unreadable":             nil,
		"contentType=Audit.Exchange":   want(func(i int) bool { return i%3 == 0 }),
		"startDate=-3d&state=done":     want(func(i int) bool { return i <= 9 && i%4 != 0 && i%5 != 0 }),
		"endDate=2026-11-20T18:00:00Z": want(func(i int) bool { return i > 2 }),
	} {
		for _, size := range []int{1, 7, 100} {
			got, pages := contentPages(t, tr, fmt.Sprintf("/api/v1/content?%s&resultSize=%d", question, size))
			if diff := cmp.Diff(expected, got); diff != "" {
				t.Errorf("%s in pages of %d (-want +got)\n%s", question, size, diff)
			}
			if most := len(expected)/size + 1; pages > most {
				t.Errorf("%s in pages of %d took %d pages, want at most %d", question, size, pages, most)
			}
		}
	}
}

func TestAnEntryOfTheLedger(t *testing.T) {
	tr := newTrail(t)
	ledger(t, tr)
	checkJSON(t, `{"value":[{"contentId":"content$01","contentType":"Audit.General","contentCreated":"2026-11-21T01:00:00Z",
		"contentExpiration":"2026-11-28T01:00:00Z","state":"done","tries":0,"blob":"blob",
		"records":9,"rows":5,"duplicates":2,"conflicts":1,"rejected":1}]}`,
		tr.get(t, "/api/v1/content?startDate=2026-11-21T00:00:00Z&endDate=2026-11-21T08:00:00Z").body)
}

func TestToLookForAStateInAllOfTheLedgerTakesFewRequests(t *testing.T) {
	tr := newPlainTrail(t)
	ledger(t, tr)
	for _, state := range []string{"lost", "unreadable"} {
		if n := cost(t, tr.get(t, "/api/v1/content?state="+state), "Labeltrail-Storage-Requests"); n > 14 {
			t.Errorf("%s took %d requests", state, n)
		}
	}
}

func TestWhatIsWrongWithAQuestionToTheLedgerIsNamed(t *testing.T) {
	tr := newTrail(t)
	for question, target := range map[string]string{
		"state=finished": "state", "contentType=x'y": "contentType", "resultSize=0": "resultSize", "userIds=a": "userIds",
	} {
		a := tr.get(t, "/api/v1/content?"+question)
		var answer struct{ Error struct{ Target string } }
		if err := json.Unmarshal(a.body, &answer); err != nil || a.status != http.StatusBadRequest || answer.Error.Target != target {
			t.Errorf("%s: %d %s", question, a.status, a.body)
		}
	}
}
