package store

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// columnComparisons is how many columns the service can look at: a filter has
// room for 15 comparisons, and a range of keys takes four of them.
const columnComparisons = maxComparisons - 4

// Events returns what q asks for, newest first; of one second, by id. It reads
// a page at a time and may be stopped anywhere. Events that are written
// meanwhile appear where they belong, if that lies ahead.
//
// Where q has Terms it reads candidates, which the index or a range of keys
// gave, and returns all of them: what else q asks for is then the caller's to
// check.
func (s *Store) Events(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
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
func (q EventQuery) after() eventKey {
	key, _ := eventKeyAt(q.After)
	return key
}

// monthsOf returns the months that may have what q asks for, newest first:
// without a look at which there are, if they are no more than unseen.
func (s *Store) monthsOf(ctx context.Context, prefix string, q EventQuery, unseen int) ([]month, error) {
	months, err := s.monthsBetween(ctx, prefix, q.From, q.To, unseen)
	if q.After != "" {
		months = slices.DeleteFunc(months, func(m month) bool { return m > q.after().month })
	}
	return months, err
}

// wants checks what keys do not say: fractions of seconds, and times and
// numbers that the filter has no room for.
func (q EventQuery) wants(r *audit.Record) bool {
	for attribute, wanted := range q.Numbers {
		if n, ok := r.Int(attribute); !ok || !slices.Contains(wanted, n) {
			return false
		}
	}
	return within(r.CreationTime, q.From, q.To) &&
		(len(q.RecordTypes) == 0 || slices.Contains(q.RecordTypes, r.RecordType))
}

// A span is the rows of one month that a query asks for, by their keys.
type span struct {
	newest, oldest int64
	after          string // RowKey; "": from the newest second on
}

func (q EventQuery) span(m month) span {
	var s span
	s.newest, s.oldest = bounds(q.From, q.To)
	if after := q.after(); q.After != "" && after.month == m && after.second <= s.newest {
		s.newest, s.after = after.second, after.row()
	}
	return s
}

// partitions are the hours of the span.
func (s span) partitions() filter {
	return keyBetween("PartitionKey", invertedHour(s.newest), invertedHour(s.oldest))
}

// rows are the RowKeys of the span that begin with prefix, which is followed
// by an event's.
func (s span) rows(prefix string) filter {
	first := compare("RowKey", "ge", prefix+invertedSecond(s.newest))
	if s.after != "" {
		first = compare("RowKey", "gt", prefix+s.after)
	}
	return all(first, compare("RowKey", "lt", behind(prefix+invertedSecond(s.oldest))))
}

// columns is what columns must be, as far as a filter has room for it: the
// lists that fit.
func (q EventQuery) columns() filter {
	f := oneOf(colRecordType, q.RecordTypes)
	if f.comparisons > columnComparisons {
		f = filter{}
	}
	for _, attribute := range slices.Sorted(maps.Keys(q.Numbers)) {
		more := oneOf(attribute.Name(), q.Numbers[attribute])
		if f.comparisons+more.comparisons <= columnComparisons {
			f = all(f, more)
		}
	}
	return f
}

// oneOf says that a column has one of these values; nothing if there are none.
func oneOf[T ~int32](column string, values []T) filter {
	var any []filter
	for _, v := range values {
		any = append(any, compareNumber(column, "eq", int32(v)))
	}
	return anyOf(any...)
}

// behind is greater than every key that begins with prefix: the tilde comes
// after the whole key alphabet.
func behind(prefix string) string { return prefix + "~" }

// bounds are the newest and the oldest second of [from, to).
func bounds(from, to time.Time) (newest, oldest int64) {
	newest = lastSecond
	if !to.IsZero() {
		newest = keySecond(to.Add(-1))
	}
	if !from.IsZero() {
		oldest = keySecond(from)
	}
	return newest, oldest
}

// within reports whether t is in [from, to), a zero time being no bound.
func within(t, from, to time.Time) bool {
	return (from.IsZero() || !t.Before(from)) && (to.IsZero() || t.Before(to))
}

// monthsBetween returns the months of [from, to) that may have a table,
// newest first. It asks the service which there are only if they may be more
// than unseen.
func (s *Store) monthsBetween(ctx context.Context, prefix string, from, to time.Time, unseen int) ([]month, error) {
	if !from.IsZero() && !to.IsZero() {
		if !from.Before(to) {
			return nil, nil
		}
		newest, oldest := monthOf(to.Add(-1)), monthOf(from)
		if int(newest-oldest) < unseen {
			return countDown(newest, oldest), nil
		}
	}
	months, err := s.months(ctx, prefix)
	return slices.DeleteFunc(months, func(m month) bool {
		return !to.IsZero() && !m.start().Before(to) || !from.IsZero() && !from.Before((m+1).start())
	}), err
}

func earlierOf(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// countDown are the months from the newest to the oldest.
func countDown(newest, oldest month) (months []month) {
	for m := newest; m >= oldest; m-- {
		months = append(months, m)
	}
	return months
}
