package store

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// faultsOf are the faults that CheckedEntries yields, as "what of whom", and
// how many entries it yields beside them.
func faultsOf(t testing.TB, s *Store) (faults []string, entries int) {
	t.Helper()
	for _, e := range collect(t, s.CheckedEntries(t.Context())) {
		if e.Fault == "" {
			entries++
			continue
		}
		faults = append(faults, fmt.Sprintf("%s: %s %q", e.Fault, e.ID, e.State))
	}
	slices.Sort(faults)
	return faults, entries
}

// ledgerOfAllStates is a ledger over two months and types, in order.
func ledgerOfAllStates(t testing.TB, s *Store) (entries []Entry) {
	t.Helper()
	contents := ledgerOf(40)
	for i := range contents {
		contents[i].Type = []string{"Audit.General", "DLP.All"}[i%2]
	}
	addPending(t, s, contents...)
	for i, c := range contents {
		entries = append(entries, Entry{Content: c, State: []State{Done, Done, Pending, Lost, Pending, Unreadable}[i%6]})
	}
	settle(t, s, entries...)
	return entries
}

// removeRow deletes one row of the ledger.
func removeRow(t testing.TB, s *Store, e Entry, key string) {
	t.Helper()
	k := ledgerKeyOf(e.Content)
	_, err := s.tables.NewClient(k.table()).DeleteEntity(t.Context(), k.kind, key, nil)
	if err != nil && !hasCode(err, "ResourceNotFound") { // which an earlier try did whose answer got lost
		t.Fatal(err)
	}
}

// putRow writes one row of the ledger, whatever is there.
func putRow(t testing.TB, s *Store, e Entry, key string) {
	t.Helper()
	k := ledgerKeyOf(e.Content)
	if _, err := s.table(k.table()).submit(t.Context(), []operation{put(ledgerRow(e, key))}); err != nil {
		t.Fatal(err)
	}
}

func TestALedgerInOrderHasNoFaults(t *testing.T) {
	s, _ := open(t)
	want := ledgerOfAllStates(t, s)
	if faults, n := faultsOf(t, s); len(faults) > 0 || n != len(want) {
		t.Errorf("%d entries, faults %v", n, faults)
	}
}

func TestRowsOfTheLedgerThatContradictOneAnotherAreFound(t *testing.T) {
	for name, x := range map[string]struct {
		spoil func(*testing.T, *Store, []Entry)
		want  string
		less  int // entries that are not in order any more
	}{
		"a pending row is gone": {func(t *testing.T, s *Store, e []Entry) {
			removeRow(t, s, e[2], ledgerKeyOf(e[2].Content).pendingRow(e[2].Expiration))
		}, `without pointer: content$2 "pending"`, 0},
		"a pending row of one that is done": {func(t *testing.T, s *Store, e []Entry) {
			putRow(t, s, e[0], ledgerKeyOf(e[0].Content).pendingRow(e[0].Expiration))
		}, `without entry: content$0 "done"`, 0},
		"an entry is gone, not its pending row": {func(t *testing.T, s *Store, e []Entry) {
			removeRow(t, s, e[4], ledgerKeyOf(e[4].Content).row())
		}, `without entry: content$4 ""`, 1},
		"a second pending row": {func(t *testing.T, s *Store, e []Entry) {
			later := e[2]
			later.Expiration = later.Expiration.AddDate(0, 0, 1)
			putRow(t, s, later, ledgerKeyOf(later.Content).pendingRow(later.Expiration))
		}, `without entry: content$2 "pending"`, 0},
		"a row that is another content's": {func(t *testing.T, s *Store, e []Entry) {
			putRow(t, s, Entry{Content: content("x", "2026-12-01T07:00:00Z"), State: Done}, ledgerKeyOf(e[0].Content).row())
		}, `misfiled: x "done"`, 1},
		"a state that is none": {func(t *testing.T, s *Store, e []Entry) {
			e[0].State = "finished"
			putRow(t, s, e[0], ledgerKeyOf(e[0].Content).row())
		}, `misfiled: content$0 "finished"`, 1},
		"a row that is nothing": {func(t *testing.T, s *Store, e []Entry) {
			putRow(t, s, e[0], "z_by_hand")
		}, `misfiled: content$0 "done"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			entries := ledgerOfAllStates(t, s)
			x.spoil(t, s, entries)
			faults, n := faultsOf(t, s)
			if diff := cmp.Diff([]string{x.want}, faults); diff != "" || n != len(entries)-x.less {
				t.Errorf("%d entries; faults (-want +got):\n%s", n, diff)
			}
		})
	}
}

// A content that comes in or is settled while the ledger is read is in order
// before and after; only what was read in between looks otherwise.
func TestALedgerThatChangesWhileItIsReadHasNoFaults(t *testing.T) {
	s, f := openPlain(t)
	contents := ledgerOf(40)
	for i := range contents {
		contents[i].Created = contents[0].Created.AddDate(0, 0, -1).Add(-contents[0].Created.Sub(contents[i].Created) / 60)
	}
	addPending(t, s, contents[1:]...)
	addNoticed(t, s, contents[0])
	listed := contents[0]
	listed.Expiration = listed.Expiration.Add(time.Hour)
	late := contents[0]
	late.ID, late.Created = "late", contents[0].Created.Add(time.Hour)
	// The first answer has all of the entries, the second the pending rows.
	f.fail("content202611()", 0, 1, pageOf(40))
	f.fail("content202611()", 0, 1, func(req *http.Request) (*http.Response, error) {
		settle(t, s, Entry{Content: contents[5], State: Done}, Entry{Content: contents[30], State: Lost})
		addPending(t, s, late, listed)
		return client.Do(req)
	})
	if faults, n := faultsOf(t, s); len(faults) > 0 || n != 40 || f.left() > 0 {
		t.Errorf("%d entries, faults %v", n, faults)
	}
}

// pageOf makes storage answer with so many rows at most.
func pageOf(n int) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		q := req.URL.Query()
		q.Set("$top", fmt.Sprint(n))
		req = req.Clone(req.Context())
		req.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		return client.Do(req)
	}
}

func TestEntriesThatAreMissingAreRestored(t *testing.T) {
	s, f := open(t)
	there := ledgerOfAllStates(t, s)
	var want []Entry
	for i, c := range ledgerOf(60) {
		if i < len(there) {
			c = there[i].Content
		}
		want = append(want, Entry{Content: c, State: Unreadable, Blob: "b", Error: "x", Counts: Counts{Records: i}, Settled: at("2026-12-02T00:00:00Z")})
	}
	before := collect(t, s.Entries(t.Context(), LedgerQuery{}))
	for _, name := range []string{"at first", "again"} {
		if name == "at first" {
			f.fail("$batch", 0, 1, appliedThenBroken)
		}
		n, err := s.AddSettled(t.Context(), shuffled(1, want))
		if err != nil || n != map[string]int{"at first": 20, "again": 0}[name] {
			t.Errorf("%s: %d added, %v", name, n, err)
		}
		after := collect(t, s.Entries(t.Context(), LedgerQuery{}))
		if diff := cmp.Diff(slices.Concat(before, want[40:]), after); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if faults, _ := faultsOf(t, s); len(faults) > 0 {
		t.Errorf("faults %v", faults)
	}
}

func TestOnlyWhatIsFinalIsRestored(t *testing.T) {
	s, f := open(t)
	for _, e := range []Entry{{Content: ledgerOf(1)[0], State: Pending}, {Content: ledgerOf(1)[0]}, {State: Done}} {
		if _, err := s.AddSettled(t.Context(), []Entry{e}); err == nil {
			t.Errorf("%+v was added", e)
		}
	}
	if f.count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestDroppingAllEventsLeavesTheLedger(t *testing.T) {
	s, f := openPlain(t)
	entries := ledgerOfAllStates(t, s)
	write(t, s, event(t, entries[0].Content, 0, 1, "2026-12-01T02:00:00Z"), event(t, entries[0].Content, 1, 2, "2025-01-01T02:00:00Z"))
	want := []string{"index202612", "index202501", "events202612", "events202501"}
	names, err := s.EventTables(t.Context())
	if diff := cmp.Diff(want, names); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	dropped, err := s.DropEvents(t.Context())
	if diff := cmp.Diff(want, dropped); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if names, err := s.EventTables(t.Context()); len(names) > 0 || err != nil {
		t.Errorf("left: %v, %v", names, err)
	}
	if _, n := faultsOf(t, s); n != len(entries) {
		t.Errorf("%d entries", n)
	}
	f.fail("$batch", 0, 1, answers(404, "TableNotFound", ""))
	f.fail("POST", 1, 1, answers(409, "TableBeingDeleted", ""))
	_, err = s.WriteEvents(t.Context(), []Event{event(t, entries[0].Content, 0, 1, "2026-12-01T02:00:00Z")})
	if !BeingDropped(err) || !Unavailable(err) || f.left() > 0 {
		t.Errorf("while the name is kept: %v", err)
	}
}
