package ingest

import (
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// notifiedAttempts is how many attempts, over all concurrent drains, go to
// content blobs known only from a notification. It is a minute's worth of the
// API's quota, so that forged notifications cannot use up more. A listed
// content blob does not count, and all real ones are listed in the end.
const notifiedAttempts = 2_000

// An Order says what to drain.
type Order struct {
	ContentType string
	Since       time.Time // skip the months (of contentCreated) before the one that it lies in; zero: skip none
	Until       time.Time // start no attempt after it
	// Drains is how many drains run at once, this one included. Each gets an
	// equal share of the concurrency and the memory, so that none waits for
	// another. 0 means 1.
	Drains int
	// BeforeSettle is called once, before the first entry is stored, if any
	// is. Its error ends the drain. It may be nil.
	BeforeSettle func(context.Context) error
}

// share returns the order's share of what all concurrent drains have together.
func (o Order) share(total int) int { return max(1, total/max(1, o.Drains)) }

// Drain ingests the pending entries that are due, in the order of their
// expiration, until none is due or the order's time is up. An entry that fails
// is retried: the early retries belong to the same drain, later ones to a
// drain after it.
//
// The error says why the drain ended early: the API serves nothing at the
// moment (throttled, no permission), or storage does not respond. After any
// error the ledger is consistent and the next drain continues from there. The
// Stats are valid with an error, too.
func (p *Pipeline) Drain(ctx context.Context, o Order) (Stats, error) {
	if p.cfg.Fetch == nil {
		return Stats{}, errors.New("drain: missing Fetch")
	}
	d := &drain{Pipeline: p, Order: o, room: newRoom(o.share(bodyRoom)), stats: Stats{Touched: map[time.Time]bool{}}}
	err := d.run(ctx)
	return d.stats, err
}

// A drain is the state of one Drain. Three kinds of goroutine share it: one
// reads the ledger, several load content blobs, and one writes batches.
type drain struct {
	*Pipeline
	Order
	room *room
	stop atomic.Pointer[error] // set by the first loader to which the API serves nothing

	notified int // attempts at notified content blobs; the reader's

	stats     Stats // the writer's while a pass runs
	announced bool  // BeforeSettle was called; the writer's
}

// run makes passes over the ledger, and waits for early retries between them.
func (d *drain) run(ctx context.Context) error {
	for {
		started, left, err := d.pass(ctx)
		if err == nil && started > 0 && d.hasTime() {
			continue // entries may have been added, or fallen due
		}
		if err != nil || started > 0 || left == nil {
			var readErr error
			d.stats.Left, readErr = d.remaining(ctx)
			return errors.Join(err, readErr)
		}
		d.stats.Left = left
		if left.nextRetry.IsZero() || left.nextRetry.After(d.Until) {
			return nil
		}
		if err := d.cfg.Wait(ctx, left.nextRetry.Sub(d.cfg.Clock.Ours())); err != nil {
			return err
		}
	}
}

func (d *drain) hasTime() bool { return d.cfg.Clock.Ours().Before(d.Until) }

// pass makes one attempt at every entry that is due, until the end of the
// ledger or of the order's time. It returns how many attempts it started and
// which entries it left; nil if it did not read the ledger to its end.
//
// An error that means that the API serves nothing stops the pass.
func (d *drain) pass(ctx context.Context) (started int, left *Left, err error) {
	out := make(chan loaded)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(out)
		var err error
		started, left, err = d.loadDue(ctx, out)
		return err
	})
	g.Go(func() error {
		return inBatches(ctx, out, d.share(batchRecords), func(batch []loaded) error { return d.write(ctx, batch) })
	})
	err = g.Wait()
	if stop := d.stop.Load(); err == nil && stop != nil {
		err = *stop
	}
	return started, left, err
}

// loadDue loads the entries that are due and sends the results to out.
func (d *drain) loadDue(ctx context.Context, out chan<- loaded) (started int, left *Left, err error) {
	left = &Left{}
	loaders, ctx := errgroup.WithContext(ctx)
	loaders.SetLimit(d.share(d.cfg.Concurrency))
	err = d.eachPending(ctx, func(entry ledger.Entry) bool {
		if d.stop.Load() != nil || !d.hasTime() {
			left = nil
			return false
		}
		if d.admit(entry, left) {
			started++
			loaders.Go(func() error { return d.loadInto(ctx, entry, out) })
		}
		return true
	})
	// A loader's error cancels the reading, which then fails as well, but
	// only the loader's says why.
	return started, left, cmp.Or(loaders.Wait(), err)
}

// remaining reads what is pending, due or not.
func (d *drain) remaining(ctx context.Context) (*Left, error) {
	left := &Left{}
	err := d.eachPending(ctx, func(entry ledger.Entry) bool {
		left.include(entry)
		return true
	})
	if err != nil {
		return nil, err
	}
	return left, nil
}

// eachPending calls do for every pending entry until it returns false.
func (d *drain) eachPending(ctx context.Context, do func(ledger.Entry) bool) error {
	for entry, err := range d.cfg.Store.Ledger.Pending(ctx, d.ContentType, d.Since) {
		if err != nil {
			return err
		}
		if !do(entry) {
			return nil
		}
	}
	return nil
}

// admit reports whether this drain attempts the entry now. It counts the entry:
// as an attempt if it is only notified, or in left if it must wait.
func (d *drain) admit(entry ledger.Entry, left *Left) bool {
	wait := entry.NextTry.Sub(d.cfg.Clock.Ours())
	switch {
	case wait > 0 && wait <= longestBackoff: // a longer one was set by a clock that was ahead, and is ignored
		left.include(entry)
		left.includeRetry(entry)
		return false
	case entry.Notified && d.notified == d.share(notifiedAttempts):
		left.include(entry) // for the next drain
		return false
	case entry.Notified:
		d.notified++
	}
	return true
}

// loadInto makes one attempt and sends its result to out, if the entry changes.
// An error of the API that every content blob would meet stops the drain; one
// of storage is returned.
func (d *drain) loadInto(ctx context.Context, entry ledger.Entry, out chan<- loaded) error {
	leave, err := d.room.enter(ctx)
	if err != nil {
		return err
	}
	l, err := d.load(ctx, entry)
	leave(l.size)
	if err == nil {
		return send(ctx, out, l)
	}
	stop := apiServesNothing(err)
	if stop {
		d.stop.CompareAndSwap(nil, &err)
	}
	next, changed := d.notLoaded(ctx, entry, err)
	switch {
	case changed:
		return send(ctx, out, loaded{entry: next})
	case stop:
		return nil
	}
	return err
}

// send sends l to out, or returns ctx's error if that ends first.
func send(ctx context.Context, out chan<- loaded, l loaded) error {
	select {
	case out <- l:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
