package store

import (
	"context"
	"iter"
)

// candidates yields the keys of a month's events that may have a term of each
// list, newest first: those of the list whose events are the rarest, without
// those that another list, of which all is known, does not have.
func (s *Store) candidates(ctx context.Context, m month, q EventQuery) iter.Seq2[eventKey, error] {
	if len(q.Terms) == 1 {
		return s.having(ctx, m, q.Terms[0], q)
	}
	return func(yield func(eventKey, error) bool) {
		q.Limit = 0 // a whole page says more of how rare they are
		leads := make([]lead, len(q.Terms))
		for i, any := range q.Terms {
			leads[i].head = newHead(s.having(ctx, m, any, q))
			defer leads[i].stop()
		}
		if err := lookAll(leads); err != nil {
			yield(eventKey{}, err)
			return
		}
		best := rarest(leads)
		for key, err := range best.all() {
			if (err != nil || inAll(leads, key)) && !yield(key, err) {
				return
			}
		}
	}
}

// having yields the keys of a month's events that have one of these terms,
// newest first, each once.
func (s *Store) having(ctx context.Context, m month, any []Term, q EventQuery) iter.Seq2[eventKey, error] {
	var ranges []iter.Seq2[eventKey, error]
	for _, t := range any {
		ranges = append(ranges, s.entriesOf(ctx, m, t, q))
	}
	merged := merge(compareKeys, ranges)
	return func(yield func(eventKey, error) bool) {
		var last eventKey
		for key, err := range merged {
			if err == nil && key == last {
				continue
			}
			if last = key; !yield(key, err) {
				return
			}
		}
	}
}

// entriesOf yields what the index of a month has of one term.
func (s *Store) entriesOf(ctx context.Context, m month, t Term, q EventQuery) iter.Seq2[eventKey, error] {
	return func(yield func(eventKey, error) bool) {
		k := keyOfTerm(t)
		filter := all(inPartition(k.bucket), q.span(m).rows(k.start))
		for f, err := range s.table(m.table(indexPrefix)).rows(ctx, query{filter, []string{"RowKey"}, q.Limit}) {
			var key eventKey
			if err == nil {
				key, err = eventKeyOf(m, f.key())
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}
