package events

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

const (
	denseKeys = 10 // keys that are worth the try to read them as a range, if there is one an hour
	denseRows = 8  // rows of ranges to each one that was wanted, at most
	denseTry  = 40 // as if so many had been wanted and found before

	longerRanges = 4
	longestRange = 31 * 24 // hours
	quickRanges  = time.Second
)

// ranges reads the keys that lie close together, one request for each range of
// them, and leaves what these do not reach to singles.
func (f *fetch) ranges(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rowsInFlight)
	for from, to := range f.runs() {
		g.Go(func() (err error) {
			if f.dense(f.keys[from:to]) {
				from, err = f.oneRange(ctx, from, to)
			}
			for i := from; i < to; i++ {
				f.single[i] = true
			}
			return err
		})
	}
	return g.Wait()
}

// adapt makes the ranges of the next call longer, or as short as can be if
// those of this one, which took so long, were not worth it.
func (f *fetch) adapt(took time.Duration) {
	switch {
	case took > quickRanges || f.sparse.Load():
		f.hours = 1
	case f.ranged.Load() || f.query.coarse():
		f.hours = min(longerRanges*f.hours, longestRange)
	}
}

// runs yields where the keys begin and end that one range may reach over.
func (f *fetch) runs() iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(f.keys); {
			to := from + 1
			for to < len(f.keys) && f.keys[to].month == f.keys[from].month && hoursOf(f.keys[from:to+1]) <= f.hours {
				to++
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

// hoursOf is over how many partitions sorted keys reach.
func hoursOf(keys []eventKey) int64 { return keys[0].second/3600 - keys[len(keys)-1].second/3600 + 1 }

// dense reports whether keys are worth the try to read them as a range.
func (f *fetch) dense(keys []eventKey) bool {
	return len(keys) >= denseKeys && int64(len(keys)) >= hoursOf(keys) && f.read.Load() <= denseRows*(f.found.Load()+denseTry)
}

// oneRange reads the rows between two keys of a month, and returns the number
// of the first key that it did not reach.
func (f *fetch) oneRange(ctx context.Context, from, to int) (reached int, err error) {
	keys := f.keys[from:to]
	first, last := keys[0], keys[len(keys)-1]
	f.ranged.Store(true)
	q := tables.Query{
		Filter: tables.And(tables.Between("PartitionKey", first.partition(), last.partition()), tables.Between("RowKey", first.row(), last.row()), f.query.columns()),
		Select: eventFields(), Page: denseRows * len(keys),
	}
	rows := 0
	for row, err := range f.store.tables.Table(first.table()).Rows(ctx, q) {
		if err != nil {
			return from, err
		}
		i, wanted := slices.BinarySearchFunc(keys, row.Key(), func(k eventKey, key string) int { return strings.Compare(k.row(), key) })
		if wanted {
			e, err := f.store.readEvent(ctx, row)
			if err != nil {
				return from, err
			}
			f.events[from+i] = &e
			i++
			f.found.Add(1)
		}
		f.read.Add(1)
		if rows++; i == len(keys) {
			break
		}
		if rows >= denseRows*(i+denseKeys) {
			f.sparse.Store(true)
			return from + i, nil
		}
	}
	return to, nil
}
