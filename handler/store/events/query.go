package events

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// columnComparisons is how many comparisons of columns fit in a filter: it has
// room for 15, and a range of keys needs four.
const columnComparisons = tables.MaxComparisons - 4

// List yields the events that q selects, newest first; events of one second are in
// the order of their ids. It reads a page at a time, and the caller may stop
// anywhere. An event that is written during the call appears if List has not passed its
// position yet.
//
// If q has Terms, List yields candidates: it may also yield events without the
// terms, and does not check RecordTypes, Numbers and Keep on events that it found
// by the index. The caller must check them.
func (ev *Events) List(ctx context.Context, q Query) iter.Seq2[Event, error] {
	read := ev.strategy(q)
	return func(yield func(Event, error) bool) {
		if q.After != "" {
			if _, err := eventKeyAt(q.After); err != nil {
				yield(Event{}, fmt.Errorf("read events: %w", err))
				return
			}
		}
		for e, err := range read(ctx, q) {
			if err != nil {
				err = fmt.Errorf("read events: %w", err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// ByID returns all events with this Id, newest first. There is more than one if the
// source gave the Id to events of different times.
func (ev *Events) ByID(ctx context.Context, id string) (found []Event, err error) {
	id = strings.TrimSpace(id)
	if id == "" {
		return nil, nil // records without an Id share no key
	}
	key := (&audit.Record{ID: id}).Key()
	for e, err := range ev.List(ctx, Query{Terms: [][]Term{{ofID(key)}}}) {
		if err != nil {
			return nil, err
		}
		if e.Record.Key() == key {
			found = append(found, e)
		}
	}
	return found, nil
}

// Get returns the event at a position. The error is ErrNotFound if the store
// does not hold it.
func (ev *Events) Get(ctx context.Context, at Position) (Event, error) {
	key, err := eventKeyAt(at)
	if err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	row, _, err := ev.tables.Table(key.table()).Get(ctx, key.partition(), key.row())
	if err != nil {
		return Event{}, err
	}
	return ev.readEvent(ctx, row)
}

// after returns the key of q.After, which List has checked; the zero key without
// one.
func (q Query) after() eventKey {
	key, _ := eventKeyAt(q.After)
	return key
}

func (q Query) times() keys.Range { return keys.Range{From: q.From, To: q.To} }

func (q Query) hasEnough() bool { return q.Enough != nil && q.Enough() }

// monthsOf returns the months that may hold what q selects, newest first. It does
// not ask the service which tables exist if there are at most unlisted months.
func (ev *Events) monthsOf(ctx context.Context, prefix string, q Query, unlisted int) ([]keys.Month, error) {
	months, err := ev.tables.MonthsIn(ctx, prefix, q.times(), unlisted)
	if q.After != "" {
		months = slices.DeleteFunc(months, func(m keys.Month) bool { return m > q.after().month })
	}
	return months, err
}

// overMonths returns a sequence of one function for each month, for [seq.Ahead].
func overMonths[T any](months []keys.Month, read func(context.Context, keys.Month) iter.Seq2[T, error]) iter.Seq[func(context.Context) iter.Seq2[T, error]] {
	return func(yield func(func(context.Context) iter.Seq2[T, error]) bool) {
		for _, m := range months {
			if !yield(func(ctx context.Context) iter.Seq2[T, error] { return read(ctx, m) }) {
				return
			}
		}
	}
}

// selects checks what the keys and the filter leave open: fractions of seconds,
// and numbers that the filter has no room for.
func (q Query) selects(r *audit.Record) bool {
	for attribute, wanted := range q.Numbers {
		if n, ok := r.Int(attribute); !ok || !slices.Contains(wanted, n) {
			return false
		}
	}
	return q.times().Contains(r.CreationTime) &&
		(len(q.RecordTypes) == 0 || slices.Contains(q.RecordTypes, r.RecordType))
}

// A keyRange is the rows of one month that a query selects by their keys.
type keyRange struct {
	newest, oldest int64  // seconds
	after          string // RowKey to start after; "": start with the newest second
}

func (q Query) keyRange(m keys.Month) keyRange {
	var r keyRange
	r.newest, r.oldest = q.times().Seconds()
	if after := q.after(); q.After != "" && after.month == m && after.second <= r.newest {
		r.newest, r.after = after.second, after.row()
	}
	return r
}

// partitions selects the hours of the range.
func (r keyRange) partitions() tables.Filter {
	return tables.Between("PartitionKey", keys.InvertedHour(r.newest), keys.InvertedHour(r.oldest))
}

// rows selects the RowKeys of the range that consist of prefix and an event's
// RowKey.
func (r keyRange) rows(prefix string) tables.Filter {
	first := tables.Compare("RowKey", "ge", prefix+keys.InvertedSecond(r.newest))
	if r.after != "" {
		first = tables.Compare("RowKey", "gt", prefix+r.after)
	}
	return tables.And(first, tables.Compare("RowKey", "lt", keys.PrefixEnd(prefix+keys.InvertedSecond(r.oldest))))
}

// columns selects by record type and numbers, as far as they fit in a filter.
func (q Query) columns() tables.Filter {
	f := isOneOf(colRecordType, q.RecordTypes)
	if f.Comparisons > columnComparisons {
		f = tables.Filter{}
	}
	for _, attribute := range slices.Sorted(maps.Keys(q.Numbers)) {
		more := isOneOf(attribute.Name(), q.Numbers[attribute])
		if f.Comparisons+more.Comparisons <= columnComparisons {
			f = tables.And(f, more)
		}
	}
	return f
}

// isOneOf selects the rows whose column has one of these values; all rows for an empty
// list.
func isOneOf[T ~int32](column string, values []T) tables.Filter {
	var filters []tables.Filter
	for _, v := range values {
		filters = append(filters, tables.CompareInt32(column, "eq", int32(v)))
	}
	return tables.Or(filters...)
}

// earlierHour returns the start of the hour that lies d before t, but not before
// from.
func earlierHour(t time.Time, d time.Duration, from time.Time) time.Time {
	if h := t.Add(-d).Truncate(time.Hour); h.After(from) {
		return h
	}
	return from
}
