package events

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// scan reads ranges of rows, month by month.
func (ev *Events) scan(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := ev.monthsOf(ctx, eventsPrefix, q, unlistedMonths)
		if err != nil {
			yield(Event{}, err)
			return
		}
		width := monthsAhead
		if 0 < q.Limit && q.Limit <= tables.MaxPage {
			width = 1
		}
		read := func(ctx context.Context, m keys.Month) iter.Seq2[Event, error] { return ev.scanMonth(ctx, m, q) }
		for e, err := range seq.Ahead(ctx, width, overMonths(months, read)) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// scanMonth yields a month's events. It reads one page, and the rest in segments of
// some hours, several at a time.
func (ev *Events) scanMonth(ctx context.Context, m keys.Month, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		first := segment{ev: ev, month: m, query: q, limit: tables.MaxPage}
		for e, err := range first.events(ctx) {
			if !yield(e, err) || err != nil {
				return
			}
		}
		if !first.more {
			return
		}
		after, length, err := first.resume()
		if err != nil {
			yield(Event{}, err)
			return
		}
		rest := q
		rest.After = after.position()
		for e, err := range seq.Ahead(ctx, segmentsAhead, ev.segments(m, rest, length)) {
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// segments splits what q, which starts after an event, selects in a month into
// segments of about length that begin at full hours. It makes later ones longer or
// shorter if earlier ones held few rows or many. Years whose seconds keys do not
// tell apart stay in one segment, because their events are in the order of ids.
func (ev *Events) segments(m keys.Month, q Query, length time.Duration) iter.Seq[func(context.Context) iter.Seq2[Event, error]] {
	return func(yield func(func(context.Context) iter.Seq2[Event, error]) bool) {
		start, end := m.Start(), q.after().until()
		if start.Before(q.From) {
			start = q.From
		}
		if !q.To.IsZero() {
			end = keys.Earlier(end, q.To) // q.To may lie within the second
		}
		if m.Start().Unix() < 0 || (m+1).Start().Unix() > keys.LastSecond {
			length = end.Sub(start)
		}
		var last *segment
		for end.After(start) {
			if last != nil {
				length = last.nextLength(length)
			}
			part := q
			part.From, part.To = earlierHour(end, length, start), end
			next := &segment{ev: ev, month: m, query: part}
			if !yield(next.events) {
				return
			}
			last, end = next, part.From
		}
	}
}

// A segment is a part of a month that is read as one range of keys.
type segment struct {
	ev    *Events
	month keys.Month
	query Query
	limit int // rows to read; 0: all

	firstKey, lastKey string // RowKeys of the first and the last row read
	more              bool   // limit was reached; there may be more rows
	rows              atomic.Int64
	ended             atomic.Bool
}

// events yields the events of the segment that the query selects.
func (g *segment) events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for row, err := range g.read(ctx) {
			var e Event
			var kept bool
			if err == nil {
				e, kept, err = g.ev.readIf(ctx, row, g.query.Keep)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			if kept && g.query.selects(&e.Record) && !yield(e, nil) {
				return
			}
		}
	}
}

// read yields the rows of the segment and records their number and their first and
// last key.
func (g *segment) read(ctx context.Context) iter.Seq2[tables.Properties, error] {
	return func(yield func(tables.Properties, error) bool) {
		r := g.query.keyRange(g.month)
		q := tables.Query{
			Filter: tables.And(r.partitions(), r.rows(""), g.query.columns()), Select: eventColumns(), PageSize: g.query.Limit,
		}
		for row, err := range g.ev.tables.Table(g.month.Table(eventsPrefix)).Rows(ctx, q) {
			if err == nil {
				g.note(row.Key())
			}
			if !yield(row, err) || err != nil {
				return
			}
			if g.limit > 0 && g.rows.Load() == int64(g.limit) {
				g.more = true
				return
			}
		}
		g.ended.Store(true)
	}
}

// note records that the segment holds a row with this RowKey.
func (g *segment) note(key string) {
	if g.rows.Add(1) == 1 {
		g.firstKey = key
	}
	g.lastKey = key
}

// resume returns the key to continue after, and the length of the next segment,
// estimated from the density of the rows read so far.
func (g *segment) resume() (after eventKey, length time.Duration, err error) {
	first, err := eventKeyOfRow(g.month, g.firstKey)
	if err != nil {
		return eventKey{}, 0, err
	}
	if after, err = eventKeyOfRow(g.month, g.lastKey); err != nil {
		return eventKey{}, 0, err
	}
	covered := time.Duration(first.second-after.second+1) * time.Second
	return after, min(max(covered*segmentRows/time.Duration(g.rows.Load()), time.Hour), longestSegment), nil
}

// nextLength adapts length to the number of rows that this segment held so far.
func (g *segment) nextLength(length time.Duration) time.Duration {
	switch rows := g.rows.Load(); {
	case rows > 2*segmentRows:
		return max(length/2, time.Hour)
	case g.ended.Load() && rows < segmentRows/2:
		return min(2*length, longestSegment)
	}
	return length
}
