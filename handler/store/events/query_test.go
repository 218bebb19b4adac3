package events

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
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// edges returns events at the ends of seconds, hours, months and years, newest
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

func TestListRange(t *testing.T) {
	s, _ := open(t)
	events := edges(t)
	write(t, s, fixture.Shuffled(1, events)...)
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
			got := ids(fixture.Collect(t, s.List(t.Context(), Query{From: from, To: to})))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("[%s, %s) (-want +got):\n%s", from, to, diff)
			}
		}
	}
}

func TestListAfter(t *testing.T) {
	s, _ := open(t)
	events := edges(t)
	write(t, s, events...)
	all := fixture.Collect(t, s.List(t.Context(), Query{}))
	for i, e := range all {
		rest := fixture.Collect(t, s.List(t.Context(), Query{After: e.Position()}))
		if diff := cmp.Diff(ids(all[i+1:]), ids(rest)); diff != "" {
			t.Fatalf("after %s (-want +got):\n%s", e.Position(), diff)
		}
		to := e.Record.CreationTime.Add(-40 * 24 * time.Hour)
		want := slices.DeleteFunc(slices.Clone(all[i+1:]), func(e Event) bool { return !e.Record.CreationTime.Before(to) })
		rest = fixture.Collect(t, s.List(t.Context(), Query{After: e.Position(), To: to}))
		if diff := cmp.Diff(ids(want), ids(rest)); diff != "" {
			t.Fatalf("after %s and before %s (-want +got):\n%s", e.Position(), to, diff)
		}
	}
}

func TestListPagesWhileWriting(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	events := spread(t, c, 60, "2026-12-01T00:10:00Z", time.Minute)
	write(t, s, events[7:]...)
	var got []Event
	for page := 0; ; page++ {
		q := Query{Limit: 9}
		if len(got) > 0 {
			q.After = got[len(got)-1].Position()
		}
		n := len(got)
		for e, err := range s.List(t.Context(), q) {
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
			write(t, s, events[page]) // newer than any event read so far
		}
	}
	if diff := cmp.Diff(ids(events[7:]), ids(got)); diff != "" {
		t.Error(diff)
	}
}

func TestListRecordTypes(t *testing.T) {
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
		f.Clear()
		f.Fail("events", 0, 1, fixture.Rewrite(func(b []byte) []byte { sent = bytes.Count(b, []byte("RowKey")); return b }))
		var types []audit.RecordType
		for i := range n {
			types = append(types, audit.RecordType(i))
		}
		q := Query{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), RecordTypes: types}
		if got := fixture.Collect(t, s.List(t.Context(), q)); len(got) != 2*n || sent != rows {
			t.Errorf("%d types: %d events, want %d; the service sent %d rows, want %d", n, len(got), 2*n, sent, rows)
		}
	}
}

func TestListRequests(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, edges(t)...)
	for _, x := range []struct {
		from, to string
		want     int
	}{
		{"2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", 1},
		{"2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", 1},
		{"2026-11-01T00:00:00Z", "2026-12-01T00:00:00.1Z", 2},
		{"2026-10-01T00:00:00Z", "2026-12-31T00:00:00Z", 4}, // the list of tables and three tables
		{"2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 3}, // the list and two tables
		{"2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z", 0},
	} {
		before := f.Count("")
		fixture.Collect(t, s.List(t.Context(), Query{From: at(x.from), To: at(x.to)}))
		if n := f.Count("") - before; n != x.want {
			t.Errorf("%s to %s: %d requests, want %d: %v", x.from, x.to, n, x.want, f.Seen()[before:])
		}
	}
}

func TestListInvalidPosition(t *testing.T) {
	s, f := open(t)
	for _, p := range []keys.Position{"x", "095678_8204741200", "095678_820474120_a", "095678_8204741200_a' or RowKey gt '"} {
		day := Query{From: at("2026-11-20T00:00:00Z"), To: at("2026-11-21T00:00:00Z"), After: p}
		for _, err := range s.List(t.Context(), day) {
			if err == nil {
				t.Errorf("%q is accepted", p)
			}
		}
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestListStopsEarly(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, spread(t, content("one", "2026-11-21T10:00:00Z"), 50, "2026-11-21T09:59:59Z", time.Second)...)
	before := f.Count("")
	n := 0
	for _, err := range s.List(t.Context(), Query{From: at("2026-11-21T00:00:00Z"), To: at("2026-11-22T00:00:00Z"), Limit: 10}) {
		if n++; err != nil || n == 25 {
			break
		}
	}
	if requests := f.Count("") - before; n != 25 || requests != 3 {
		t.Errorf("%d events in %d requests", n, requests)
	}
}

func TestListError(t *testing.T) {
	s, f := openPlain(t)
	write(t, s, spread(t, content("one", "2026-11-21T10:00:00Z"), 50, "2026-11-21T09:59:59Z", time.Second)...)
	f.Fail("GET", 2, 1<<30, fixture.Respond(503, "ServerBusy", "secret"))
	var errs, n int
	for _, err := range s.List(t.Context(), Query{Limit: 10}) {
		if err == nil {
			n++
			continue
		}
		errs++
		if want := "read events: query events202611: 503 ServerBusy"; !storage.Unavailable(err) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if n != 10 || errs != 1 {
		t.Errorf("%d events and %d errors", n, errs)
	}
}

func TestByID(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	write(t, s, spread(t, c, 20, "2026-11-21T09:59:59Z", 40*24*time.Hour)...)
	odd := record(t, "not a GUID", "2026-01-05T00:00:00Z", "")
	write(t, s, Event{odd, c, 30},
		Event{record(t, guid(3), "2026-11-30T23:59:59Z", ""), c, 31}, Event{record(t, guid(3), "2020-01-01T00:00:00Z", ""), c, 32})
	for id, want := range map[string][]int{
		guid(3): {31, 3, 32}, strings.ToUpper(guid(7)): {7}, " not a GUID ": {30}, guid(99): nil, "": nil, "x": nil,
	} {
		got, err := s.ByID(t.Context(), id)
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

func TestDropBefore(t *testing.T) {
	s, f := open(t)
	write(t, s, edges(t)...)
	for _, name := range []string{"index199901", "content202001", "events20261", "eventsxyz"} {
		if _, err := f.Tables(t).CreateTable(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
	}
	dropped, err := s.DropBefore(t.Context(), at("2026-11-30T23:59:59Z"))
	want := []string{"index202610", "index202502", "index202402", "index199901", "index197001", "index196912", "index160101", "events202610", "events202502", "events202402", "events197001", "events196912", "events160101"}
	if diff := cmp.Diff(want, dropped); diff != "" || err != nil {
		t.Errorf("before the end of November (-want +got): %v\n%s", err, diff)
	}
	dropped, err = s.DropBefore(t.Context(), at("2026-12-01T00:00:00Z"))
	if diff := cmp.Diff([]string{"index202611", "events202611"}, dropped); diff != "" || err != nil {
		t.Errorf("at the end of November (-want +got): %v\n%s", err, diff)
	}
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 4 {
		t.Errorf("%d events remain", len(got))
	}
	if months, err := s.tables.Months(t.Context(), "content"); len(months) != 1 || err != nil {
		t.Errorf("the ledger's tables: %v, %v", months, err)
	}
}

// body returns the body of a content blob with one record.
func body(r audit.Record) []byte { return slices.Concat([]byte("["), r.JSON, []byte("]")) }
