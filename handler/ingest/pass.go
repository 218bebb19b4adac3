package ingest

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Limits of a group. A group's records are in memory at the same time, as are
// the bodies of the contents in flight: at most Concurrency, and bodyRoom.
// Drains at the same time share all three.
//
// The first group is small and each further one may be twice as large, so that
// a process that is killed over and over gets something done every time.
const (
	firstRecords  = 500
	groupRecords  = 10_000
	groupContents = 500
)

// noticedTries is how many tries of all drains go to contents that were only
// noticed: a minute's worth of the API's quota, however many notices somebody
// forges. A content that is listed, as all are in the end, is not among them.
const noticedTries = 2_000

// loaded is a content whose try has come to its end, or to the rows that it
// is to have.
type loaded struct {
	entry   store.Entry   // its state to be: done, or how the try failed
	events  []store.Event // rows to write before the entry may say so
	fetched bool
	size    int // of the body, bytes
}

// pass hands every pending content that is due to the loaders, and writes
// what they return, until the ledger's end or the order's. It returns how many it
// handed out, and what it left; nil if it did not come to the ledger's end.
//
// A content whose failure says that the API serves nothing just now stops
// the handing out. It is left as it is, since its own turn has not come yet, but
// for one that was denied: the next drain has others go before it.
func (in *Ingest) pass(ctx context.Context, o Order, stats *Stats, touched map[time.Time]bool) (int, *Left, error) {
	var (
		handed int
		left   = &Left{}
		halt   atomic.Pointer[error]
		room   = newRoom(o.share(bodyRoom))
		out    = make(chan loaded)
	)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(out)
		loaders, ctx := errgroup.WithContext(ctx)
		loaders.SetLimit(o.share(in.Concurrency))
		err := in.each(ctx, o, func(entry store.Entry) bool {
			if halt.Load() != nil || !in.Now().Before(o.Until) {
				left = nil
				return false
			}
			if in.isDue(entry, o, stats, left) {
				handed++
				loaders.Go(func() error { return in.loadInto(ctx, entry, room, out, &halt) })
			}
			return true
		})
		// A loader's error ends the loop, too, but only says why itself.
		return cmp.Or(loaders.Wait(), err)
	})
	g.Go(func() error {
		return groups(ctx, out, o.share(groupRecords), func(group []loaded) error { return in.write(ctx, o, group, stats, touched) })
	})
	err := g.Wait()
	if stopped := halt.Load(); err == nil && stopped != nil {
		err = *stopped
	}
	return handed, left, err
}

// isDue tells whether it is an entry's turn in this drain. One whose turn it is
// not is left.
func (in *Ingest) isDue(entry store.Entry, o Order, stats *Stats, left *Left) bool {
	wait := entry.NextTry.Sub(in.Now())
	switch {
	case wait > 0 && wait <= longestDelay: // else a clock set it that was ahead
		left.add(entry)
		left.awaits(entry)
		return false
	case entry.Noticed && stats.noticed == o.share(noticedTries):
		left.add(entry) // for the next drain
		return false
	case entry.Noticed:
		stats.noticed++
	}
	return true
}

// loadInto loads one content and passes it on to the writer.
func (in *Ingest) loadInto(ctx context.Context, entry store.Entry, room *room, out chan<- loaded, halt *atomic.Pointer[error]) error {
	leave, err := room.enter(ctx)
	if err != nil {
		return err
	}
	l, err := in.load(ctx, entry)
	leave(l.size)
	switch {
	case stops(err):
		halt.CompareAndSwap(nil, &err)
		if feed.ClassOf(err) != feed.Configuration {
			return nil
		}
		l = in.behindOthers(entry, err)
	case err != nil && isContents(ctx, err):
		l = loaded{entry: in.refused(ctx, entry, "RawRefused", err)}
	case err != nil:
		return err
	}
	select {
	case out <- l:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// groups gathers what was loaded into groups of so many records at most, the
// first ones smaller, and hands each to write.
func groups(ctx context.Context, arrived <-chan loaded, most int, write func([]loaded) error) error {
	var group []loaded
	records, enough := 0, min(firstRecords, most)
	for l := range arrived {
		group = append(group, l)
		records += len(l.events)
		if records < enough && len(group) < groupContents {
			continue
		}
		if err := write(group); err != nil {
			return err
		}
		group, records, enough = nil, 0, min(2*enough, most)
	}
	if ctx.Err() != nil || len(group) == 0 {
		return ctx.Err()
	}
	return write(group)
}
