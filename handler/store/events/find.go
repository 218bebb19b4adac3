package events

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
)

const (
	// unseenIndexMonths is unseenMonths for the index: a year's months are
	// read in parallel, and one that has no table costs no more than to ask.
	unseenIndexMonths = 13
	monthsInFlight    = 16

	firstChunk = 64      // keys whose rows are read together, where the caller does not say how many it wants
	chunk      = 256     // the same, later on
	chunkBytes = 8 << 20 // but no more than have so much in their records, if these are like the last ones
)

// EventsByID returns all events with this Id, newest first: more than one if
// the source gave the Id to events of different times.
func (s *Events) ByID(ctx context.Context, id string) (found []Event, err error) {
	if id = strings.TrimSpace(id); id == "" {
		return nil, nil // records that have no Id share no key
	}
	key := (&audit.Record{ID: id}).Key()
	for e, err := range s.List(ctx, Query{Terms: [][]Term{{ofID(key)}}}) {
		if err != nil {
			return nil, err
		}
		if e.Record.Key() == key {
			found = append(found, e)
		}
	}
	return found, nil
}

// indexed reads the events to which the index leads. An entry whose row is
// not there is passed over: its month is being dropped, newest kinds first.
func (s *Events) indexed(ctx context.Context, q Query) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		months, err := s.monthsOf(ctx, indexPrefix, q, unseenIndexMonths)
		if err != nil {
			yield(Event{}, err)
			return
		}
		candidates := seq.Ahead(ctx, monthsInFlight, each(months, func(ctx context.Context, m keys.Month) iter.Seq2[eventKey, error] {
			return s.candidates(ctx, m, q)
		}))
		fetch, size := s.fetcher(q), q.firstChunk()
		for wanted, err := range seq.Chunks(candidates, func() int { return size }) {
			var events []Event
			if err == nil && q.enough() {
				err = ErrFurther
			}
			if err == nil {
				events, err = fetch.all(ctx, wanted)
			}
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range events {
				if keys.Within(e.Record.CreationTime, q.From, q.To) && !yield(e, nil) {
					return
				}
			}
			if size = nextChunk(events); q.enough() {
				size = 1
			}
		}
	}
}

// firstChunk is how many rows are read together at first: those that a caller
// wants, but for the one by which it sees that there are more.
func (q Query) firstChunk() int {
	if q.Limit == 0 {
		return firstChunk
	}
	return min(max(q.Limit-1, 1), chunk)
}

// nextChunk is how many rows are read together after these events.
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

func (q Query) enough() bool { return q.Enough != nil && q.Enough() }

// coarse reports whether terms are only of the kinds that many events share
// and that the service sees in columns, so that where they are frequent a
// range of keys is the shorter way to them.
func (q Query) coarse() bool {
	if q.From.IsZero() || q.To.IsZero() {
		return false
	}
	return !slices.ContainsFunc(q.Terms, func(any []Term) bool {
		return slices.ContainsFunc(any, func(t Term) bool { return t.kind != byRecordType && t.kind != byLabelEventType })
	})
}

const (
	hybridLimit   = 5000 // events that a caller wants who does not say how many
	hybridHours   = 24   // as many more of them are read as a range, if that will do
	longestWindow = 24 * time.Hour
)

// hybrid reads the newest hour as a range, and goes on so as long as the rate
// at which it finds events will find the rest soon; else the index leads to
// the rest.
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
			window.From = q.To.Add(-length).Truncate(time.Hour)
			if window.From.Before(q.From) {
				window.From = q.From
			}
			found := 0
			for e, err := range s.scanned(ctx, window) {
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
		for e, err := range s.indexed(ctx, q) {
			if !yield(e, err) {
				return
			}
		}
	}
}
