package store

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// columnComparisons is how many columns the service can look at: a filter has
// room for 15 comparisons, and a range of keys takes four of them.
const columnComparisons = maxComparisons - 4

// Events returns what q asks for, newest first; of one second, by id. It reads
// a page at a time and may be stopped anywhere. Events that are written
// meanwhile appear where they belong, if that lies ahead.
func (s *Store) Events(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := s.eventMonths(ctx, q)
		if err != nil {
			yield(Event{}, fmt.Errorf("read events: %w", err))
			return
		}
		for _, m := range months {
			if !s.eventsOf(ctx, m, q, yield) {
				return
			}
		}
	}
}

// eventMonths returns the months that may have what q asks for, newest first.
func (s *Store) eventMonths(ctx context.Context, q EventQuery) ([]month, error) {
	months, err := s.monthsBetween(ctx, eventsPrefix, q.From, q.To)
	if err != nil || q.After == "" {
		return months, err
	}
	after, err := eventKeyAt(q.After)
	return slices.DeleteFunc(months, func(m month) bool { return m > after.month }), err
}

// eventsOf yields one month's events; false if that was the end.
func (s *Store) eventsOf(ctx context.Context, m month, q EventQuery, yield func(Event, error) bool) bool {
	filter, err := q.filter(m)
	if err != nil {
		yield(Event{}, fmt.Errorf("read events: %w", err))
		return false
	}
	rows := s.table(m.table(eventsPrefix)).rows(ctx, query{filter, eventFields(), q.Limit})
	for f, err := range rows {
		var e Event
		var kept bool
		if err == nil {
			e, kept, err = s.readKept(ctx, f, q.Keep)
		}
		if err != nil {
			yield(Event{}, fmt.Errorf("read events: %w", err))
			return false
		}
		if kept && q.wants(&e.Record) && !yield(e, nil) {
			return false
		}
	}
	return true
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

// filter is one range of keys, the same in each month, and what the service
// can see in the columns.
func (q EventQuery) filter(m month) (filter, error) {
	newest, oldest := bounds(q.From, q.To)
	lower := compare("RowKey", "ge", invertedSecond(newest))
	if q.After != "" {
		after, err := eventKeyAt(q.After)
		if err != nil {
			return filter{}, err
		}
		if after.month == m && after.second <= newest {
			newest, lower = after.second, compare("RowKey", "gt", after.row())
		}
	}
	return all(
		keyBetween("PartitionKey", invertedHour(newest), invertedHour(oldest)),
		lower,
		compare("RowKey", "lt", behind(invertedSecond(oldest))),
		q.columns(),
	), nil
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
// newest first. It asks the service only where there may be many.
func (s *Store) monthsBetween(ctx context.Context, prefix string, from, to time.Time) ([]month, error) {
	if !from.IsZero() && !to.IsZero() {
		if !from.Before(to) {
			return nil, nil
		}
		newest, oldest := monthOf(to.Add(-1)), monthOf(from)
		if newest-oldest < 2 {
			return []month{newest, oldest}[:newest-oldest+1], nil
		}
	}
	months, err := s.months(ctx, prefix)
	return slices.DeleteFunc(months, func(m month) bool {
		return !to.IsZero() && !m.start().Before(to) || !from.IsZero() && !from.Before((m+1).start())
	}), err
}

// EventsByID returns all events with this Id, newest first: more than one if
// the source gave the Id to events of different times. It reads the keys of
// every month that there is.
func (s *Store) EventsByID(ctx context.Context, id string) ([]Event, error) {
	if id = strings.TrimSpace(id); id == "" {
		return nil, nil // records that have no Id share no key
	}
	ending := "_" + (&audit.Record{ID: id}).Key()
	months, err := s.months(ctx, eventsPrefix)
	if err != nil {
		return nil, fmt.Errorf("find event: %w", err)
	}
	var found []Event
	for _, m := range months {
		t := s.table(m.table(eventsPrefix))
		for f, err := range t.rows(ctx, query{fields: []string{"PartitionKey", "RowKey"}}) {
			if err != nil {
				return nil, fmt.Errorf("find event: %w", err)
			}
			if !strings.HasSuffix(f.key(), ending) {
				continue
			}
			e, err := s.eventAt(ctx, t, f)
			if err != nil {
				return nil, fmt.Errorf("find event: %w", err)
			}
			found = append(found, e)
		}
	}
	return found, nil
}

func (s *Store) eventAt(ctx context.Context, t table, key fields) (Event, error) {
	f, _, err := t.get(ctx, key.partition(), key.key())
	if err != nil {
		return Event{}, err
	}
	return s.readEvent(ctx, f)
}
