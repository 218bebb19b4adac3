package ledger

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// faultsOf returns the faults that Check yields, as "fault: id state", and the
// number of other entries.
func faultsOf(t testing.TB, s *Ledger) (faults []string, entries int) {
	t.Helper()
	for _, e := range fixture.Collect(t, s.Check(t.Context())) {
		if e.Fault == "" {
			entries++
			continue
		}
		faults = append(faults, fmt.Sprintf("%s: %s %q", e.Fault, e.ID, e.State))
	}
	slices.Sort(faults)
	return faults, entries
}

// allStates fills a ledger with entries of every state, two months and two types.
func allStates(t testing.TB, s *Ledger) (entries []Entry) {
	t.Helper()
	contents := fixture.Contents(40)
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
func removeRow(t testing.TB, s *Ledger, e Entry, key string) {
	t.Helper()
	k := keyOf(e.Content)
	// It clashes if an earlier attempt did it and its response was lost.
	_, err := s.tables.Table(k.table()).Submit(t.Context(), []tables.Operation{tables.Delete(k.partition, key)})
	if err != nil {
		t.Fatal(err)
	}
}

// putRow writes one row of the ledger, whatever is stored.
func putRow(t testing.TB, s *Ledger, e Entry, key string) {
	t.Helper()
	k := keyOf(e.Content)
	if _, err := s.tables.Table(k.table()).Submit(t.Context(), []tables.Operation{tables.Put(newEntity(e, key))}); err != nil {
		t.Fatal(err)
	}
}

func TestCheckNoFaults(t *testing.T) {
	s, _ := open(t)
	want := allStates(t, s)
	if faults, n := faultsOf(t, s); len(faults) > 0 || n != len(want) {
		t.Errorf("%d entries, faults %v", n, faults)
	}
}

func TestCheckFaults(t *testing.T) {
	for name, x := range map[string]struct {
		damage func(*testing.T, *Ledger, []Entry)
		want   string
		less   int // entries that are no longer in order
	}{
		"pending row missing": {func(t *testing.T, s *Ledger, e []Entry) {
			removeRow(t, s, e[2], keyOf(e[2].Content).pendingRow(e[2].Expiration))
		}, `without pointer: content$2 "pending"`, 0},
		"pending row of a done entry": {func(t *testing.T, s *Ledger, e []Entry) {
			putRow(t, s, e[0], keyOf(e[0].Content).pendingRow(e[0].Expiration))
		}, `without entry: content$0 "done"`, 0},
		"entry missing, pending row left": {func(t *testing.T, s *Ledger, e []Entry) {
			removeRow(t, s, e[4], keyOf(e[4].Content).row())
		}, `without entry: content$4 ""`, 1},
		"second pending row": {func(t *testing.T, s *Ledger, e []Entry) {
			later := e[2]
			later.Expiration = later.Expiration.AddDate(0, 0, 1)
			putRow(t, s, later, keyOf(later.Content).pendingRow(later.Expiration))
		}, `without entry: content$2 "pending"`, 0},
		"row of another content blob": {func(t *testing.T, s *Ledger, e []Entry) {
			putRow(t, s, Entry{Content: content("x", "2026-12-01T07:00:00Z"), State: Done}, keyOf(e[0].Content).row())
		}, `misfiled: x "done"`, 1},
		"invalid state": {func(t *testing.T, s *Ledger, e []Entry) {
			e[0].State = "finished"
			putRow(t, s, e[0], keyOf(e[0].Content).row())
		}, `misfiled: content$0 "finished"`, 1},
		"invalid key": {func(t *testing.T, s *Ledger, e []Entry) {
			putRow(t, s, e[0], "z_by_hand")
		}, `misfiled: content$0 "done"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			entries := allStates(t, s)
			x.damage(t, s, entries)
			faults, n := faultsOf(t, s)
			if diff := cmp.Diff([]string{x.want}, faults); diff != "" || n != len(entries)-x.less {
				t.Errorf("%d entries; faults (-want +got):\n%s", n, diff)
			}
		})
	}
}

// A content blob that is added or settled during a check is in order before and
// after. Only rows read at different times disagree.
func TestCheckWhileChanging(t *testing.T) {
	s, f := openPlain(t)
	contents := fixture.Contents(40)
	for i := range contents {
		contents[i].Created = contents[0].Created.AddDate(0, 0, -1).Add(-contents[0].Created.Sub(contents[i].Created) / 60)
	}
	addPending(t, s, contents[1:]...)
	addNotified(t, s, contents[0])
	listed := contents[0]
	listed.Expiration = listed.Expiration.Add(time.Hour)
	late := contents[0]
	late.ID, late.Created = "late", contents[0].Created.Add(time.Hour)
	// The first page holds all entries, the second the pending rows.
	f.Fail("content202611()", 0, 1, fixture.PageOf(40))
	f.Fail("content202611()", 0, 1, func(req *http.Request) (*http.Response, error) {
		settle(t, s, Entry{Content: contents[5], State: Done}, Entry{Content: contents[30], State: Lost})
		addPending(t, s, late, listed)
		return fixture.Send(req)
	})
	if faults, n := faultsOf(t, s); len(faults) > 0 || n != 40 || f.Left() > 0 {
		t.Errorf("%d entries, faults %v", n, faults)
	}
}
