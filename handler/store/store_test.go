package store

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
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

// event returns event number n of content blob c at a time.
func event(t testing.TB, c audit.Content, index, n int, created string) events.Event {
	return events.Event{Record: record(t, guid(n), created, ""), Content: c, Index: index}
}

// ids returns the Ids of events, in order.
func ids(list []events.Event) (ids []string) {
	for _, e := range list {
		ids = append(ids, e.Record.ID)
	}
	return ids
}

func write(t testing.TB, s *Store, list ...events.Event) []events.Outcome {
	t.Helper()
	outcomes, err := s.Events.Write(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// putRaw stores a body. It may be stored already if a response was lost.
func putRaw(t testing.TB, s *Store, c audit.Content, body []byte, records int) {
	t.Helper()
	if err := s.PutRaw(t.Context(), c, body, records); err != nil && !errors.Is(err, ErrExists) {
		t.Fatal(err)
	}
}
