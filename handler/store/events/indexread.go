package events

import (
	"context"
	"iter"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// candidates yields the keys of a month's events that may have a term of each
// list, newest first: those of the list whose events are the rarest, without
// those that another list, of which all is known, does not have.
func (s *Events) candidates(ctx context.Context, m keys.Month, q Query) iter.Seq2[eventKey, error] {
	if len(q.Terms) == 1 {
		return s.having(ctx, m, q.Terms[0], q)
	}
	return func(yield func(eventKey, error) bool) {
		q.Limit = 0 // a whole page says more of how rare they are
		leads := make([]lead, len(q.Terms))
		for i, any := range q.Terms {
			leads[i].Head = seq.NewHead(s.having(ctx, m, any, q))
			defer leads[i].Stop()
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
func (s *Events) having(ctx context.Context, m keys.Month, any []Term, q Query) iter.Seq2[eventKey, error] {
	var ranges []iter.Seq2[eventKey, error]
	for _, t := range any {
		ranges = append(ranges, s.entriesOf(ctx, m, t, q))
	}
	merged := seq.Merge(compareKeys, ranges)
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
func (s *Events) entriesOf(ctx context.Context, m keys.Month, t Term, q Query) iter.Seq2[eventKey, error] {
	return func(yield func(eventKey, error) bool) {
		k := keyOfTerm(t)
		filter := tables.And(tables.InPartition(k.bucket), q.span(m).rows(k.start))
		for f, err := range s.tables.Table(m.Table(indexPrefix)).Rows(ctx, tables.Query{Filter: filter, Select: []string{"RowKey"}, Page: q.Limit}) {
			var key eventKey
			if err == nil {
				key, err = eventKeyOf(m, f.Key())
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}
