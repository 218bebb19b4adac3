package store

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func TestMain(m *testing.M) { os.Exit(fixture.Run(m)) }

var (
	at      = fixture.At
	content = fixture.Content
	guid    = fixture.GUID
	record  = fixture.Record
)

const tenant = fixture.Tenant

// open returns a store in an account of its own, and the transport that its
// requests go through. It never waits between attempts.
func open(t testing.TB) (*Store, *fixture.Faults) {
	t.Helper()
	f := fixture.New(t)
	return openWith(t, f), f
}

// openPlain is open for tests that count requests.
func openPlain(t testing.TB) (*Store, *fixture.Faults) {
	t.Helper()
	f := fixture.NewPlain(t)
	return openWith(t, f), f
}

func openWith(t testing.TB, f *fixture.Faults) *Store {
	t.Helper()
	s, err := Open(Config{
		Tenant: tenant, ConnectionString: f.Connection, Transport: f, RetryDelay: -1,
		Now: func() time.Time { return at("2026-12-02T12:00:00Z") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// event is the n-th event, at the given time, of content c.
func event(t testing.TB, c audit.Content, index, n int, created string) Event {
	return Event{Record: record(t, guid(n), created, ""), Content: c, Index: index}
}

// spread is n events of one content, as many as may be a second apart, back
// from a time.
func spread(t testing.TB, c audit.Content, n int, back string, step time.Duration) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = event(t, c, i, i, at(back).Add(-time.Duration(i)*step).UTC().Format(time.RFC3339))
	}
	return events
}

// ids are the Ids of events, in order.
func ids(events []Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.Record.ID)
	}
	return list
}

func write(t testing.TB, s *Store, events ...Event) []Outcome {
	t.Helper()
	outcomes, err := s.Events.Write(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// putRaw stores a body. It may be there already, if an answer was lost.
func putRaw(t testing.TB, s *Store, c audit.Content, body []byte, records int) {
	t.Helper()
	if err := s.PutRaw(t.Context(), c, body, records); err != nil && !errors.Is(err, ErrExists) {
		t.Fatal(err)
	}
}

// counted is how many of each outcome there are.
func counted(outcomes []Outcome) (rows, duplicates, conflicts int) {
	for _, o := range outcomes {
		switch o {
		case Row:
			rows++
		case Duplicate:
			duplicates++
		case Conflict:
			conflicts++
		}
	}
	return rows, duplicates, conflicts
}
