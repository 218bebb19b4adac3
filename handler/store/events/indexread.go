package events

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// cursorsInFlight is how many cursors are sampled at a time. A sample costs one
// request for each term of the cursor's list.
const cursorsInFlight = 16

// candidates yields the keys of a month's events that may have a term of each
// list, newest first. It follows the list whose events are rarest, and skips keys
// that another list, if it was read to its end, does not hold.
func (ev *Events) candidates(ctx context.Context, m keys.Month, q Query) iter.Seq2[eventKey, error] {
	if len(q.Terms) == 1 {
		return ev.postingsOfAny(ctx, m, q.Terms[0], q)
	}
	return func(yield func(eventKey, error) bool) {
		q.Limit = 0 // a full page says more about how rare the events are
		cursors := make([]cursor, len(q.Terms))
		for i, terms := range q.Terms {
			cursors[i].Head = seq.NewHead(ev.postingsOfAny(ctx, m, terms, q))
			defer cursors[i].Stop()
		}
		if err := sampleAll(cursors); err != nil {
			yield(eventKey{}, err)
			return
		}
		for key, err := range rarest(cursors).all() {
			if (err != nil || mayHaveAll(cursors, key)) && !yield(key, err) {
				return
			}
		}
	}
}

// postingsOfAny yields the keys of a month's events that have one of these terms,
// newest first, each once.
func (ev *Events) postingsOfAny(ctx context.Context, m keys.Month, terms []Term, q Query) iter.Seq2[eventKey, error] {
	var lists []iter.Seq2[eventKey, error]
	for _, t := range terms {
		lists = append(lists, ev.postings(ctx, m, t, q))
	}
	merged := seq.Merge(compareKeys, lists)
	return func(yield func(eventKey, error) bool) {
		var last eventKey
		for key, err := range merged {
			if err == nil && key == last {
				continue
			}
			last = key
			if !yield(key, err) {
				return
			}
		}
	}
}

// postings yields the posting list of one term in a month.
func (ev *Events) postings(ctx context.Context, m keys.Month, t Term, q Query) iter.Seq2[eventKey, error] {
	return func(yield func(eventKey, error) bool) {
		k := keyOfTerm(t)
		filter := tables.And(tables.InPartition(k.bucket), q.keyRange(m).rows(k.prefix))
		query := tables.Query{Filter: filter, Select: []string{"RowKey"}, PageSize: q.Limit}
		for row, err := range ev.tables.Table(m.Table(indexPrefix)).Rows(ctx, query) {
			var key eventKey
			if err == nil {
				key, err = eventKeyOfEntry(m, row.Key())
			}
			if !yield(key, err) || err != nil {
				return
			}
		}
	}
}

// A cursor reads the keys of the events that have a term of one list. Its sample,
// at most tables.MaxPage keys, shows how rare they are.
type cursor struct {
	seq.Head[eventKey]
	sample []eventKey
	known  map[eventKey]bool // the sample, if it holds all keys; otherwise nil
}

// sampleAll reads the samples of all cursors at the same time.
func sampleAll(cursors []cursor) error {
	var g errgroup.Group
	g.SetLimit(cursorsInFlight)
	for i := range cursors {
		g.Go(cursors[i].readSample)
	}
	return g.Wait()
}

func (c *cursor) readSample() error {
	for c.Advance(); c.OK; c.Advance() {
		if c.Err != nil {
			return c.Err
		}
		c.sample = append(c.sample, c.Value)
		if len(c.sample) == tables.MaxPage {
			return nil // the next key would be another request
		}
	}
	c.known = make(map[eventKey]bool, len(c.sample))
	for _, key := range c.sample {
		c.known[key] = true
	}
	return nil
}

// all yields the sample and then the other keys.
func (c *cursor) all() iter.Seq2[eventKey, error] {
	return func(yield func(eventKey, error) bool) {
		for _, key := range c.sample {
			if !yield(key, nil) {
				return
			}
		}
		if c.known != nil {
			return
		}
		for c.Advance(); c.OK; c.Advance() {
			if !yield(c.Value, c.Err) || c.Err != nil {
				return
			}
		}
	}
}

// rarest returns the cursor with the fewest keys. If none was read to its end, it
// returns the one whose sample reaches back farthest.
func rarest(cursors []cursor) *cursor {
	best := &cursors[0]
	for i := range cursors[1:] {
		if c := &cursors[i+1]; c.isRarer(best) {
			best = c
		}
	}
	return best
}

func (c *cursor) isRarer(than *cursor) bool {
	if (c.known == nil) != (than.known == nil) {
		return c.known != nil
	}
	if c.known != nil {
		return len(c.sample) < len(than.sample)
	}
	return compareKeys(c.sample[len(c.sample)-1], than.sample[len(than.sample)-1]) > 0
}

// mayHaveAll reports whether every cursor that was read to its end holds the key.
func mayHaveAll(cursors []cursor, key eventKey) bool {
	for _, c := range cursors {
		if c.known != nil && !c.known[key] {
			return false
		}
	}
	return true
}
