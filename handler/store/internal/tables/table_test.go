package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// put stores entities of one partition.
func put(t *testing.T, table Table, entities ...*Entity) {
	t.Helper()
	var ops []Operation
	for _, e := range entities {
		ops = append(ops, Put(e))
	}
	if verdict, err := table.Submit(t.Context(), ops); verdict != Applied || err != nil {
		t.Fatalf("%v, %v", verdict, err)
	}
}

func TestProperties(t *testing.T) {
	s, _ := open(t)
	table := s.Table("events202611")
	e := NewEntity("p", "r")
	e.Text("Text", "😀'\"")
	e.Int32("Number", -7)
	e.Count("Count", 9)
	e.Bool("Flag", true)
	e.Time("When", at("2026-11-21T12:30:00.123456789+02:00"))
	e.Binary("Data", []byte{0, 1, 255})
	put(t, table, e)
	row, etag, err := table.Get(t.Context(), "p", "r")
	if err != nil || etag == "" {
		t.Fatalf("ETag %q, %v", etag, err)
	}
	when, err1 := row.Time("When")
	data, err2 := row.Binary("Data")
	got := []any{row.Partition(), row.Key(), row.Text("Text"), row.Count("Count"), row.Bool("Flag"), when, data}
	want := []any{"p", "r", "😀'\"", 9, true, Truncate(at("2026-11-21T10:30:00.123456789Z")), []byte{0, 1, 255}}
	if diff := cmp.Diff(want, got); diff != "" || err1 != nil || err2 != nil {
		t.Errorf("%v, %v\n%s", err1, err2, diff)
	}
	if when, err := row.Time("Missing"); !when.IsZero() || err != nil || row.Text("Missing") != "" || row.Bool("Missing") {
		t.Errorf("missing property: %v, %v", when, err)
	}
	_, err1 = row.Time("Text")
	_, err2 = row.Binary("Text")
	if !errors.Is(err1, storage.ErrCorrupt) || !errors.Is(err2, storage.ErrCorrupt) {
		t.Errorf("property of another type: %v, %v", err1, err2)
	}
	var names []string
	for name := range row.All() {
		names = append(names, name)
	}
	if !slices.Contains(names, "Number") || !slices.Contains(names, "When@odata.type") {
		t.Errorf("properties %v", names)
	}
}

func TestMissingTable(t *testing.T) {
	s, _ := open(t)
	table := s.Table("events202611")
	if _, _, err := table.Get(t.Context(), "p", "r"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if rows := fixture.Collect(t, table.Rows(t.Context(), Query{})); len(rows) > 0 {
		t.Errorf("%d rows", len(rows))
	}
	if partitions, err := table.Partitions(t.Context()); len(partitions) > 0 || err != nil {
		t.Errorf("partitions %v, %v", partitions, err)
	}
	if err := s.Drop(t.Context(), table.Name); err != nil {
		t.Errorf("drop: %v", err)
	}
	put(t, table, NewEntity("p", "r"))
	if _, _, err := table.Get(t.Context(), "p", "missing"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("get a missing row: %v", err)
	}
}

func TestKeysAndPartitions(t *testing.T) {
	s, _ := open(t)
	table := s.Table("events202611")
	for _, partition := range []string{"p", "q", "r"} {
		put(t, table, NewEntity(partition, "a"), NewEntity(partition, "b"), NewEntity(partition, "c"))
	}
	found, err := table.Keys(t.Context(), "q", "b", "c")
	if diff := cmp.Diff(map[string]bool{"b": true, "c": true}, found); diff != "" || err != nil {
		t.Errorf("keys: %v\n%s", err, diff)
	}
	partitions, err := table.Partitions(t.Context())
	if diff := cmp.Diff([]string{"p", "q", "r"}, partitions); diff != "" || err != nil {
		t.Errorf("partitions: %v\n%s", err, diff)
	}
	if rows := fixture.Collect(t, table.Rows(t.Context(), Query{PageSize: 2, Select: []string{"RowKey"}})); len(rows) != 9 {
		t.Errorf("%d rows in pages of two, want 9", len(rows))
	}
}

func TestMonths(t *testing.T) {
	s, f := openPlain(t)
	for _, name := range []string{"events202611", "events202601", "events202512", "index202611", "eventsxyz"} {
		put(t, s.Table(name), NewEntity("p", "r"))
	}
	months := func(times ...string) (list []keys.Month) {
		for _, text := range times {
			list = append(list, keys.MonthOf(at(text)))
		}
		return list
	}
	all := months("2026-11-01T00:00:00Z", "2026-01-01T00:00:00Z", "2025-12-01T00:00:00Z")
	got, err := s.Months(t.Context(), "events")
	if diff := cmp.Diff(all, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, x := range []struct {
		from, to string
		unlisted int
		want     []keys.Month
		requests int
	}{
		{"2026-10-15T00:00:00Z", "2026-12-01T00:00:00Z", 2, months("2026-11-01T00:00:00Z", "2026-10-01T00:00:00Z"), 0},
		{"2026-10-15T00:00:00Z", "2026-12-01T00:00:00Z", 1, all[:1], 1},
		{"2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", 0, all[2:], 1},
		{"2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z", 0, nil, 0},
	} {
		before := f.Count("")
		got, err := s.MonthsIn(t.Context(), "events", keys.Range{From: at(x.from), To: at(x.to)}, x.unlisted)
		if diff := cmp.Diff(x.want, got); diff != "" || err != nil {
			t.Errorf("%s to %s: %v\n%s", x.from, x.to, err, diff)
		}
		if n := f.Count("") - before; n != x.requests {
			t.Errorf("%s to %s: %d requests, want %d", x.from, x.to, n, x.requests)
		}
	}
	var rows []string
	for _, row := range fixture.Collect(t, s.AllRows(t.Context(), "events", Query{})) {
		rows = append(rows, fmt.Sprintf("%v %s", row.Month, row.Name()))
	}
	want := []string{"202611 events202611/p/r", "202601 events202601/p/r", "202512 events202512/p/r"}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if err := s.Drop(t.Context(), "events202601"); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Months(t.Context(), "events"); len(got) != 2 || err != nil {
		t.Errorf("after the drop: %v, %v", got, err)
	}
}

func TestBackoffLimit(t *testing.T) {
	s := New(nil, time.Hour)
	s.sleep = func(_ context.Context, d time.Duration) error {
		if d < maxBackoff/2 || d > maxBackoff {
			t.Errorf("backoff of %v", d)
		}
		return nil
	}
	if err := s.Backoff(t.Context(), 3); err != nil {
		t.Error(err)
	}
}
