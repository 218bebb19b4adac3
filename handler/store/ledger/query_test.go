package ledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

func TestPendingOrder(t *testing.T) {
	s, _ := open(t)
	expiring := func(id, created, expires string) audit.Content {
		c := content(id, created)
		c.Expiration = at(expires)
		return c
	}
	never := content("never", "2026-11-21T10:00:00Z")
	never.Expiration = time.Time{}
	other := content("other", "2026-11-21T10:00:00Z")
	other.Type = "DLP.All"
	addPending(t, s, never, other,
		expiring("c", "2026-12-02T10:00:00Z", "2026-12-20T10:00:00Z"), expiring("a", "2026-12-01T10:00:00Z", "2026-12-08T10:00:00Z"),
		expiring("b", "2026-11-21T10:00:00Z", "2026-12-12T09:00:00Z"), expiring("d", "2026-10-21T10:00:00Z", "2027-01-01T00:00:00Z"))
	want := []string{"never tried 0", "a tried 0", "b tried 0", "c tried 0", "d tried 0"}
	if diff := cmp.Diff(want, pendingOf(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestPendingRequests(t *testing.T) {
	s, f := openPlain(t)
	s.now = func() time.Time { return at("2026-11-21T12:00:00Z") }
	addPending(t, s, content("old", "2026-08-21T08:00:00Z"), content("new", "2026-11-21T08:00:00Z"))
	for since, want := range map[string]struct{ found, requests int }{
		"2026-11-20T00:00:00Z": {1, 1}, "2026-10-31T00:00:00Z": {1, 2}, "2026-08-01T00:00:00Z": {2, 3},
	} {
		before := f.Count("")
		found := len(fixture.Collect(t, s.Pending(t.Context(), "Audit.General", at(since))))
		if n := f.Count("") - before; found != want.found || n != want.requests {
			t.Errorf("since %s: %d found in %d requests, want %d in %d", since, found, n, want.found, want.requests)
		}
	}
}

func TestPendingAllMonths(t *testing.T) {
	s, _ := open(t)
	s.now = func() time.Time { return at("2026-11-21T12:00:00Z") }
	addPending(t, s, content("past", "2020-01-01T08:00:00Z"), content("future", "2100-01-01T08:00:00Z"))
	if got := pendingOf(t, s); len(got) != 2 {
		t.Errorf("pending %v", got)
	}
}

func TestList(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(30)
	for i := range contents {
		if i%3 == 0 {
			contents[i].Type = "DLP.All"
		}
		contents[i].Created = contents[i].Created.Add(time.Duration(i%2) * 500 * time.Millisecond)
	}
	contents[5].Created = contents[4].Created // one second: the hash decides
	addPending(t, s, contents...)
	states := []State{Pending, Done, Lost, Unreadable}
	for i, c := range contents {
		if i%4 > 0 {
			settle(t, s, Entry{Content: c, State: states[i%4]})
		}
	}
	all := fixture.Collect(t, s.List(t.Context(), Query{}))
	if len(all) != 30 || !slices.IsSortedFunc(all, func(a, b Entry) int { return strings.Compare(string(a.Position()), string(b.Position())) }) {
		t.Fatalf("%d entries, or not sorted", len(all))
	}
	for name, x := range map[string]struct {
		query Query
		want  func(Entry) bool
	}{
		"type":               {Query{ContentType: "DLP.All"}, func(e Entry) bool { return e.Type == "DLP.All" }},
		"type in lower case": {Query{ContentType: "dlp.all"}, func(e Entry) bool { return e.Type == "DLP.All" }},
		"states":             {Query{States: []State{Lost, Done}}, func(e Entry) bool { return e.State == Lost || e.State == Done }},
		"from":               {Query{From: contents[9].Created}, func(e Entry) bool { return !e.Created.Before(contents[9].Created) }},
		"to":                 {Query{To: contents[9].Created}, func(e Entry) bool { return e.Created.Before(contents[9].Created) }},
		"both": {Query{From: contents[20].Created, To: contents[3].Created}, func(e Entry) bool {
			return keys.Range{From: contents[20].Created, To: contents[3].Created}.Contains(e.Created)
		}},
		"small page": {Query{Limit: 2}, func(Entry) bool { return true }},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return !x.want(e) })
		if diff := cmp.Diff(want, fixture.Collect(t, s.List(t.Context(), x.query))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		for i, e := range want {
			q := x.query
			q.After = e.Position()
			if diff := cmp.Diff(want[i+1:], fixture.Collect(t, s.List(t.Context(), q)), equateEmpty); diff != "" {
				t.Fatalf("%s, after %s (-want +got):\n%s", name, q.After, diff)
			}
		}
	}
}

// equateEmpty treats a nil list and an empty one as equal.
var equateEmpty = cmp.FilterValues(func(a, b []Entry) bool { return len(a)+len(b) == 0 }, cmp.Ignore())

func TestCountByDay(t *testing.T) {
	s, f := openPlain(t)
	contents := fixture.Contents(60) // from 1 December 08:30 back to 28 November 21:30
	contents[3].Type = "DLP.All"
	addPending(t, s, contents...)
	settle(t, s, Entry{Content: contents[0], State: Done}, Entry{Content: contents[10], State: Done},
		Entry{Content: contents[11], State: Lost}, Entry{Content: contents[59], State: Unreadable})
	notified := content("notified", "2026-12-01T08:00:00Z")
	if _, err := s.AddNotified(t.Context(), []audit.Content{notified}); err != nil {
		t.Fatal(err)
	}
	settle(t, s, Entry{Content: notified, State: Lost, Notified: true}) // does not count
	before := f.Count("")
	zone := time.FixedZone("UTC+14", 14*3600)
	got, err := s.CountByDay(t.Context(), "Audit.General", at("2026-11-29T23:59:59Z").In(zone), at("2026-12-01T00:00:00Z").In(zone))
	want := map[time.Time]*DayCount{
		at("2026-12-01T00:00:00Z"): {Day: at("2026-12-01T00:00:00Z"), Pending: 7, Done: 1},
		at("2026-11-30T00:00:00Z"): {Day: at("2026-11-30T00:00:00Z"), Pending: 22, Done: 1, Lost: 1},
		at("2026-11-29T00:00:00Z"): {Day: at("2026-11-29T00:00:00Z"), Pending: 24},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if n := f.Count("") - before; n != 2 {
		t.Errorf("%d requests for two months, want 2", n)
	}
}
