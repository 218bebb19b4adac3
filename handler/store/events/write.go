package events

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// An Outcome is what became of an event that was written.
type Outcome uint8

const (
	// Row means that the event is the row, written now or by an earlier attempt
	// for the same content blob.
	Row Outcome = iota + 1
	// Duplicate means that a row from another content blob, or from another index
	// in this one, holds an equal record.
	Duplicate
	// Conflict means that a row from another content blob, or from another index in
	// this one, holds a different record under the same id.
	Conflict
)

// Write stores events and their index entries. It returns the outcome of each
// event, in the same order. It can be repeated with the same events after any
// error, and run at the same time elsewhere.
//
// Events of one id become one row: that of the earliest content blob, by
// contentCreated, then content id, then index. If the stored row is from a later
// one, Write replaces it, but still returns Duplicate or Conflict, because the
// earlier write of that row has been counted as a Row. If a call that replaced a
// row fails, the repeated call returns Row for it.
func (ev *Events) Write(ctx context.Context, events []Event) ([]Outcome, error) {
	for _, e := range events {
		if err := keys.CheckContent(e.Content); err != nil {
			return nil, fmt.Errorf("write events: %w", err)
		}
	}
	w := writer{ev, events, make([]Outcome, len(events))}
	if err := w.writeRows(ctx); err != nil {
		return nil, fmt.Errorf("write events: %w", err)
	}
	// The index comes after the rows, so that every entry has a row. A crash before
	// or during this step leaves rows that the index does not find. Their content
	// blobs are not done yet, so the same call is made again and completes the index.
	if err := ev.writeIndex(ctx, events); err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	return w.outcomes, nil
}

// A rowWrite is a row to write, and the events of a call that have its key,
// earliest first, as indexes into the call's list.
type rowWrite struct {
	key    eventKey
	events []int
	etag   azcore.ETag // of the row to replace; "": insert
}

// rowWrites groups events by key, in the order of their tables and keys.
func rowWrites(events []Event) []rowWrite {
	all := make([]rowWrite, len(events))
	for i, e := range events {
		all[i] = rowWrite{key: keyOf(e), events: []int{i}}
	}
	slices.SortStableFunc(all, func(a, b rowWrite) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		if events[a.events[0]].Precedes(events[b.events[0]]) {
			return -1
		}
		return 1
	})
	grouped := all[:0]
	for _, r := range all {
		if n := len(grouped); n > 0 && grouped[n-1].key == r.key {
			grouped[n-1].events = append(grouped[n-1].events, r.events...)
			continue
		}
		grouped = append(grouped, r)
	}
	return grouped
}

// compareKeys sorts rows as their tables do, newest first.
func compareKeys(a, b eventKey) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(b.second, a.second), cmp.Compare(a.id, b.id))
}

// batches splits sorted rows into batches that one transaction can hold: at most
// 100 of one partition, which is an hour.
func batches(rows []rowWrite) iter.Seq[[]rowWrite] {
	return func(yield func([]rowWrite) bool) {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && n < tables.MaxOperations && rows[n].key.month == rows[0].key.month &&
				rows[n].key.second/3600 == rows[0].key.second/3600 {
				n++
			}
			if !yield(rows[:n:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

// A writer is one call of [Events.Write].
type writer struct {
	ev       *Events
	events   []Event
	outcomes []Outcome // 0: not known yet
}

func (w *writer) writeRows(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range batches(rowWrites(w.events)) {
		g.Go(func() error { return w.write(ctx, w.ev.tables.Table(batch[0].key.table()), batch) })
	}
	return g.Wait()
}

// write writes one batch. It first tries to insert all rows, which is enough for
// new events. Only if that is not applied does it read what is stored.
func (w *writer) write(ctx context.Context, t tables.Table, batch []rowWrite) error {
	for range tables.MaxRounds {
		if len(batch) == 0 {
			return nil
		}
		ops := make([]tables.Operation, len(batch))
		for i, r := range batch {
			ops[i] = w.operation(r)
		}
		if len(batch) > 1 && tables.TransactionSize(ops) > tables.MaxTransaction {
			return w.writeHalves(ctx, t, batch)
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil {
			return err
		}
		if verdict == tables.Applied {
			w.setInserted(batch)
			return nil
		}
		if batch, err = w.resolve(ctx, t, batch); err != nil {
			return err
		}
	}
	return fmt.Errorf("write %s: %w %d times", t.Name, storage.ErrConflict, tables.MaxRounds)
}

func (w *writer) writeHalves(ctx context.Context, t tables.Table, batch []rowWrite) error {
	half := len(batch) / 2
	if err := w.write(ctx, t, batch[:half]); err != nil {
		return err
	}
	return w.write(ctx, t, batch[half:])
}

func (w *writer) operation(r rowWrite) tables.Operation {
	row := w.ev.eventRow(w.events[r.events[0]])
	if r.etag != "" {
		return tables.Replace(row, r.etag)
	}
	return tables.Insert(row)
}

// setInserted sets the outcomes of the events of rows that were inserted. Those of
// replaced rows have been set when the rows were compared.
func (w *writer) setInserted(batch []rowWrite) {
	for _, r := range batch {
		first := w.events[r.events[0]]
		w.setOutcome(r.events[0], Row)
		for _, i := range r.events[1:] {
			w.setOutcome(i, compareRecords(w.events[i].Record.JSON, first.Record.JSON))
		}
	}
}

// setOutcome sets an outcome that is not known yet. The first finding stays.
func (w *writer) setOutcome(event int, o Outcome) {
	if w.outcomes[event] == 0 {
		w.outcomes[event] = o
	}
}

func compareRecords(a, b []byte) Outcome {
	if audit.Equal(a, b) {
		return Duplicate
	}
	return Conflict
}
