package events

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// A stretch is a part of a month that is read as one range of keys.
type stretch struct {
	store *Events
	month keys.Month
	query Query
	most  int // rows to read; 0: all

	first, last string // RowKeys of the rows that were read
	more        bool   // there were most rows, and there may be others
	rows        atomic.Int64
	ended       atomic.Bool
}

// events yields the events of the stretch.
func (t *stretch) events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for f, err := range t.read(ctx) {
			var e Event
			var kept bool
			if err == nil {
				e, kept, err = t.store.readKept(ctx, f, t.query.Keep)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			if kept && t.query.wants(&e.Record) && !yield(e, nil) {
				return
			}
		}
	}
}

// read yields the rows of the stretch, and notes which they were.
func (t *stretch) read(ctx context.Context) iter.Seq2[tables.Properties, error] {
	return func(yield func(tables.Properties, error) bool) {
		span := t.query.span(t.month)
		q := tables.Query{Filter: tables.And(span.partitions(), span.rows(""), t.query.columns()), Select: eventFields(), Page: t.query.Limit}
		for f, err := range t.store.tables.Table(t.month.Table(eventsPrefix)).Rows(ctx, q) {
			if err == nil {
				t.note(f.Key())
			}
			if !yield(f, err) || err != nil {
				return
			}
			if t.most > 0 && t.rows.Load() == int64(t.most) {
				t.more = true
				return
			}
		}
		t.ended.Store(true)
	}
}

func (t *stretch) note(key string) {
	if t.last = key; t.rows.Add(1) == 1 {
		t.first = key
	}
}

// rest is where a stretch that did not come to its end is to be gone on with,
// and how long further ones are to be, as its rows suggest.
func (t *stretch) rest() (after eventKey, length time.Duration, err error) {
	first, err := eventKeyOfRow(t.month, t.first)
	if err != nil {
		return eventKey{}, 0, err
	}
	if after, err = eventKeyOfRow(t.month, t.last); err != nil {
		return eventKey{}, 0, err
	}
	lasted := time.Duration(first.second-after.second+1) * time.Second
	return after, min(max(lasted*stretchRows/time.Duration(t.rows.Load()), time.Hour), longestStretch), nil
}

// next is the length of one that follows this one, which was this long.
func (t *stretch) next(length time.Duration) time.Duration {
	switch rows := t.rows.Load(); {
	case rows > 2*stretchRows:
		return max(length/2, time.Hour)
	case t.ended.Load() && rows < stretchRows/2:
		return min(2*length, longestStretch)
	}
	return length
}
