package events

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// beingDropped returns events of a month whose tables are being dropped. The test
// fails unless at least this many requests meet them.
func beingDropped(t *testing.T, requests int) (testEvents, Event) {
	t.Helper()
	s, f := openPlain(t)
	e := event(t, content("one", "2026-12-01T08:30:00Z"), 0, 1, "2026-12-01T02:00:00Z")
	write(t, s, e)
	transport := azurelike.New(fixture.ToAzurite, azurelike.Options{Deleting: 100})
	f.Base = transport
	if _, err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if n := transport.Did()[azurelike.BeingDeleted]; n < requests {
			t.Errorf("precondition: %d requests meet a table that is being dropped, want %d", n, requests)
		}
	})
	return s, e
}

func TestListWhileDropping(t *testing.T) {
	s, e := beingDropped(t, 2)
	day := Query{From: at("2026-12-01T00:00:00Z"), To: at("2026-12-02T00:00:00Z")}
	if got := fixture.Collect(t, s.List(t.Context(), day)); len(got) > 0 {
		t.Errorf("%d events", len(got))
	}
	if _, _, err := s.tables.Table(keyOf(e).table()).Get(t.Context(), keyOf(e).partition(), keyOf(e).row()); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("one row: %v", err)
	}
}

func TestWriteWhileDropping(t *testing.T) {
	s, e := beingDropped(t, 1)
	if _, err := s.Write(t.Context(), []Event{e}); !storage.BeingDropped(err) || !storage.Unavailable(err) {
		t.Errorf("%v", err)
	}
}

func TestDropFaults(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken, "another run was first": fixture.Respond(404, "TableNotFound", ""),
		"another run is dropping it": fixture.Respond(409, "TableBeingDeleted", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s, f := openPlain(t)
			f.Base = azurelike.New(fixture.ToAzurite, azurelike.Options{Deleting: 5})
			write(t, s, event(t, content("one", "2026-12-01T08:30:00Z"), 0, 1, "2026-12-01T02:00:00Z"))
			f.Fail("DELETE", 0, 1, does)
			dropped, err := s.DropBefore(t.Context(), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
			if diff := cmp.Diff([]string{"index202612", "events202612"}, dropped); diff != "" || err != nil || f.Left() > 0 {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}
