package events

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestLookupRequests(t *testing.T) {
	s, f := openPlain(t)
	random := rand.New(rand.NewPCG(1, 1))
	var events []Event
	for i := range 600 {
		user := fmt.Sprintf("user%d@contoso.example", i%6)
		created := at("2026-11-21T10:00:00Z").Add(-time.Duration(random.Int64N(int64(365 * 24 * time.Hour)))).Format(time.RFC3339)
		events = append(events, Event{record(t, guid(i), created, fmt.Sprintf(`,"UserId":%q`, user)), content("one", "2026-11-21T10:00:00Z"), i})
	}
	storeOnly(t, s, events, byUser)
	before := len(f.Seen())
	q := Query{From: at("2025-11-21T10:00:00Z"), To: at("2026-11-21T10:00:00Z"), Limit: 101, Terms: [][]Term{{OfUser("User3@contoso.example")}}}
	if n := len(fixture.Collect(t, s.List(t.Context(), q))); n != 100 {
		t.Errorf("%d events", n)
	}
	var index, rows int
	for _, name := range f.Seen()[before:] {
		switch {
		case strings.Contains(name, "/index"):
			index++
		default:
			rows++
		}
	}
	if index > 13 || rows > 100 {
		t.Errorf("%d requests of the index, %d others", index, rows)
	}
}

func TestLookupFurther(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 30, "2026-11-21T09:59:59Z", 20*time.Minute)
	write(t, s, events...)
	for _, wanted := range []int{7, 30} {
		var got []Event
		further := false
		q := Query{
			From: at("2026-11-20T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), Limit: wanted + 1,
			Terms:  [][]Term{{OfUser("ada@contoso.example")}},
			Enough: func() bool { return len(got) == wanted },
		}
		before := f.Count("GET")
		for e, err := range s.List(t.Context(), q) {
			if errors.Is(err, ErrFurther) {
				further = true
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if requests := f.Count("GET") - before; len(got) != wanted || further != (wanted < len(events)) || requests != wanted+1 {
			t.Errorf("%d of %d events, another one: %v; %d requests", len(got), wanted, further, requests)
		}
	}
}

func TestHybridFrequentTerm(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 500, "2026-11-21T09:59:59Z", 30*time.Second)
	write(t, s, events...)
	q := Query{
		From: at("2026-11-01T00:00:00Z"), To: at("2026-11-21T10:00:00Z"), Limit: 101,
		RecordTypes: []audit.RecordType{94}, Terms: [][]Term{{OfRecordType(94)}},
	}
	before := f.Count("")
	n := 0
	for _, err := range s.List(t.Context(), q) {
		if n++; err != nil || n == 101 {
			break
		}
	}
	if requests := f.Count("") - before; n != 101 || requests != 1 {
		t.Errorf("%d events, %d requests: %v", n, requests, f.Seen()[before:])
	}
}

func TestHybridEvenlySpread(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 600, "2026-11-21T09:59:59Z", 15*time.Minute)
	write(t, s, events...)
	clock := at("2026-11-21T10:00:00Z")
	for _, c := range []struct {
		limit    int
		delay    time.Duration // of every response
		requests int           // at most
	}{
		{limit: 0, requests: 15},
		{limit: 101, requests: 30},
		{limit: 0, delay: 2 * time.Second, requests: 700},
	} {
		s.now = func() time.Time { clock = clock.Add(c.delay); return clock }
		q := Query{
			From: at("2026-11-14T10:00:00Z"), To: at("2026-11-21T10:00:00Z"), Limit: c.limit,
			RecordTypes: []audit.RecordType{94}, Terms: [][]Term{{OfRecordType(94)}},
		}
		before := f.Count("GET")
		if diff := cmp.Diff(ids(events), ids(fixture.Collect(t, s.List(t.Context(), q)))); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", c.limit, diff)
		}
		requests := f.Count("GET") - before
		if requests > c.requests || c.delay > 0 && requests < c.requests/2 {
			t.Errorf("limit %d, delay %v: %d requests", c.limit, c.delay, requests)
		}
	}
}

func TestPagesOfYearsBeyondKeys(t *testing.T) {
	s, _ := open(t)
	for year, span := range map[string][2]string{"2300": {"2299-01-01T00:00:00Z", "2301-01-01T00:00:00Z"}, "1800": {"1799-01-01T00:00:00Z", "1801-01-01T00:00:00Z"}} {
		var events []Event
		for i := range 20 {
			created := at(year + "-03-05T06:00:00Z").Add(time.Duration(i) * 7 * time.Hour).Format(time.RFC3339)
			events = append(events, event(t, content("one", "2026-11-21T10:00:00Z"), i, i, created))
		}
		write(t, s, events...)
		for _, terms := range [][][]Term{nil, {{OfRecordType(94)}}, {{OfUser("ada@contoso.example")}}} {
			q := Query{From: at(span[0]), To: at(span[1]), Limit: 3, Terms: terms, RecordTypes: []audit.RecordType{94}}
			var got []string
			for {
				n := len(got)
				for e, err := range s.List(t.Context(), q) {
					if err != nil {
						t.Fatal(err)
					}
					got, q.After = append(got, e.Record.ID), e.Position()
					break
				}
				if len(got) == n {
					break
				}
			}
			if diff := cmp.Diff(ids(newest(events)), got); diff != "" {
				t.Errorf("%s by %v (-want +got):\n%s", year, terms, diff)
			}
		}
	}
}

func TestHybridRareTerm(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 300, "2026-11-21T09:59:59Z", time.Hour)
	rare := Event{record(t, guid(1000), "2026-11-09T10:00:00Z", `,"RecordType":97`), content("one", "2026-11-21T10:00:00Z"), 1000}
	write(t, s, append(events, rare)...)
	q := Query{
		From: at("2026-08-01T00:00:00Z"), To: at("2026-11-21T10:00:00Z"), Limit: 101,
		RecordTypes: []audit.RecordType{97}, Terms: [][]Term{{OfRecordType(97)}},
	}
	before := f.Count("")
	if got := fixture.Collect(t, s.List(t.Context(), q)); len(got) != 1 {
		t.Errorf("%d events", len(got))
	}
	// One hour as a range, four months of the index, one row.
	if requests := f.Count("") - before; requests != 6 {
		t.Errorf("%d requests: %v", requests, f.Seen()[before:])
	}
}

func TestLookupDenseKeys(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 200, "2026-11-21T09:59:59Z", 15*time.Second)
	write(t, s, events...)
	before := f.Count("GET")
	q := Query{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), Terms: [][]Term{{OfUser("ada@contoso.example")}}}
	if got := fixture.Collect(t, s.List(t.Context(), q)); len(got) != 200 {
		t.Errorf("%d events", len(got))
	}
	if requests := f.Count("GET") - before; requests > 4 {
		t.Errorf("%d requests: %v", requests, f.Seen()[before:])
	}
}

func TestLookupSparseKeys(t *testing.T) {
	s, _ := open(t)
	var events []Event
	var want []string
	for i := range 700 {
		extra := ""
		created := at("2026-11-21T09:59:59Z").Add(-time.Duration(i) * 2 * time.Second)
		if i%40 == 7 {
			extra = `,"UserId":"eve@contoso.example"`
			want = append(want, guid(i))
		}
		events = append(events, Event{record(t, guid(i), created.Format(time.RFC3339), extra), content("one", "2026-11-21T10:00:00Z"), i})
	}
	write(t, s, events...)
	if diff := cmp.Diff(want, ids(fixture.Collect(t, s.List(t.Context(), Query{Terms: [][]Term{{OfUser("EVE@contoso.example")}}})))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestLookupEntryWithoutRow(t *testing.T) {
	s, _ := open(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 20, "2026-11-21T09:59:59Z", 11*time.Minute)
	write(t, s, events[1:]...)
	if err := s.writeIndex(t.Context(), events); err != nil {
		t.Fatal(err)
	}
	got := ids(fixture.Collect(t, s.List(t.Context(), Query{Terms: [][]Term{{OfUser("ada@contoso.example")}}})))
	if diff := cmp.Diff(ids(events[1:]), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestScanSegments(t *testing.T) {
	s, f := openPlain(t)
	var events []Event
	for i := range 3500 {
		created := at("2026-11-21T09:59:59Z").Add(-time.Duration(i) * 97 * time.Second)
		events = append(events, event(t, content("one", "2026-11-21T10:00:00Z"), i, i, created.Format(time.RFC3339)))
	}
	w := writer{s.Events, events, make([]Outcome, len(events))}
	if err := w.writeRows(t.Context()); err != nil { // a scan needs no index
		t.Fatal(err)
	}
	for _, q := range []Query{{}, {From: at("2026-11-18T10:30:15Z"), To: at("2026-11-21T00:00:00Z")}, {After: events[100].Position()}} {
		want := slices.DeleteFunc(slices.Clone(events), func(e Event) bool {
			return e.Position() <= q.After || !q.times().Contains(e.Record.CreationTime)
		})
		before := f.Count("GET")
		if diff := cmp.Diff(ids(want), ids(fixture.Collect(t, s.List(t.Context(), q)))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", q, diff)
		}
		if requests := f.Count("GET") - before; requests > 3+len(want)/300 {
			t.Errorf("%d requests for %d events", requests, len(want))
		}
	}
}

func TestScanEndsWithinSecond(t *testing.T) {
	s, _ := openPlain(t)
	var events, want []Event
	for i := range 2400 {
		created := "2026-11-21T09:59:59.2Z"
		if i%2 == 1 {
			created = "2026-11-21T09:59:59.7Z"
		}
		e := event(t, content("one", "2026-11-21T10:00:00Z"), i, i, created)
		if events = append(events, e); i%2 == 0 {
			want = append(want, e)
		}
	}
	w := writer{s.Events, events, make([]Outcome, len(events))}
	if err := w.writeRows(t.Context()); err != nil {
		t.Fatal(err)
	}
	q := Query{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-21T09:59:59.5Z")}
	if diff := cmp.Diff(ids(newest(want)), ids(fixture.Collect(t, s.List(t.Context(), q)))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

var oneUserEvents = flag.Int("one", 1000, "number of events that TestLookupPages stores")

// The user has all events of half a year, and a third of the other half's.
// -args -one 100000 takes a few minutes.
func TestLookupPages(t *testing.T) {
	s, _ := open(t)
	var want []string
	var batch []Event
	step := 365 * 24 * time.Hour / time.Duration(*oneUserEvents)
	for i := range *oneUserEvents {
		created := at("2026-11-21T10:00:00Z").Add(-time.Duration(i) * step).Truncate(time.Second)
		user := "ada@contoso.example"
		if i > *oneUserEvents/2 && i%3 > 0 {
			user = fmt.Sprintf("user%d@contoso.example", i)
		} else {
			want = append(want, guid(i))
		}
		batch = append(batch, Event{record(t, guid(i), created.Format(time.RFC3339), fmt.Sprintf(`,"UserId":%q`, user)), content("one", "2026-11-21T10:00:00Z"), i})
		if len(batch) == 10_000 || i == *oneUserEvents-1 {
			storeOnly(t, s, batch, byUser)
			batch = nil
		}
	}
	var got []string
	for after, page := keys.Position(""), []Event(nil); ; got = append(got, ids(page)...) {
		if page = userPage(t, s, "ADA@contoso.example", after, 777); len(page) == 0 {
			break
		}
		after = page[len(page)-1].Position()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%d events, want %d\n%s", len(got), len(want), diff)
	}
}

// userPage returns the first n events of a user after a position.
func userPage(t *testing.T, s testEvents, user string, after keys.Position, n int) (page []Event) {
	t.Helper()
	q := Query{
		From: at("2025-01-01T00:00:00Z"), To: at("2027-01-01T00:00:00Z"), After: after, Limit: n + 1,
		Terms: [][]Term{{OfUser(user)}},
	}
	for e, err := range s.List(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if page = append(page, e); len(page) == n {
			break
		}
	}
	return page
}

// storeOnly stores events with index entries of these letters only, because Azurite
// is slow to insert into partitions of ten thousand rows.
func storeOnly(t testing.TB, s testEvents, events []Event, letters ...letter) {
	t.Helper()
	w := writer{s.Events, events, make([]Outcome, len(events))}
	if err := w.writeRows(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := slices.DeleteFunc(entriesOf(events), func(e entry) bool { return !slices.Contains(letters, letter(e.key[0])) })
	for batch := range entryBatches(kept) {
		if err := s.writeEntries(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

// A lookup reads many rows at a time, but few if their records have a megabyte, so
// that such a query needs no more memory than others.
func TestLookupLargeRecords(t *testing.T) {
	const large = 20 // after those that are read before their size is known
	s, _ := open(t)
	var events []Event
	for i := range firstChunk + large {
		created := at("2026-11-21T10:00:00Z").Add(-time.Duration(i) * time.Hour)
		more := fmt.Sprintf(`,"UserId":"ada@contoso.example","JustificationText":%q`, strings.Repeat("x", 1<<20))
		events = append(events, Event{record(t, guid(i), created.Format(time.RFC3339), more), content("large", "2026-11-21T10:00:00Z"), i})
	}
	storeOnly(t, s, events, byUser)
	ctx, cost := storage.WithCost(t.Context())
	n := 0
	for _, err := range s.List(ctx, Query{Terms: [][]Term{{OfUser("ada@contoso.example")}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == firstChunk+1 {
			break
		}
	}
	entries := int64(len(events))
	if read := cost.Rows() - entries; read > firstChunk+large/2 {
		t.Errorf("%d events were read for a caller that wanted %d", read, n)
	}
}
