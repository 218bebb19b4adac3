package events

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// columnComparisons is how many columns the service can look at: a filter has
// room for 15 comparisons, and a range of keys takes four of them.
const columnComparisons = tables.MaxComparisons - 4

// Events returns what q asks for, newest first; of one second, by id. It reads
// a page at a time and may be stopped anywhere. Events that are written
// meanwhile appear where they belong, if that lies ahead.
//
// Where q has Terms it reads candidates, which the index or a range of keys
// gave, and returns all of them: what else q asks for is then the caller's to
// check.
func (s *Events) List(ctx context.Context, q Query) iter.Seq2[Event, error] {
	read := s.scanned
	switch {
	case len(q.Terms) == 0:
	case q.coarse():
		read = s.hybrid
	default:
		read = s.indexed
	}
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

// after is the key of After, which Events has checked; the zero key if there
// is none.
func (q Query) after() eventKey {
	key, _ := eventKeyAt(q.After)
	return key
}

// monthsOf returns the months that may have what q asks for, newest first:
// without a look at which there are, if they are no more than unseen.
func (s *Events) monthsOf(ctx context.Context, prefix string, q Query, unseen int) ([]keys.Month, error) {
	months, err := s.tables.MonthsBetween(ctx, prefix, q.From, q.To, unseen)
	if q.After != "" {
		months = slices.DeleteFunc(months, func(m keys.Month) bool { return m > q.after().month })
	}
	return months, err
}

// wants checks what keys do not say: fractions of seconds, and times and
// numbers that the filter has no room for.
func (q Query) wants(r *audit.Record) bool {
	for attribute, wanted := range q.Numbers {
		if n, ok := r.Int(attribute); !ok || !slices.Contains(wanted, n) {
			return false
		}
	}
	return keys.Within(r.CreationTime, q.From, q.To) &&
		(len(q.RecordTypes) == 0 || slices.Contains(q.RecordTypes, r.RecordType))
}

// A span is the rows of one month that a query asks for, by their keys.
type span struct {
	newest, oldest int64
	after          string // RowKey; "": from the newest second on
}

func (q Query) span(m keys.Month) span {
	var s span
	s.newest, s.oldest = keys.Bounds(q.From, q.To)
	if after := q.after(); q.After != "" && after.month == m && after.second <= s.newest {
		s.newest, s.after = after.second, after.row()
	}
	return s
}

// partitions are the hours of the span.
func (s span) partitions() tables.Filter {
	return tables.Between("PartitionKey", keys.InvertedHour(s.newest), keys.InvertedHour(s.oldest))
}

// rows are the RowKeys of the span that begin with prefix, which is followed
// by an event's.
func (s span) rows(prefix string) tables.Filter {
	first := tables.Compare("RowKey", "ge", prefix+keys.InvertedSecond(s.newest))
	if s.after != "" {
		first = tables.Compare("RowKey", "gt", prefix+s.after)
	}
	return tables.And(first, tables.Compare("RowKey", "lt", keys.PrefixEnd(prefix+keys.InvertedSecond(s.oldest))))
}

// columns is what columns must be, as far as a filter has room for it: the
// lists that fit.
func (q Query) columns() tables.Filter {
	f := oneOf(colRecordType, q.RecordTypes)
	if f.Comparisons > columnComparisons {
		f = tables.Filter{}
	}
	for _, attribute := range slices.Sorted(maps.Keys(q.Numbers)) {
		more := oneOf(attribute.Name(), q.Numbers[attribute])
		if f.Comparisons+more.Comparisons <= columnComparisons {
			f = tables.And(f, more)
		}
	}
	return f
}

// oneOf says that a column has one of these values; nothing if there are none.
func oneOf[T ~int32](column string, values []T) tables.Filter {
	var any []tables.Filter
	for _, v := range values {
		any = append(any, tables.CompareInt32(column, "eq", int32(v)))
	}
	return tables.Or(any...)
}
