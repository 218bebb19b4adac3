package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
)

// edges are events around the ends of seconds, hours, months and years, newest
// first.
func edges(t *testing.T) []Event {
	times := []string{
		"2027-01-01T00:00:00Z", "2026-12-31T23:59:59.9999999Z", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z",
		"2026-11-30T23:59:59Z", "2026-11-21T11:00:00Z", "2026-11-21T10:59:59.5Z", "2026-11-21T10:59:59Z",
		"2026-11-21T10:00:00Z", "2026-11-21T09:59:59Z", "2026-11-01T00:00:00Z", "2026-10-31T23:59:59Z",
		"2025-02-28T23:59:59Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1601-01-01T00:00:00Z",
	}
	var events []Event
	for i, created := range times {
		events = append(events, Event{record(t, fmt.Sprintf("00000000-0000-4000-8000-%012x", i), created, ""), content("one", "2026-11-21T10:00:00Z"), i})
	}
	return events
}

func TestARangeIsItsStartButNotItsEnd(t *testing.T) {
	s, _ := open(t)
	events := edges(t)
	write(t, s, shuffled(1, events)...)
	bounds := []time.Time{{}}
	for _, e := range events {
		bounds = append(bounds, e.Record.CreationTime, e.Record.CreationTime.Add(time.Nanosecond).In(time.FixedZone("UTC-9", -9*3600)))
	}
	for _, from := range bounds {
		for _, to := range bounds {
			if rand.N(4) > 0 { // a quarter of the pairs is 300
				continue
			}
			var want []string
			for _, e := range events {
				if at := e.Record.CreationTime; (from.IsZero() || !at.Before(from)) && (to.IsZero() || at.Before(to)) {
					want = append(want, e.Record.ID)
				}
			}
			got := ids(collect(t, s.Events(t.Context(), EventQuery{From: from, To: to})))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("[%s, %s) (-want +got):\n%s", from, to, diff)
			}
		}
	}
}

func TestAListingGoesOnWhereItStopped(t *testing.T) {
	s, _ := open(t)
	events := edges(t)
	write(t, s, events...)
	all := collect(t, s.Events(t.Context(), EventQuery{}))
	for i, e := range all {
		rest := collect(t, s.Events(t.Context(), EventQuery{After: e.Position()}))
		if diff := cmp.Diff(ids(all[i+1:]), ids(rest)); diff != "" {
			t.Fatalf("behind %s (-want +got):\n%s", e.Position(), diff)
		}
		to := e.Record.CreationTime.Add(-40 * 24 * time.Hour)
		want := slices.DeleteFunc(slices.Clone(all[i+1:]), func(e Event) bool { return !e.Record.CreationTime.Before(to) })
		rest = collect(t, s.Events(t.Context(), EventQuery{After: e.Position(), To: to}))
		if diff := cmp.Diff(ids(want), ids(rest)); diff != "" {
			t.Fatalf("behind %s and before %s (-want +got):\n%s", e.Position(), to, diff)
		}
	}
}

func TestPagesJoinedAreTheWholeThoughEventsArrive(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	events := spread(t, c, 60, "2026-12-01T00:10:00Z", time.Minute)
	write(t, s, events[7:]...)
	var got []Event
	for page := 0; ; page++ {
		q := EventQuery{Limit: 9}
		if len(got) > 0 {
			q.After = got[len(got)-1].Position()
		}
		n := len(got)
		for e, err := range s.Events(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, e); len(got) == n+9 {
				break
			}
		}
		if len(got) == n {
			break
		}
		if page < 7 {
			write(t, s, events[page]) // newer than anything on the pages read
		}
	}
	if diff := cmp.Diff(ids(events[7:]), ids(got)); diff != "" {
		t.Error(diff)
	}
}

func TestListingsDoNotDependOnHowTheServiceCutsPages(t *testing.T) {
	s, f := open(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 60, "2026-12-01T01:10:00Z", 3*time.Minute)
	write(t, s, events...)
	contents := ledgerOf(30)
	if _, err := s.AddPending(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	entries := collect(t, s.Entries(t.Context(), LedgerQuery{}))
	pending := collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))
	for seed := range uint64(4) {
		f.base = azurelike.New(toAzurite, azurelike.Options{Seed: seed, ShortPages: 0.9, EmptyPages: 0.3, PartitionTokens: 0.5})
		if diff := cmp.Diff(ids(events), ids(collect(t, s.Events(t.Context(), EventQuery{})))); diff != "" {
			t.Errorf("events, seed %d:\n%s", seed, diff)
		}
		if diff := cmp.Diff(entries, collect(t, s.Entries(t.Context(), LedgerQuery{}))); diff != "" {
			t.Errorf("entries, seed %d:\n%s", seed, diff)
		}
		if diff := cmp.Diff(pending, collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))); diff != "" {
			t.Errorf("pending, seed %d:\n%s", seed, diff)
		}
		if rows, _, _ := counted(write(t, s, events...)); rows != 60 {
			t.Errorf("%d rows again, seed %d", rows, seed)
		}
		if n, err := s.AddPending(t.Context(), contents); n != 0 || err != nil {
			t.Errorf("%d added again, %v, seed %d", n, err, seed)
		}
	}
}

func TestRecordTypesAreFilteredByTheServiceWhereItCan(t *testing.T) {
	s, f := openPlain(t)
	var events []Event
	for i := range 26 {
		text := strings.Replace(string(record(t, guid(i), "2026-11-21T10:00:00Z", "").JSON), `"RecordType":94`, fmt.Sprintf(`"RecordType":%d`, i%13), 1)
		r, err := audit.ParseRecord([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, Event{r, content("one", "2026-11-21T10:00:00Z"), i})
	}
	write(t, s, events...)
	for n, rows := range map[int]int{1: 2, 11: 22, 12: 26} {
		sent := 0
		f.rules = nil
		f.fail("events", 0, 1, rewritten(func(b []byte) []byte { sent = bytes.Count(b, []byte("RowKey")); return b }))
		var types []audit.RecordType
		for i := range n {
			types = append(types, audit.RecordType(i))
		}
		q := EventQuery{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), RecordTypes: types}
		if got := collect(t, s.Events(t.Context(), q)); len(got) != 2*n || sent != rows {
			t.Errorf("%d types: %d events, want %d; the service sent %d rows, want %d", n, len(got), 2*n, sent, rows)
		}
	}
}

func TestAShortRangeIsOneRequestAMonth(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, edges(t)...)
	for _, x := range []struct {
		from, to string
		want     int
	}{
		{"2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", 1},
		{"2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 1},
		{"2026-11-01T00:00:00Z", "2026-12-01T00:00:00.1Z", 2},
		{"2026-10-01T00:00:00Z", "2026-12-31T00:00:00Z", 4}, // the list of tables, and three of them
		{"2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 3}, // there are two
		{"2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z", 0},
	} {
		before := f.count("")
		collect(t, s.Events(t.Context(), EventQuery{From: at(x.from), To: at(x.to)}))
		if n := f.count("") - before; n != x.want {
			t.Errorf("%s to %s: %d requests, want %d: %v", x.from, x.to, n, x.want, f.seen[before:])
		}
	}
}

func TestWhatIsNotThereReadsAsEmpty(t *testing.T) {
	s, _ := open(t)
	day := EventQuery{From: at("2026-11-20T00:00:00Z"), To: at("2026-11-21T00:00:00Z")}
	if got := collect(t, s.Events(t.Context(), day)); len(got) > 0 {
		t.Errorf("events of a day: %v", got)
	}
	if got := collect(t, s.Events(t.Context(), EventQuery{})); len(got) > 0 {
		t.Errorf("events: %v", got)
	}
	if got, err := s.EventsByID(t.Context(), guid(1)); len(got) > 0 || err != nil {
		t.Errorf("event by id: %v, %v", got, err)
	}
	if got := collect(t, s.Entries(t.Context(), LedgerQuery{From: day.From, To: day.To})); len(got) > 0 {
		t.Errorf("entries: %v", got)
	}
	if got := collect(t, s.Pending(t.Context(), "Audit.General", time.Time{})); len(got) > 0 {
		t.Errorf("pending: %v", got)
	}
	if got, err := s.CountContents(t.Context(), "Audit.General", day.From, day.From); len(got) > 0 || err != nil {
		t.Errorf("counts: %v, %v", got, err)
	}
	if got := collect(t, s.ListState(t.Context(), "run")); len(got) > 0 {
		t.Errorf("state: %v", got)
	}
	if got, err := s.DropEventsBefore(t.Context(), at("2030-01-01T00:00:00Z")); len(got) > 0 || err != nil {
		t.Errorf("dropped: %v, %v", got, err)
	}
}

func TestAPositionThatIsNoneIsAnError(t *testing.T) {
	s, f := open(t)
	for _, p := range []Position{"x", "095678_8204741200", "095678_820474120_a", "095678_8204741200_a' or RowKey gt '"} {
		day := EventQuery{From: at("2026-11-20T00:00:00Z"), To: at("2026-11-21T00:00:00Z"), After: p}
		for _, err := range s.Events(t.Context(), day) {
			if err == nil {
				t.Errorf("%q is a position", p)
			}
		}
	}
	if f.count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestEventsAreReadAsTheyAreTaken(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, spread(t, content("one", "2026-11-21T10:00:00Z"), 50, "2026-11-21T09:59:59Z", time.Second)...)
	before := f.count("")
	n := 0
	for _, err := range s.Events(t.Context(), EventQuery{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), Limit: 10}) {
		if n++; err != nil || n == 25 {
			break
		}
	}
	if requests := f.count("") - before; n != 25 || requests != 3 {
		t.Errorf("%d events in %d requests", n, requests)
	}
}

func TestAnErrorEndsTheListing(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, spread(t, content("one", "2026-11-21T10:00:00Z"), 50, "2026-11-21T09:59:59Z", time.Second)...)
	f.fail("GET", 2, 1<<30, answers(503, "ServerBusy", "secret"))
	var errs, n int
	for _, err := range s.Events(t.Context(), EventQuery{Limit: 10}) {
		if err == nil {
			n++
			continue
		}
		errs++
		if want := "read events: query events202611: 503 ServerBusy"; !Unavailable(err) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if n != 10 || errs != 1 {
		t.Errorf("%d events and %d errors", n, errs)
	}
}

func TestAnEventIsFoundByItsIDAlone(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	write(t, s, spread(t, c, 20, "2026-11-21T09:59:59Z", 40*24*time.Hour)...)
	odd := record(t, "not a GUID", "2026-01-05T00:00:00Z", "")
	write(t, s, Event{odd, c, 30},
		Event{record(t, guid(3), "2026-11-30T23:59:59Z", ""), c, 31}, Event{record(t, guid(3), "2020-01-01T00:00:00Z", ""), c, 32})
	for id, want := range map[string][]int{
		guid(3): {31, 3, 32}, strings.ToUpper(guid(7)): {7}, " not a GUID ": {30}, guid(99): nil, "": nil, "x": nil,
	} {
		got, err := s.EventsByID(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var indexes []int
		for _, e := range got {
			indexes = append(indexes, e.Index)
		}
		if diff := cmp.Diff(want, indexes); diff != "" {
			t.Errorf("%q (-want +got):\n%s", id, diff)
		}
	}
}

func TestMonthsThatEndedAreDropped(t *testing.T) {
	s, _ := open(t)
	write(t, s, edges(t)...)
	for _, name := range []string{"index199901", "content202001", "events20261", "eventsxyz"} {
		if err := s.table(name).create(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	dropped, err := s.DropEventsBefore(t.Context(), at("2026-11-30T23:59:59Z"))
	want := []string{"index202610", "index202502", "index202402", "index199901", "index197001", "index196912", "index160101", "events202610", "events202502", "events202402", "events197001", "events196912", "events160101"}
	if diff := cmp.Diff(want, dropped); diff != "" || err != nil {
		t.Errorf("before the end of November (-want +got): %v\n%s", err, diff)
	}
	dropped, err = s.DropEventsBefore(t.Context(), at("2026-12-01T00:00:00Z"))
	if diff := cmp.Diff([]string{"index202611", "events202611"}, dropped); diff != "" || err != nil {
		t.Errorf("at the end of November (-want +got): %v\n%s", err, diff)
	}
	if got := collect(t, s.Events(t.Context(), EventQuery{})); len(got) != 4 {
		t.Errorf("%d events remain", len(got))
	}
	if months, err := s.months(t.Context(), contentPrefix); len(months) != 1 || err != nil {
		t.Errorf("the ledger's tables: %v, %v", months, err)
	}
}

// body is a content's body of one record.
func body(r audit.Record) []byte { return slices.Concat([]byte("["), r.JSON, []byte("]")) }
