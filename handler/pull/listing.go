package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A listing is the state of listing one content type in one tick.
type listing struct {
	*typeRun
	plan
	checkpoint store.Checkpoint
	held       bool // the checkpoint stays before a window that failed
	failures   []error
}

// list brings every content blob that is due for listing into the ledger and
// moves the checkpoint. full reports whether it listed all that the API holds.
func (r *typeRun) list(ctx context.Context) (full bool, err error) {
	stored, err := r.cfg.Store.Checkpoint(ctx, r.status.ContentType)
	if err != nil {
		return false, err
	}
	now := r.cfg.Clock.API()
	checkpoint, err := r.checkedCheckpoint(ctx, stored, now)
	if err != nil {
		return false, err
	}
	l := &listing{typeRun: r, plan: planListing(checkpoint, now), checkpoint: checkpoint}
	if err := l.recordGap(ctx); err != nil {
		return false, err
	}
	return l.listWindows(ctx)
}

// listWindows lists the windows of the plan, the oldest first.
func (l *listing) listWindows(ctx context.Context) (full bool, err error) {
	for w := range l.windows() {
		if err := l.listWindow(ctx, w); err != nil {
			l.failures = append(l.failures, err)
			if !l.canContinue(err) {
				return false, errors.Join(l.failures...)
			}
			l.held = l.held || w.to.After(l.checkpoint.ListedThrough)
			continue
		}
		err := l.moveCheckpoint(ctx, w)
		if errors.Is(err, store.ErrConflict) {
			return false, nil // another run lists at the same time, and has moved it
		}
		if err != nil {
			return false, err
		}
	}
	if !l.full || len(l.failures) > 0 {
		return false, errors.Join(l.failures...)
	}
	return true, l.daily(ctx)
}

// checkedCheckpoint discards a checkpoint that lies in the future. Some clock
// was wrong when it was saved: ours before the API had responded, or that of a
// single response. Content blobs that became available since then are not
// listed, nor would they be until now had passed the checkpoint. So all that the
// API still lists is listed again. A gap that the wrong clock recorded ends where
// this listing begins.
//
// Nothing here is stored before the checkpoint moves, except the gaps; a crash
// repeats it.
func (r *typeRun) checkedCheckpoint(ctx context.Context, c store.Checkpoint, now time.Time) (store.Checkpoint, error) {
	if c.ListedThrough.Sub(now) <= clock.Tolerance {
		return c, nil
	}
	r.cfg.Log.WarnContext(ctx, "checkpoint in the future", "contentType", c.ContentType, "listedThrough", c.ListedThrough, "now", now)
	r.status.ListedThrough = time.Time{}
	oldest := now.Add(-lookBack)
	for _, g := range r.status.Gaps {
		if g.To.After(oldest) {
			g.To = latest(g.From, oldest)
			if err := r.cfg.Store.ShortenGap(ctx, c.ContentType, g); err != nil {
				return store.Checkpoint{}, err
			}
		}
	}
	return store.Checkpoint{ContentType: c.ContentType, ETag: c.ETag}, nil
}

// recordGap saves the interval that downtime cost, if any. It comes before the
// checkpoint passes the gap, so that a crash cannot hide it. The run after that
// crash records the same gap again.
func (l *listing) recordGap(ctx context.Context) error {
	if l.gap == nil {
		return nil
	}
	l.cfg.Log.ErrorContext(ctx, logGap, "contentType", l.status.ContentType, "from", l.gap.From, "to", l.gap.To)
	return l.cfg.Store.AddGap(ctx, l.status.ContentType, *l.gap)
}

// canContinue reports whether to list the windows after one that failed with
// err, so that one window does not keep the content blobs of the others waiting
// until they expire. The next tick lists the failed one again.
func (l *listing) canContinue(err error) bool {
	class := feed.ClassOf(err)
	concernsWindow := class == feed.Transient || class == feed.Window || errors.Is(err, store.ErrInvalid)
	return concernsWindow && l.cfg.Clock.Ours().Before(l.deadline)
}

// moveCheckpoint moves the checkpoint past a window, unless an earlier one
// failed. Only now is every content blob of the window in the ledger: a crash
// before this line lists the window again, which adds nothing.
func (l *listing) moveCheckpoint(ctx context.Context, w span) error {
	if l.held {
		return nil
	}
	c := l.checkpoint
	c.ListedThrough = latest(c.ListedThrough, w.to)
	if l.full && w.to.Equal(l.to) && len(l.failures) == 0 {
		c.FullListing = w.to
	}
	saved, err := l.cfg.Store.SaveCheckpoint(ctx, c)
	if err != nil {
		return err
	}
	l.checkpoint = saved
	l.status.ListedThrough = saved.ListedThrough
	return nil
}

// listAttempts is how often a window is listed from its start when its next
// pages cannot be followed: they form a circle, or the API has forgotten them.
const listAttempts = 3

// listWindow adds the content blobs of one window to the ledger. The error is
// that of the last attempt. The ledger is consistent in any case.
func (r *typeRun) listWindow(ctx context.Context, w span) error {
	for attempt := 1; ; attempt++ {
		pages, err := r.listPages(ctx, w)
		if feed.ClassOf(err) != feed.Window || pages == 0 || attempt == listAttempts {
			return err
		}
	}
}

// listPages adds a window's content blobs page by page, and returns how many
// pages it got. One that has no valid key delays no other.
func (r *typeRun) listPages(ctx context.Context, w span) (pages int, err error) {
	var invalid error
	for page, err := range r.cfg.Feed.List(ctx, r.status.ContentType, w.from, w.to) {
		if err != nil {
			return pages, errors.Join(invalid, err)
		}
		pages++
		for i := range page {
			page[i].Type = r.status.ContentType // whatever the response says: that is where it will be looked up
		}
		added, err := r.cfg.Store.Ledger.AddPending(ctx, page)
		if err != nil && !errors.Is(err, store.ErrInvalid) {
			return pages, err
		}
		invalid = errors.Join(invalid, err)
		r.countListed(added)
		if added == 0 {
			continue
		}
		for _, content := range page { // the ledger does not say which of them are new
			r.touched[day(content.Created)] = true
		}
	}
	return pages, invalid
}
