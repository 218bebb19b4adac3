package store

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

const (
	rowsInFlight = 32
	denseHour    = 10 // keys of one hour that are worth the try to read them as a range
	denseRows    = 8  // rows of a range to each one that was wanted, at most
)

// A fetcher reads the rows of keys: one by one, or where many lie in one hour
// as a range of it. If a range turns out to hold mostly other rows, it is the
// last.
type fetcher struct {
	store  *Store
	query  EventQuery
	sparse atomic.Bool
}

// A fetch is one call of a fetcher.
type fetch struct {
	*fetcher
	keys   []eventKey
	events []*Event // by key; nil where there is none
	single []bool   // the key is to be read by itself
}

// all returns the events of the keys, in their order, without those that are
// not there. Keys are sorted.
func (f *fetcher) all(ctx context.Context, keys []eventKey) ([]Event, error) {
	g := fetch{f, keys, make([]*Event, len(keys)), make([]bool, len(keys))}
	if err := g.ranges(ctx); err != nil {
		return nil, err
	}
	if err := g.singles(ctx); err != nil {
		return nil, err
	}
	var events []Event
	for _, e := range g.events {
		if e != nil {
			events = append(events, *e)
		}
	}
	return events, nil
}

// ranges reads the hours in which many keys lie, one request each, and leaves
// what these do not reach to singles.
func (f *fetch) ranges(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rowsInFlight)
	for from, to := range hours(f.keys) {
		g.Go(func() (err error) {
			if to-from >= denseHour && !f.sparse.Load() {
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

func (f *fetch) singles(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(rowsInFlight)
	for i, single := range f.single {
		if single {
			g.Go(func() error { return f.one(ctx, i) })
		}
	}
	return g.Wait()
}

// hours yields where the keys of each partition begin and end.
func hours(keys []eventKey) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(keys); {
			to := from + 1
			for to < len(keys) && keys[to].month == keys[from].month && keys[to].second/3600 == keys[from].second/3600 {
				to++
			}
			if !yield(from, to) {
				return
			}
			from = to
		}
	}
}

func (f *fetch) one(ctx context.Context, i int) error {
	key := f.keys[i]
	row, _, err := f.store.table(key.table()).get(ctx, key.partition(), key.row())
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := f.store.readEvent(ctx, row)
	f.events[i] = &e
	return err
}

// oneRange reads the rows between two keys of one hour, and returns the
// number of the first key that it did not reach.
func (f *fetch) oneRange(ctx context.Context, from, to int) (reached int, err error) {
	keys := f.keys[from:to]
	most := min(denseRows*len(keys), maxPage)
	q := query{
		filter: all(inPartition(keys[0].partition()), keyBetween("RowKey", keys[0].row(), keys[len(keys)-1].row()), f.query.columns()),
		fields: eventFields(), page: most,
	}
	rows := 0
	for row, err := range f.store.table(keys[0].table()).rows(ctx, q) {
		if err != nil {
			return from, err
		}
		i, wanted := slices.BinarySearchFunc(keys, row.key(), func(k eventKey, key string) int { return strings.Compare(k.row(), key) })
		if wanted {
			e, err := f.store.readEvent(ctx, row)
			if err != nil {
				return from, err
			}
			f.events[from+i] = &e
			i++
		}
		if rows++; i == len(keys) {
			break
		}
		if rows == most {
			f.sparse.Store(true)
			return from + i, nil
		}
	}
	return to, nil
}
