package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

func TestRequests(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch", 0, 2, fixture.NotApplied)
	if err := s.putDocument(t.Context(), "run", "last", 1); err != nil {
		t.Fatal(err)
	}
	if err := s.PutRaw(t.Context(), content("a", "2026-11-21T00:00:00Z"), []byte("[]"), 0); err != nil {
		t.Fatal(err)
	}
	if s.Requests() != int64(f.Count("")) || s.TableTransactions() != int64(f.Count("")-f.Count("/raw")) {
		t.Errorf("%d requests, %d to tables, of %v", s.Requests(), s.TableTransactions(), f.Seen())
	}
}

func TestDropKeepsLedger(t *testing.T) {
	s, f := openPlain(t)
	contents := fixture.Contents(40)
	if _, err := s.Ledger.AddPending(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	write(t, s, event(t, contents[0], 0, 1, "2026-12-01T02:00:00Z"), event(t, contents[0], 1, 2, "2025-01-01T02:00:00Z"))
	want := []string{"index202612", "index202501", "events202612", "events202501"}
	names, err := s.Events.Tables(t.Context())
	if diff := cmp.Diff(want, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	dropped, err := s.Events.Drop(t.Context())
	if diff := cmp.Diff(want, dropped); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if names, err := s.Events.Tables(t.Context()); len(names) > 0 || err != nil {
		t.Errorf("left: %v, %v", names, err)
	}
	if n := len(fixture.Collect(t, s.Ledger.Check(t.Context()))); n != len(contents) {
		t.Errorf("%d entries", n)
	}
	f.Fail("$batch", 0, 1, fixture.Respond(404, "TableNotFound", ""))
	f.Fail("POST", 1, 1, fixture.Respond(409, "TableBeingDeleted", ""))
	_, err = s.Events.Write(t.Context(), []events.Event{event(t, contents[0], 0, 1, "2026-12-01T02:00:00Z")})
	if !storage.BeingDropped(err) || !storage.Unavailable(err) || f.Left() > 0 {
		t.Errorf("while the service keeps the name: %v", err)
	}
}

func TestListingsWithShortPages(t *testing.T) {
	s, f := open(t)
	var list []events.Event
	for i := range 60 {
		created := at("2026-12-01T01:10:00Z").Add(-time.Duration(i) * 3 * time.Minute).Format(time.RFC3339)
		list = append(list, event(t, content("one", "2026-11-21T10:00:00Z"), i, i, created))
	}
	write(t, s, list...)
	contents := fixture.Contents(30)
	if _, err := s.Ledger.AddPending(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	entries := fixture.Collect(t, s.Ledger.List(t.Context(), ledger.Query{}))
	pending := fixture.Collect(t, s.Ledger.Pending(t.Context(), "Audit.General", time.Time{}))
	for seed := range uint64(4) {
		f.Base = azurelike.New(fixture.ToAzurite, azurelike.Options{Seed: seed, ShortPages: 0.9, EmptyPages: 0.3, PartitionTokens: 0.5})
		if diff := cmp.Diff(ids(list), ids(fixture.Collect(t, s.Events.List(t.Context(), events.Query{})))); diff != "" {
			t.Errorf("events, seed %d:\n%s", seed, diff)
		}
		if diff := cmp.Diff(entries, fixture.Collect(t, s.Ledger.List(t.Context(), ledger.Query{}))); diff != "" {
			t.Errorf("entries, seed %d:\n%s", seed, diff)
		}
		if diff := cmp.Diff(pending, fixture.Collect(t, s.Ledger.Pending(t.Context(), "Audit.General", time.Time{}))); diff != "" {
			t.Errorf("pending, seed %d:\n%s", seed, diff)
		}
		if slices.ContainsFunc(write(t, s, list...), func(o events.Outcome) bool { return o != events.Row }) {
			t.Errorf("a repeated write has other outcomes, seed %d", seed)
		}
		if n, err := s.Ledger.AddPending(t.Context(), contents); n != 0 || err != nil {
			t.Errorf("%d added again, %v, seed %d", n, err, seed)
		}
	}
}

func TestEmptyStore(t *testing.T) {
	s, _ := open(t)
	day := events.Query{From: at("2026-11-20T00:00:00Z"), To: at("2026-11-21T00:00:00Z")}
	if got := fixture.Collect(t, s.Events.List(t.Context(), day)); len(got) > 0 {
		t.Errorf("events of a day: %v", got)
	}
	if got := fixture.Collect(t, s.Events.List(t.Context(), events.Query{})); len(got) > 0 {
		t.Errorf("events: %v", got)
	}
	if got, err := s.Events.ByID(t.Context(), guid(1)); len(got) > 0 || err != nil {
		t.Errorf("event by id: %v, %v", got, err)
	}
	if got := fixture.Collect(t, s.Ledger.List(t.Context(), ledger.Query{From: day.From, To: day.To})); len(got) > 0 {
		t.Errorf("entries: %v", got)
	}
	if got := fixture.Collect(t, s.Ledger.Pending(t.Context(), "Audit.General", time.Time{})); len(got) > 0 {
		t.Errorf("pending: %v", got)
	}
	if got, err := s.Ledger.CountByDay(t.Context(), "Audit.General", day.From, day.From); len(got) > 0 || err != nil {
		t.Errorf("counts: %v, %v", got, err)
	}
	if got := fixture.Collect(t, s.listDocuments(t.Context(), "run")); len(got) > 0 {
		t.Errorf("state: %v", got)
	}
	if got, err := s.Events.DropBefore(t.Context(), at("2030-01-01T00:00:00Z")); len(got) > 0 || err != nil {
		t.Errorf("dropped: %v, %v", got, err)
	}
}
