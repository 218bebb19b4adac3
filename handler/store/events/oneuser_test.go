package events

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

var oneUserEvents = flag.Int("one", 1000, "how many events TestAllEventsOfOneUserAreFoundPageByPage stores")

// The user has all of one half of a year's events, and some of the other;
// -args -one 100000 takes some minutes.
func TestAllEventsOfOneUserAreFoundPageByPage(t *testing.T) {
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

// userPage is the first n events of a user behind a place.
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

// storeOnly stores events with the entries of these kinds alone: the emulator
// is slow to insert into partitions of some ten thousand rows.
func storeOnly(t testing.TB, s testEvents, events []Event, kinds ...kind) {
	t.Helper()
	w := eventWriter{s.Events, events, make([]Outcome, len(events))}
	if err := w.writeAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := slices.DeleteFunc(entries(events), func(e entry) bool { return !slices.Contains(kinds, kind(e.key[0])) })
	for batch := range entryBatches(kept) {
		if err := s.writeEntries(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}
