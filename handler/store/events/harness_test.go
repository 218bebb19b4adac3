package events

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

func TestMain(m *testing.M) { os.Exit(fixture.Run(m)) }

var (
	at      = fixture.At
	content = fixture.Content
	guid    = fixture.GUID
	record  = fixture.Record
)

// testEvents is Events in a storage account of its own.
type testEvents struct {
	*Events
	faults *fixture.Faults
	bodies bodies
}

// open returns events, and the transport that their requests go through.
func open(t testing.TB) (testEvents, *fixture.Faults) {
	t.Helper()
	f := fixture.New(t)
	return openWith(t, f), f
}

// openPlain is open for tests that count requests.
func openPlain(t testing.TB) (testEvents, *fixture.Faults) {
	t.Helper()
	f := fixture.NewPlain(t)
	return openWith(t, f), f
}

// openSame opens the events of f again, without its faults.
func openSame(t testing.TB, f *fixture.Faults) testEvents {
	t.Helper()
	return openWith(t, f.Same())
}

func openWith(t testing.TB, f *fixture.Faults) testEvents {
	t.Helper()
	raw := bodies{}
	now := func() time.Time { return at("2026-12-02T12:00:00Z") }
	return testEvents{New(tables.New(f.Account(t).Tables, -1), raw, now), f, raw}
}

// bodies holds the bodies of content blobs by content id.
type bodies map[string][]byte

func (b bodies) Raw(_ context.Context, c audit.Content) ([]byte, error) {
	body, found := b[c.ID]
	if !found {
		return nil, storage.ErrNotFound
	}
	return body, nil
}

func (b bodies) RawName(c audit.Content) string { return c.ID }

// event returns event number n of content blob c at a time.
func event(t testing.TB, c audit.Content, index, n int, created string) Event {
	return Event{Record: record(t, guid(n), created, ""), Content: c, Index: index}
}

// spread returns n events of one content blob, going back from a time in steps.
func spread(t testing.TB, c audit.Content, n int, back string, step time.Duration) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = event(t, c, i, i, at(back).Add(-time.Duration(i)*step).UTC().Format(time.RFC3339))
	}
	return events
}

// ids returns the Ids of events, in order.
func ids(events []Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.Record.ID)
	}
	return list
}

func write(t testing.TB, s testEvents, events ...Event) []Outcome {
	t.Helper()
	outcomes, err := s.Write(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// counted returns the number of each outcome.
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

// shown is everything that an event holds, for comparison.
type shown struct {
	ID, JSON, ContentID, ContentType string
	CreationTime, ContentCreated     time.Time
	RecordType                       audit.RecordType
	Index                            int
}

func plain(events []Event) []shown {
	var list []shown
	for _, e := range events {
		list = append(list, shown{
			e.Record.ID, string(e.Record.JSON), e.Content.ID, e.Content.Type,
			e.Record.CreationTime, e.Content.Created, e.Record.RecordType, e.Index,
		})
	}
	return list
}

func putRaw(_ testing.TB, s testEvents, c audit.Content, body []byte, _ int) { s.bodies[c.ID] = body }
