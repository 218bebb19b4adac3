package events

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
)

// strategy returns how to find the events of q. See the package documentation.
func (ev *Events) strategy(q Query) func(context.Context, Query) iter.Seq2[Event, error] {
	switch {
	case len(q.Terms) == 0:
		return ev.scan
	case q.isCoarse():
		return ev.hybrid
	}
	return ev.lookup
}

// isCoarse reports whether q has both From and To, and only terms that many events
// share and that the service can filter by as columns. If such events are frequent,
// a range of rows is the shorter way to them.
func (q Query) isCoarse() bool {
	if q.From.IsZero() || q.To.IsZero() {
		return false
	}
	isFine := func(t Term) bool { return t.letter != byRecordType && t.letter != byLabelEventType }
	return !slices.ContainsFunc(q.Terms, func(terms []Term) bool { return slices.ContainsFunc(terms, isFine) })
}

// lookup reads the events whose keys the index holds. An index entry without a row
// is skipped: retention dropped the month after this lookup had read the index.
func (ev *Events) lookup(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := ev.monthsOf(ctx, indexPrefix, q, unlistedIndexMonths)
		if err != nil {
			yield(Event{}, err)
			return
		}
		read := func(ctx context.Context, m keys.Month) iter.Seq2[eventKey, error] { return ev.candidates(ctx, m, q) }
		candidates := seq.Ahead(ctx, indexMonthsAhead, overMonths(months, read))
		fetch, size := ev.fetcher(q), q.firstChunk()
		for wanted, err := range seq.Chunks(candidates, func() int { return size }) {
			if err == nil && q.hasEnough() {
				err = ErrFurther // instead of the request that reads these rows
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			events, err := fetch.events(ctx, wanted)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range events {
				if q.times().Contains(e.Record.CreationTime) && !yield(e, nil) {
					return
				}
			}
			size = nextChunk(events)
			if q.hasEnough() {
				size = 1 // one more key is enough to know that there is another event
			}
		}
	}
}

// firstChunk returns how many rows are read together at first: as many as the
// caller wants, without the one that only tells it that there are more.
func (q Query) firstChunk() int {
	if q.Limit == 0 {
		return firstChunk
	}
	return min(max(q.Limit-1, 1), chunk)
}

// nextChunk returns how many rows are read together after these events.
func nextChunk(events []Event) int {
	bytes := 0
	for _, e := range events {
		bytes += len(e.Record.JSON)
	}
	if bytes == 0 {
		return chunk
	}
	return min(chunk, max(chunkBytes*len(events)/bytes, 1))
}

// hybrid scans the newest hour, and goes on scanning while it finds events at a
// rate that will soon find the rest. Then it looks the rest up in the index.
func (ev *Events) hybrid(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		need, length := q.Limit, time.Hour
		if need == 0 {
			need = hybridLimit
		}
		if q.After != "" {
			q.To = keys.Earlier(q.To, q.after().until())
		}
		for q.To.After(q.From) {
			window := q
			window.From = earlierHour(q.To, length, q.From)
			found := 0
			for e, err := range ev.scan(ctx, window) {
				if !yield(e, err) || err != nil {
					return
				}
				found++
			}
			need -= found
			q.To = window.From
			hours := window.To.Sub(window.From).Hours()
			if float64(found)*hybridHours < float64(need)*hours {
				break
			}
			length = min(4*length, longestHybridWindow)
		}
		if !q.To.After(q.From) {
			return
		}
		for e, err := range ev.lookup(ctx, q) {
			if !yield(e, err) {
				return
			}
		}
	}
}
