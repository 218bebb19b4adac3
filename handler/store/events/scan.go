package events

import (
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

const (
	// unseenMonths is how many months a range may have before it is worth a
	// request to know which of them have a table.
	unseenMonths = 2

	monthsAhead    = 4 // that a caller who wants many events reads at a time
	stretchesAhead = 8
	stretchRows    = 2 * tables.MaxPage // that a stretch should have
	longestStretch = 31 * 24 * time.Hour
)

// scanned reads ranges of keys, month by month.
func (s *Events) scanned(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := s.monthsOf(ctx, eventsPrefix, q, unseenMonths)
		if err != nil {
			yield(Event{}, err)
			return
		}
		width := monthsAhead
		if 0 < q.Limit && q.Limit <= tables.MaxPage {
			width = 1
		}
		for e, err := range seq.Ahead(ctx, width, each(months, func(ctx context.Context, m keys.Month) iter.Seq2[Event, error] {
			return s.scanMonth(ctx, m, q)
		})) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// each makes a sequence of each month.
func each[T any](months []keys.Month, of func(context.Context, keys.Month) iter.Seq2[T, error]) iter.Seq[func(context.Context) iter.Seq2[T, error]] {
	return func(yield func(func(context.Context) iter.Seq2[T, error]) bool) {
		for _, m := range months {
			if !yield(func(ctx context.Context) iter.Seq2[T, error] { return of(ctx, m) }) {
				return
			}
		}
	}
}

// scanMonth yields a month's events. What a page does not hold is then read in
// stretches of some hours, in parallel.
func (s *Events) scanMonth(ctx context.Context, m keys.Month, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		first := stretch{store: s, month: m, query: q, most: tables.MaxPage}
		for e, err := range first.events(ctx) {
			if !yield(e, err) || err != nil {
				return
			}
		}
		if !first.more {
			return
		}
		after, length, err := first.rest()
		if err != nil {
			yield(Event{}, err)
			return
		}
		rest := q
		rest.After = after.position()
		for e, err := range seq.Ahead(ctx, stretchesAhead, s.stretches(m, rest, length)) {
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// stretches cuts what q asks of a month, which begins behind an event, at
// full hours, into stretches of about this length, and makes the next ones
// longer or shorter if these have few rows or many. Years that keys do not
// tell apart stay whole, since their events are in the order of their ids.
func (s *Events) stretches(m keys.Month, q Query, length time.Duration) iter.Seq[func(context.Context) iter.Seq2[Event, error]] {
	return func(yield func(func(context.Context) iter.Seq2[Event, error]) bool) {
		start, end := m.Start(), q.after().until()
		if start.Before(q.From) {
			start = q.From
		}
		if !q.To.IsZero() {
			end = keys.Earlier(end, q.To) // which may be within the second
		}
		if m.Start().Unix() < 0 || (m+1).Start().Unix() > keys.LastSecond {
			length = end.Sub(start)
		}
		var read *stretch
		for end.After(start) {
			if read != nil {
				length = read.next(length)
			}
			part := q
			part.To, part.From = end, end.Add(-length).Truncate(time.Hour)
			if part.From.Before(start) {
				part.From = start
			}
			this := &stretch{store: s, month: m, query: part}
			if !yield(this.events) {
				return
			}
			read, end = this, part.From
		}
	}
}
