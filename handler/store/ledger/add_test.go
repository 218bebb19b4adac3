package ledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func TestAddPending(t *testing.T) {
	s, f := openPlain(t)
	contents := fixture.Contents(120)
	if n := addPending(t, s, fixture.Shuffled(1, contents)...); n != 120 {
		t.Errorf("%d added", n)
	}
	if diff := cmp.Diff(fresh(contents), fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
		t.Errorf("the ledger (-want +got):\n%s", diff)
	}
	oldestFirst := slices.Clone(contents)
	slices.Reverse(oldestFirst)
	if diff := cmp.Diff(fresh(oldestFirst), fixture.Collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
	before := f.Count("")
	if n := addPending(t, s, contents...); n != 0 {
		t.Errorf("%d added again", n)
	}
	if n := f.Count("") - before; n != 2 {
		t.Errorf("%d requests to find that two months hold all, want 2", n)
	}
}

func TestAddPendingKeepsEntries(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(4)
	addPending(t, s, contents[:3]...)
	settle(t, s, Entry{Content: contents[0], State: Done}, Entry{Content: contents[1], State: Pending, Tries: 3},
		Entry{Content: contents[2], State: Lost})
	if n := addPending(t, s, contents...); n != 1 {
		t.Errorf("%d added", n)
	}
	again := slices.Clone(contents)
	for i := range again {
		again[i].Expiration = again[i].Expiration.Add(time.Hour) // a notification may state another one
	}
	if n := addPending(t, s, again...); n != 0 {
		t.Errorf("%d added", n)
	}
	if diff := cmp.Diff([]string{"content$3 tried 0", "content$1 tried 3"}, pendingOf(t, s)); diff != "" {
		t.Error(diff)
	}
}

func TestAddPendingFarApart(t *testing.T) {
	s, f := open(t)
	contents := fixture.Contents(48)
	addPending(t, s, contents...)
	read := 0
	f.Fail("content", 0, 100, fixture.Rewrite(func(b []byte) []byte { read += strings.Count(string(b), `"RowKey"`); return b }))
	if n := addPending(t, s, contents[0], contents[10], contents[11], contents[40]); n != 0 || read != 4 {
		t.Errorf("%d added, %d rows read, want 4", n, read)
	}
}

func TestAddPendingTwiceInOneCall(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	if n := addPending(t, s, c, c, c); n != 1 {
		t.Errorf("%d added", n)
	}
}
