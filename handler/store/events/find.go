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
func (s *Events) strategy(q Query) func(context.Context, Query) iter.Seq2[Event, error] {
	switch {
	case len(q.Terms) == 0:
		return s.scan
	case q.isCoarse():
		return s.hybrid
	}
	return s.lookup
}

// isCoarse reports whether q is bounded and has only terms that many events share
// and that the service can filter by as columns. If such events are frequent, a
// range of rows is the shorter way to them.
func (q Query) isCoarse() bool {
	if q.From.IsZero() || q.To.IsZero() {
		return false
	}
	isFine := func(t Term) bool { return t.kind != byRecordType && t.kind != byLabelEventType }
	return !slices.ContainsFunc(q.Terms, func(terms []Term) bool { return slices.ContainsFunc(terms, isFine) })
}

// lookup reads the events whose keys the index holds. An entry without a row is
// skipped: its month is being dropped, newest tables first.
func (s *Events) lookup(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := s.monthsOf(ctx, indexPrefix, q, unlistedIndexMonths)
		if err != nil {
			yield(Event{}, err)
			return
		}
		read := func(ctx context.Context, m keys.Month) iter.Seq2[eventKey, error] { return s.candidates(ctx, m, q) }
		candidates := seq.Ahead(ctx, indexMonthsAhead, overMonths(months, read))
		fetch, size := s.fetcher(q), q.firstChunk()
		for wanted, err := range seq.Chunks(candidates, func() int { return size }) {
			var events []Event
			if err == nil && q.hasEnough() {
				err = ErrFurther
			}
			if err == nil {
				events, err = fetch.events(ctx, wanted)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range events {
				if q.times().Contains(e.Record.CreationTime) && !yield(e, nil) {
					return
				}
			}
			if size = nextChunk(events); q.hasEnough() {
				size = 1
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
func (s *Events) hybrid(ctx context.Context, q Query) iter.Seq2[Event, error] {
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
			for e, err := range s.scan(ctx, window) {
				if found++; !yield(e, err) || err != nil {
					return
				}
			}
			need -= found
			hours := window.To.Sub(window.From).Hours()
			if q.To = window.From; float64(found)*hybridHours < float64(need)*hours {
				break
			}
			length = min(4*length, longestWindow)
		}
		if !q.To.After(q.From) {
			return
		}
		for e, err := range s.lookup(ctx, q) {
			if !yield(e, err) {
				return
			}
		}
	}
}
