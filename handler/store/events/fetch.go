package events

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// A fetcher reads the rows of the keys that the index holds: one by one, or, where
// many lie close together, as ranges. It stops reading ranges that turn out to hold
// mostly other rows. Ranges span an hour or a few at first, and grow while they are
// quick.
type fetcher struct {
	ev          *Events
	query       Query
	hours       int64        // that a range may span
	read, found atomic.Int64 // rows of ranges, and those of them that were wanted
}

func (ev *Events) fetcher(q Query) *fetcher {
	f := &fetcher{ev: ev, query: q, hours: 1}
	if q.isCoarse() {
		f.hours = rangeGrowth
	}
	return f
}

// events returns the events of sorted keys, in their order. Keys without a row are
// left out.
func (f *fetcher) events(ctx context.Context, keys []eventKey) ([]Event, error) {
	c := chunkFetch{fetcher: f, keys: keys, events: make([]*Event, len(keys)), single: make([]bool, len(keys))}
	began := f.ev.now()
	if err := c.readRanges(ctx); err != nil {
		return nil, err
	}
	c.adapt(f.ev.now().Sub(began))
	if err := c.readSingles(ctx); err != nil {
		return nil, err
	}
	var events []Event
	for _, e := range c.events {
		if e != nil {
			events = append(events, *e)
		}
	}
	return events, nil
}

// A chunkFetch is one call of [fetcher.events].
type chunkFetch struct {
	*fetcher
	keys   []eventKey
	events []*Event    // by index of key; nil: the row is missing
	single []bool      // by index of key: read it by itself
	ranged atomic.Bool // a range was read
	sparse atomic.Bool // a range held mostly other rows
}

func (c *chunkFetch) readSingles(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rowsInFlight)
	for i, single := range c.single {
		if single {
			g.Go(func() error { return c.readSingle(ctx, i) })
		}
	}
	return g.Wait()
}

func (c *chunkFetch) readSingle(ctx context.Context, i int) error {
	key := c.keys[i]
	row, _, err := c.ev.tables.Table(key.table()).Get(ctx, key.partition(), key.row())
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := c.ev.readEvent(ctx, row)
	c.events[i] = &e
	return err
}

// readRanges reads keys that lie close together, one request for each range, and
// marks the keys that it did not reach as single.
func (c *chunkFetch) readRanges(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rowsInFlight)
	for from, to := range c.ranges() {
		g.Go(func() (err error) {
			if c.isDense(c.keys[from:to]) {
				from, err = c.readRange(ctx, from, to)
			}
			for i := from; i < to; i++ {
				c.single[i] = true
			}
			return err
		})
	}
	return g.Wait()
}

// adapt makes the next call's ranges longer, or as short as possible if this call's
// ranges, which took this long, did not pay.
func (c *chunkFetch) adapt(took time.Duration) {
	switch {
	case took > quickRanges || c.sparse.Load():
		c.hours = 1
	case c.ranged.Load() || c.query.isCoarse():
		c.hours = min(rangeGrowth*c.hours, longestRange)
	}
}

// ranges yields the first and the end index of the keys that one range may span.
func (c *chunkFetch) ranges() iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(c.keys); {
			to := from + 1
			for to < len(c.keys) && c.keys[to].month == c.keys[from].month && hoursOf(c.keys[from:to+1]) <= c.hours {
				to++
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

// hoursOf returns how many partitions sorted keys span.
func hoursOf(keys []eventKey) int64 { return keys[0].second/3600 - keys[len(keys)-1].second/3600 + 1 }

// isDense reports whether to read keys as a range.
func (c *chunkFetch) isDense(keys []eventKey) bool {
	return len(keys) >= denseKeys && int64(len(keys)) >= hoursOf(keys) && c.read.Load() <= denseRows*(c.found.Load()+densePrior)
}

// readRange reads the rows between two keys of a month. It stops when the rows are
// mostly others, and returns the index of the first key that it did not reach.
func (c *chunkFetch) readRange(ctx context.Context, from, to int) (reached int, err error) {
	keys := c.keys[from:to]
	first, last := keys[0], keys[len(keys)-1]
	c.ranged.Store(true)
	q := tables.Query{
		Filter: tables.And(tables.Between("PartitionKey", first.partition(), last.partition()),
			tables.Between("RowKey", first.row(), last.row()), c.query.columns()),
		Select: eventColumns(), PageSize: denseRows * len(keys),
	}
	rows := 0
	for row, err := range c.ev.tables.Table(first.table()).Rows(ctx, q) {
		if err != nil {
			return from, err
		}
		i, wanted := slices.BinarySearchFunc(keys, row.Key(), func(k eventKey, key string) int { return strings.Compare(k.row(), key) })
		if wanted {
			e, err := c.ev.readEvent(ctx, row)
			if err != nil {
				return from, err
			}
			c.events[from+i] = &e
			i++
			c.found.Add(1)
		}
		c.read.Add(1)
		rows++
		if i == len(keys) {
			break
		}
		if rows >= denseRows*(i+denseKeys) {
			c.sparse.Store(true)
			return from + i, nil
		}
	}
	return to, nil
}
