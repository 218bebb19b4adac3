package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

func addPending(t testing.TB, s *Ledger, contents ...audit.Content) int {
	t.Helper()
	n, err := s.AddPending(t.Context(), contents)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func settle(t testing.TB, s *Ledger, entries ...Entry) {
	t.Helper()
	if err := s.Settle(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

// pendingOf returns the pending entries as "id tried n".
func pendingOf(t testing.TB, s *Ledger) (list []string) {
	t.Helper()
	for _, e := range fixture.Collect(t, s.Pending(t.Context(), "Audit.General", time.Time{})) {
		list = append(list, fmt.Sprintf("%s tried %d", e.ID, e.Tries))
	}
	return list
}

// fresh returns the entries of content blobs that were just listed.
func fresh(contents []audit.Content) []Entry {
	var entries []Entry
	for _, c := range contents {
		entries = append(entries, Entry{Content: c, State: Pending})
	}
	return entries
}

func TestAddPending(t *testing.T) {
	s, f := openPlain(t)
	contents := fixture.Contents(120)
	if n := addPending(t, s, fixture.Shuffled(1, contents)...); n != 120 {
		t.Errorf("%d added", n)
	}
	if diff := cmp.Diff(fresh(contents), fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	oldestFirst := slices.Clone(contents)
	slices.Reverse(oldestFirst)
	if diff := cmp.Diff(fresh(oldestFirst), fixture.Collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	before := f.Count("")
	if n := addPending(t, s, contents...); n != 0 {
		t.Errorf("%d added again", n)
	}
	if n := f.Count("") - before; n != 2 {
		t.Errorf("%d requests to find that two months hold all, want 2", n)
	}
}

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

func TestAddPendingKeepsEntries(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(4)
	addPending(t, s, contents[:3]...)
	settle(t, s, Entry{Content: contents[0], State: Done}, Entry{Content: contents[1], State: Pending, Tries: 3},
		Entry{Content: contents[2], State: Lost})
	if n := addPending(t, s, contents...); n != 1 {
		t.Errorf("%d added", n)
	}
	again := slices.Clone(contents)
	for i := range again {
		again[i].Expiration = again[i].Expiration.Add(time.Hour) // a notification may state another one
	}
	if n := addPending(t, s, again...); n != 0 {
		t.Errorf("%d added", n)
	}
	if diff := cmp.Diff([]string{"content$3 tried 0", "content$1 tried 3"}, pendingOf(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestAddPendingFarApart(t *testing.T) {
	s, f := open(t)
	contents := fixture.Contents(48)
	addPending(t, s, contents...)
	read := 0
	f.Fail("content", 0, 100, fixture.Rewrite(func(b []byte) []byte { read += strings.Count(string(b), `"RowKey"`); return b }))
	if n := addPending(t, s, contents[0], contents[10], contents[11], contents[40]); n != 0 || read != 4 {
		t.Errorf("%d added, %d rows read, want 4", n, read)
	}
}

func TestAddPendingTwiceInOneCall(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	if n := addPending(t, s, c, c, c); n != 1 {
		t.Errorf("%d added", n)
	}
}

func TestSettle(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	for _, e := range []Entry{
		{Content: c, State: Pending, Tries: 1, NextTry: at("2026-12-01T10:00:00Z"), Error: "AF50000: try again"},
		{Content: c, State: Pending, Tries: 2, NextTry: at("2026-12-01T11:00:00.5Z"), Blob: "x/y.json.gz", Error: "503"},
		{Content: c, State: Done, Tries: 2, Blob: "x/y.json.gz", Counts: Counts{9, 4, 3, 1, 1}, Settled: at("2026-12-01T11:00:01Z")},
	} {
		settle(t, s, e)
		got, err := s.Get(t.Context(), c)
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", e.State, err, diff)
		}
		pending := fixture.Collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))
		if e.State == Pending {
			if diff := cmp.Diff([]Entry{e}, pending); diff != "" {
				t.Errorf("pending: %s", diff)
			}
		} else if len(pending) > 0 {
			t.Errorf("%s, but pending: %v", e.State, pending)
		}
	}
}

func TestSettleTime(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Lost})
	if e, err := s.Get(t.Context(), c); !e.Settled.Equal(s.now()) || err != nil {
		t.Errorf("settled %s, %v", e.Settled, err)
	}
}

func TestSettleKeepsFinal(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(60)
	addPending(t, s, contents...)
	done := Entry{Content: contents[7], State: Done, Counts: Counts{Rows: 1}, Settled: at("2026-12-01T12:00:00Z")}
	settle(t, s, done)
	var all []Entry
	for _, c := range contents {
		all = append(all, Entry{Content: c, State: Pending, Tries: 5})
	}
	all = append(all, Entry{Content: content("unknown", "2026-11-30T12:00:00Z"), State: Done},
		Entry{Content: content("no table", "2020-01-01T00:00:00Z"), State: Done})
	settle(t, s, all...)
	if e, err := s.Get(t.Context(), done.Content); !cmp.Equal(e, done) || err != nil {
		t.Errorf("%v", cmp.Diff(done, e))
	}
	if got := pendingOf(t, s); len(got) != 59 || !strings.HasSuffix(got[0], "tried 5") {
		t.Errorf("%d pending: %v", len(got), got[0])
	}
	if _, err := s.Get(t.Context(), content("unknown", "2026-11-30T12:00:00Z")); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("entry that was never added: %v", err)
	}
}

func TestSettleTwiceInOneCall(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Pending, Tries: 1}, Entry{Content: c, State: Unreadable})
	if e, err := s.Get(t.Context(), c); e.State != Unreadable || err != nil {
		t.Errorf("%s, %v", e.State, err)
	}
}

func TestLedgerFaults(t *testing.T) {
	for name, x := range map[string]struct {
		match string
		does  func(*http.Request) (*http.Response, error)
	}{
		"not applied":             {"", fixture.NotApplied},
		"applied":                 {"", fixture.AppliedThenBroken},
		"busy inside":             {"$batch", fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0))},
		"applied, empty response": {"$batch", fixture.Rewrite(func([]byte) []byte { return nil })},
	} {
		for skip := range 4 {
			t.Run(fmt.Sprintf("%s, request %d", name, skip), func(t *testing.T) {
				s, f := open(t)
				contents := fixture.Contents(70)
				addPending(t, s, contents[20:30]...)
				f.Fail(x.match, skip, 1, x.does)
				if n := addPending(t, s, contents...); n != 60 {
					t.Errorf("%d added", n)
				}
				if diff := cmp.Diff(fresh(contents), fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
					t.Errorf("the ledger (-want +got):\n%s", diff)
				}
				var settled []Entry
				for i, c := range contents {
					settled = append(settled, Entry{Content: c, State: []State{Done, Pending}[i%2], Tries: 1, Settled: []time.Time{at("2026-12-02T00:00:00Z"), {}}[i%2]})
				}
				f.Fail(x.match, skip, 1, x.does)
				settle(t, s, fixture.Shuffled(1, settled)...)
				if diff := cmp.Diff(settled, fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
					t.Errorf("settled (-want +got):\n%s", diff)
				}
				if got := pendingOf(t, s); len(got) != 35 {
					t.Errorf("%d pending", len(got))
				}
			})
		}
	}
}

func TestLedgerConcurrentRuns(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(90)
	g, ctx := errgroup.WithContext(t.Context())
	for seed := range uint64(4) {
		g.Go(func() error {
			_, err := s.AddPending(ctx, fixture.Shuffled(seed, contents))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 90 {
		t.Errorf("%d entries", len(got))
	}
	g, ctx = errgroup.WithContext(t.Context())
	for i, state := range []State{Done, Pending, Lost} {
		var entries []Entry
		for _, c := range contents {
			entries = append(entries, Entry{Content: c, State: state, Tries: i})
		}
		g.Go(func() error { return s.Settle(ctx, entries) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for e, err := range s.List(t.Context(), Query{}) {
		if err != nil || e.State != Done && e.State != Lost {
			t.Fatalf("%s is %s, %v", e.ID, e.State, err)
		}
	}
	if got := pendingOf(t, s); len(got) > 0 {
		t.Errorf("%d are pending", len(got))
	}
}

func TestSettleWhileReadingPending(t *testing.T) {
	s, f := open(t)
	contents := fixture.Contents(40)
	addPending(t, s, contents...)
	f.Fail("GET", 1, 1<<30, func(req *http.Request) (*http.Response, error) {
		q := req.URL.Query()
		q.Set("$top", "3")
		req = req.Clone(req.Context())
		req.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		return fixture.Send(req)
	})
	n := 0
	for e, err := range s.Pending(t.Context(), "Audit.General", time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		e.State = []State{Done, Pending}[n%2]
		e.Tries++
		settle(t, s, e)
		n++
	}
	if n != 40 {
		t.Errorf("%d entries were read", n)
	}
	if got := pendingOf(t, s); len(got) != 20 {
		t.Errorf("%d remain", len(got))
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

func TestInvalidEntries(t *testing.T) {
	s, f := open(t)
	if _, err := s.AddPending(t.Context(), []audit.Content{{ID: "a", Type: "x'y"}}); err == nil {
		t.Error("added")
	}
	c := fixture.Contents(1)[0]
	for _, e := range []Entry{{Content: c}, {Content: c, State: "finished"}, {State: Done}} {
		if err := s.Settle(t.Context(), []Entry{e}); err == nil {
			t.Errorf("settled %v", e)
		}
	}
	if _, err := s.Get(t.Context(), audit.Content{}); err == nil || errors.Is(err, storage.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestSettleCutsError(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Pending, Error: strings.Repeat("é", 40_000)})
	if e, err := s.Get(t.Context(), c); tables.Units(e.Error) != maxErrorText || err != nil {
		t.Errorf("%d units, %v", tables.Units(e.Error), err)
	}
}

func TestSettleContext(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(3)
	addPending(t, s, contents...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Settle(ctx, []Entry{{Content: contents[0], State: Done}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
