package events

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Outcome says what became of one event that was written.
type Outcome uint8

const (
	// Row: the event is the row, written now or by an earlier try of the same content.
	Row Outcome = iota + 1
	// Duplicate: the row was there, of another content or from another place
	// in this one, and says the same.
	Duplicate
	// Conflict: the row was there, of another content or from another place in
	// this one, and says something else under the same id.
	Conflict
)

// WriteEvents writes events and their entries in the index, and returns what
// became of each event, in the same order. It may be called again with the same events after any error, and at
// the same time by another run.
//
// Events of one id become one row, that of the earliest content (by
// contentCreated, then content id, then index): where the row that is there is
// a later one's it is replaced, and the outcome is Duplicate or Conflict all
// the same, because that row has been counted. A call that repeats one which
// did so but could not say it answers Row.
func (s *Events) Write(ctx context.Context, events []Event) ([]Outcome, error) {
	for _, e := range events {
		if err := keys.CheckContent(e.Content); err != nil {
			return nil, fmt.Errorf("write events: %w", err)
		}
	}
	w := eventWriter{s, events, make([]Outcome, len(events))}
	if err := w.writeAll(ctx); err != nil {
		return nil, fmt.Errorf("write events: %w", err)
	}
	// After the rows, so that no entry leads nowhere. A crash before this line,
	// or within it, leaves rows that the index does not find; their contents
	// are not done yet, and the same call, made again, writes what is missing.
	if err := s.writeIndex(ctx, events); err != nil {
		return nil, fmt.Errorf("write index: %w", err)
	}
	return w.outcomes, nil
}

// A place is one row to write: the events of a call that have its key, the
// earliest first. The events are numbers in the call's list.
type place struct {
	key    eventKey
	events []int
	etag   azcore.ETag // of the row to replace; "": insert
}

// places sorts events into rows, in the order of their tables and keys.
func places(events []Event) []place {
	all := make([]place, len(events))
	for i, e := range events {
		all[i] = place{key: keyOf(e), events: []int{i}}
	}
	slices.SortStableFunc(all, func(a, b place) int {
		if c := compareKeys(a.key, b.key); c != 0 {
			return c
		}
		if events[a.events[0]].earlier(events[b.events[0]]) {
			return -1
		}
		return 1
	})
	merged := all[:0]
	for _, p := range all {
		if n := len(merged); n > 0 && merged[n-1].key == p.key {
			merged[n-1].events = append(merged[n-1].events, p.events...)
			continue
		}
		merged = append(merged, p)
	}
	return merged
}

// compareKeys is the order of rows in their tables, newest first.
func compareKeys(a, b eventKey) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(b.second, a.second), cmp.Compare(a.id, b.id))
}

// batches cuts sorted places into what one transaction may hold.
func batches(places []place) func(yield func([]place) bool) {
	return func(yield func([]place) bool) {
		for len(places) > 0 {
			n := 1
			for n < len(places) && n < tables.MaxOperations && places[n].key.month == places[0].key.month &&
				places[n].key.second/3600 == places[0].key.second/3600 {
				n++
			}
			if !yield(places[:n:n]) {
				return
			}
			places = places[n:]
		}
	}
}

// An eventWriter is one call of WriteEvents.
type eventWriter struct {
	store    *Events
	events   []Event
	outcomes []Outcome // 0: not known yet
}

func (w *eventWriter) writeAll(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range batches(places(w.events)) {
		g.Go(func() error { return w.write(ctx, w.store.tables.Table(batch[0].key.table()), batch) })
	}
	return g.Wait()
}

// write writes one batch. It first tries to insert all of it, which is what
// new events need, and reads only if that says that something is there.
func (w *eventWriter) write(ctx context.Context, t tables.Table, batch []place) error {
	for range tables.MaxRounds {
		if len(batch) == 0 {
			return nil
		}
		ops := make([]tables.Operation, len(batch))
		for i, p := range batch {
			ops[i] = w.operation(p)
		}
		if len(batch) > 1 && tables.TransactionSize(ops) > tables.MaxTransaction {
			return w.writeHalves(ctx, t, batch)
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil {
			return err
		}
		if verdict == tables.Applied {
			w.settle(batch)
			return nil
		}
		if batch, err = w.resolve(ctx, t, batch); err != nil {
			return err
		}
	}
	return fmt.Errorf("write %s: %w %d times over", t.Name, storage.ErrConflict, tables.MaxRounds)
}

func (w *eventWriter) writeHalves(ctx context.Context, t tables.Table, batch []place) error {
	half := len(batch) / 2
	if err := w.write(ctx, t, batch[:half]); err != nil {
		return err
	}
	return w.write(ctx, t, batch[half:])
}

func (w *eventWriter) operation(p place) tables.Operation {
	r := w.store.eventRow(w.events[p.events[0]])
	if p.etag != "" {
		return tables.Replace(r, p.etag)
	}
	return tables.Insert(r)
}

// settle gives the events of rows that were inserted their outcome. Those of
// rows that were replaced have theirs.
func (w *eventWriter) settle(batch []place) {
	for _, p := range batch {
		first := w.events[p.events[0]]
		w.decide(p.events[0], Row)
		for _, i := range p.events[1:] {
			w.decide(i, sameOrNot(w.events[i].Record.JSON, first.Record.JSON))
		}
	}
}

// decide sets an outcome that is not known yet: what was found first stays.
func (w *eventWriter) decide(event int, o Outcome) {
	if w.outcomes[event] == 0 {
		w.outcomes[event] = o
	}
}

func sameOrNot(a, b []byte) Outcome {
	if audit.Equal(a, b) {
		return Duplicate
	}
	return Conflict
}
