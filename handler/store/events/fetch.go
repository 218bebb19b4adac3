package events

import (
	"context"
	"errors"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

const rowsInFlight = 32

// A fetcher reads the rows of keys: one by one, or where many lie close
// together as a range, unless ranges have turned out to hold mostly other
// rows. Ranges are of an hour or a few at first, and grow while they are quick.
type fetcher struct {
	store       *Events
	query       Query
	hours       int64        // that a range may reach over
	read, found atomic.Int64 // rows of ranges, and those among them that were wanted
}

func (s *Events) fetcher(q Query) *fetcher {
	f := &fetcher{store: s, query: q, hours: 1}
	if q.coarse() {
		f.hours = longerRanges
	}
	return f
}

// A fetch is one call of a fetcher.
type fetch struct {
	*fetcher
	keys   []eventKey
	events []*Event    // by key; nil where there is none
	single []bool      // the key is to be read by itself
	ranged atomic.Bool // there was a range
	sparse atomic.Bool // one turned out to hold mostly other rows
}

// all returns the events of the keys, in their order, without those that are
// not there. Keys are sorted.
func (f *fetcher) all(ctx context.Context, keys []eventKey) ([]Event, error) {
	g := fetch{fetcher: f, keys: keys, events: make([]*Event, len(keys)), single: make([]bool, len(keys))}
	began := f.store.now()
	if err := g.ranges(ctx); err != nil {
		return nil, err
	}
	g.adapt(f.store.now().Sub(began))
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

func (f *fetch) one(ctx context.Context, i int) error {
	key := f.keys[i]
	row, _, err := f.store.tables.Table(key.table()).Get(ctx, key.partition(), key.row())
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := f.store.readEvent(ctx, row)
	f.events[i] = &e
	return err
}
