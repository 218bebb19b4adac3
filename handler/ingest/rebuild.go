package ingest

import (
	"cmp"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A dropped table's name cannot be used again at once; these are the waits
// between tries.
const (
	firstDropWait   = 2 * time.Second
	longestDropWait = 30 * time.Second
	maxDropWait     = 15 * time.Minute // in all
)

// Rebuild makes the rows of every content that has a raw blob, and adds to the
// ledger, as settled, the contents that it lacks. Nothing else is read: not
// the API, so that Fetch may be nil, and of the ledger only what is missing.
// Entries that are there stay as they are, whatever they say.
//
// Rows are written as ever, so that a row that is there stays, unless it is a
// later content's than it should be. The same rows result, whether there were
// all of them, some or none, and after a crash Rebuild begins anew. Right after
// the tables were dropped it waits until they can be made again.
//
// In Stats, Failed are the contents that it had to leave out: their raw blob is
// damaged, or storage refused their rows. progress is called now and then with
// what was done until then.
func (in *Ingest) Rebuild(ctx context.Context, progress func(Stats)) (Stats, error) {
	var stats Stats
	out := make(chan loaded)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(out)
		return in.reloadAll(ctx, out)
	})
	g.Go(func() error {
		return groups(ctx, out, groupRecords, func(group []loaded) error {
			err := in.rewrite(ctx, group, &stats)
			progress(stats)
			return err
		})
	})
	err := g.Wait()
	return stats, err
}

// reloadAll loads every content that has a raw blob, in no order. One whose
// blob is damaged comes as one that was not fetched.
func (in *Ingest) reloadAll(ctx context.Context, out chan<- loaded) error {
	loaders, ctx := errgroup.WithContext(ctx)
	loaders.SetLimit(in.Concurrency)
	room := newRoom(bodyRoom)
	var failure error
	for content, err := range in.Store.RawContents(ctx) {
		if err != nil && !errors.Is(err, store.ErrCorrupt) {
			failure = err
			break
		}
		loaders.Go(func() error { return in.reloadInto(ctx, content, err, room, out) })
	}
	// A loader's error ends the listing, too, but only says why itself.
	return cmp.Or(loaders.Wait(), failure)
}

func (in *Ingest) reloadInto(ctx context.Context, content audit.Content, damage error, room *room, out chan<- loaded) error {
	leave, err := room.enter(ctx)
	if err != nil {
		return err
	}
	var l loaded
	if damage == nil {
		l, err = in.reload(ctx, store.Entry{Content: content})
	}
	leave(l.size)
	if err != nil {
		return err
	}
	select {
	case out <- l:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rewrite makes the rows of a group of contents, and then the ledger entries
// that are missing. A crash between the two leaves them missing for the next
// Rebuild.
func (in *Ingest) rewrite(ctx context.Context, group []loaded, stats *Stats) error {
	err := in.patiently(ctx, func() error { return in.writeRows(ctx, group) })
	if err != nil && !isContents(ctx, err) {
		return err
	}
	if err != nil {
		in.rewriteEach(ctx, group)
	}
	var entries []store.Entry
	for _, l := range group {
		if !l.fetched {
			stats.Failed++
			continue
		}
		entries = append(entries, l.entry)
		stats.Fetched++
		stats.count(l.entry)
	}
	added, err := in.Store.AddSettled(ctx, entries)
	stats.Added += added
	return err
}

// rewriteEach writes each content's rows by themselves after the group's could
// not be. A content that storage refuses is left out.
func (in *Ingest) rewriteEach(ctx context.Context, group []loaded) {
	for i := range group {
		if err := in.writeRows(ctx, group[i:i+1]); err != nil {
			in.Log.ErrorContext(ctx, "rows refused", "contentId", group[i].entry.ID, "error", err.Error())
			group[i].fetched = false
		}
	}
}

// patiently calls write again as long as the tables that it needs are being
// dropped.
func (in *Ingest) patiently(ctx context.Context, write func() error) error {
	waited, next := time.Duration(0), firstDropWait
	for {
		err := write()
		if !store.BeingDropped(err) || waited >= maxDropWait {
			return err
		}
		if err := in.Wait(ctx, next); err != nil {
			return err
		}
		waited, next = waited+next, min(2*next, longestDropWait)
	}
}
