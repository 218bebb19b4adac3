package ledger

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

func TestMain(m *testing.M) { os.Exit(fixture.Run(m)) }

var (
	at      = fixture.At
	content = fixture.Content
)

// open returns a ledger in an account of its own, and the transport that its
// requests go through.
func open(t testing.TB) (*Ledger, *fixture.Faults) {
	t.Helper()
	f := fixture.New(t)
	return openWith(t, f), f
}

// openPlain is open for tests that count requests.
func openPlain(t testing.TB) (*Ledger, *fixture.Faults) {
	t.Helper()
	f := fixture.NewPlain(t)
	return openWith(t, f), f
}

// openSame opens the ledger of f again, without its faults.
func openSame(t testing.TB, f *fixture.Faults) *Ledger {
	t.Helper()
	return openWith(t, f.Same())
}

func openWith(t testing.TB, f *fixture.Faults) *Ledger {
	t.Helper()
	return New(tables.New(f.Account(t).Tables, -1), func() time.Time { return at("2026-12-02T12:00:00Z") })
}

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
