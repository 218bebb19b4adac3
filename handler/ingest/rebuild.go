package ingest

import (
	"cmp"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Azure keeps the name of a dropped table for a while. These are the waits
// between attempts to create it again.
const (
	firstDropWait   = 2 * time.Second
	longestDropWait = 30 * time.Second
	maxDropWait     = 15 * time.Minute // in total
)

// Rebuild writes the rows of every content blob that has a raw blob, and adds
// the ledger entries that are missing, in their final state. It reads nothing
// else: no request goes to the API, and an existing entry does not change.
//
// Rows are written by the same rule as in Drain, so that the result is the same
// whether all, some or none of them existed. After a crash, call Rebuild again.
// Right after the tables were dropped it waits until they can be created.
//
// In the Stats, Failed counts the content blobs that were left out because
// their raw blob is damaged or storage refused their rows. Rebuild calls
// progress after each batch with the Stats so far.
func (p *Pipeline) Rebuild(ctx context.Context, progress func(Stats)) (Stats, error) {
	r := &rebuild{Pipeline: p, room: newRoom(bodyRoom)}
	out := make(chan loaded)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(out)
		return r.reloadAll(ctx, out)
	})
	g.Go(func() error {
		return inBatches(ctx, out, batchRecords, func(batch []loaded) error {
			err := r.write(ctx, batch)
			progress(r.stats)
			return err
		})
	})
	err := g.Wait()
	return r.stats, err
}

// A rebuild is the state of one Rebuild. Its stats belong to the goroutine that
// writes.
type rebuild struct {
	*Pipeline
	room  *room
	stats Stats
}

// reloadAll loads every raw blob, in no particular order. The result for a
// damaged one has no body.
func (r *rebuild) reloadAll(ctx context.Context, out chan<- loaded) error {
	loaders, ctx := errgroup.WithContext(ctx)
	loaders.SetLimit(r.cfg.Concurrency)
	var listErr error
	for content, err := range r.cfg.Store.RawContents(ctx) {
		if errors.Is(err, store.ErrCorrupt) {
			loaders.Go(func() error { return send(ctx, out, loaded{}) })
			continue
		}
		if err != nil {
			listErr = err
			break
		}
		loaders.Go(func() error { return r.reloadInto(ctx, content, out) })
	}
	// A loader's error cancels the listing, which then fails as well, but
	// only the loader's says why.
	return cmp.Or(loaders.Wait(), listErr)
}

func (r *rebuild) reloadInto(ctx context.Context, content audit.Content, out chan<- loaded) error {
	leave, err := r.room.enter(ctx)
	if err != nil {
		return err
	}
	l, err := r.reload(ctx, ledger.Entry{Content: content})
	leave(l.size)
	if err != nil {
		return err
	}
	return send(ctx, out, l)
}

// write writes the rows of a batch and then the ledger entries that are
// missing. A crash between the two leaves them missing for the next Rebuild.
func (r *rebuild) write(ctx context.Context, batch []loaded) error {
	err := r.whileDropping(ctx, func() error { return r.writeRows(ctx, batch) })
	if err != nil && !storageRefuses(ctx, err) {
		return err
	}
	refused := make([]bool, len(batch))
	if err != nil {
		r.writeEach(ctx, batch, func(i int, err error) {
			r.cfg.Log.ErrorContext(ctx, "rows refused by storage", "contentId", batch[i].entry.ID, "error", err.Error())
			refused[i] = true
		})
	}
	var entries []ledger.Entry
	for i, l := range batch {
		if !l.hasBody || refused[i] {
			r.stats.Failed++
			continue
		}
		entries = append(entries, l.entry)
		r.stats.Fetched++
		r.stats.addCounts(l.entry)
	}
	added, err := r.cfg.Store.Ledger.AddSettled(ctx, entries)
	r.stats.Added += added
	return err
}

// whileDropping calls write, and again while a table that it needs is still
// being dropped.
func (r *rebuild) whileDropping(ctx context.Context, write func() error) error {
	waited, next := time.Duration(0), firstDropWait
	for {
		err := write()
		if !store.BeingDropped(err) || waited >= maxDropWait {
			return err
		}
		if err := r.cfg.Wait(ctx, next); err != nil {
			return err
		}
		waited, next = waited+next, min(2*next, longestDropWait)
	}
}
