package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A listing is the state of listing one content type in one tick.
type listing struct {
	tick       *typeTick
	plan       plan
	checkpoint store.Checkpoint
	held       bool // the checkpoint stays before a window that failed
	failures   []error
}

// list brings every content blob that is due for listing into the ledger and
// moves the checkpoint. full reports whether it listed all that the API holds.
func (t *typeTick) list(ctx context.Context) (full bool, err error) {
	stored, err := t.cfg.Store.Checkpoint(ctx, t.status.ContentType)
	if err != nil {
		return false, err
	}
	now := t.cfg.Clock.API()
	checkpoint, err := t.checkedCheckpoint(ctx, stored, now)
	if err != nil {
		return false, err
	}
	l := &listing{tick: t, plan: planListing(checkpoint, now), checkpoint: checkpoint}
	if err := l.recordGap(ctx); err != nil {
		return false, err
	}
	return l.listWindows(ctx)
}

// listWindows lists the windows of the plan, the oldest first.
func (l *listing) listWindows(ctx context.Context) (full bool, err error) {
	for w := range l.plan.windows() {
		if err := l.tick.listWindow(ctx, w); err != nil {
			l.failures = append(l.failures, err)
			if !l.canContinue(err) {
				return false, errors.Join(l.failures...)
			}
			l.held = l.held || w.to.After(l.checkpoint.ListedThrough)
			continue
		}
		err := l.moveCheckpoint(ctx, w)
		if errors.Is(err, store.ErrConflict) {
			return false, nil // another tick lists at the same time, and has moved it
		}
		if err != nil {
			return false, err
		}
	}
	if !l.plan.full || len(l.failures) > 0 {
		return false, errors.Join(l.failures...)
	}
	return true, nil
}

// checkedCheckpoint discards a checkpoint that lies in the future. Some clock
// was wrong when it was saved: ours before the API had responded, or that of a
// single response. A listing that starts there skips content blobs that became
// available before it and are not listed yet. So all that the API still lists is
// listed again. A gap that the wrong clock recorded ends where this listing
// begins.
//
// Nothing here is stored before the checkpoint moves, except the gaps. After a
// crash the next tick discards the checkpoint again and lists from a later time.
// The time between the two beginnings is then neither listed nor in a gap.
func (t *typeTick) checkedCheckpoint(ctx context.Context, c store.Checkpoint, now time.Time) (store.Checkpoint, error) {
	if c.ListedThrough.Sub(now) <= clock.Tolerance {
		return c, nil
	}
	t.cfg.Log.WarnContext(ctx, "checkpoint in the future", "contentType", c.ContentType, "listedThrough", c.ListedThrough, "now", now)
	t.status.ListedThrough = time.Time{}
	oldest := now.Add(-lookBack)
	for _, g := range t.status.Gaps {
		if g.To.After(oldest) {
			g.To = later(g.From, oldest)
			if err := t.cfg.Store.ShortenGap(ctx, c.ContentType, g); err != nil {
				return store.Checkpoint{}, err
			}
		}
	}
	return store.Checkpoint{ContentType: c.ContentType, ETag: c.ETag}, nil
}

// recordGap saves the interval that downtime cost, if any. It comes before the
// checkpoint passes the gap, so that a crash cannot hide it. The tick after that
// crash records the same gap again.
func (l *listing) recordGap(ctx context.Context) error {
	if l.plan.gap == nil {
		return nil
	}
	l.tick.cfg.Log.ErrorContext(ctx, logGap, "contentType", l.tick.status.ContentType, "from", l.plan.gap.From, "to", l.plan.gap.To)
	return l.tick.cfg.Store.AddGap(ctx, l.tick.status.ContentType, *l.plan.gap)
}

// canContinue reports whether to list the windows after one that failed with
// err, so that one window does not keep the content blobs of the others waiting
// until they expire. The next tick lists the failed one again.
func (l *listing) canContinue(err error) bool {
	class := feed.ClassOf(err)
	concernsWindow := class == feed.Transient || class == feed.Window || errors.Is(err, store.ErrInvalid)
	return concernsWindow && l.tick.cfg.Clock.Ours().Before(l.tick.deadline)
}

// moveCheckpoint moves the checkpoint past a window, unless an earlier one
// failed. Only now is every content blob of the window in the ledger: a crash
// before this line lists the window again, which adds nothing.
func (l *listing) moveCheckpoint(ctx context.Context, w span) error {
	if l.held {
		return nil
	}
	c := l.checkpoint
	c.ListedThrough = later(c.ListedThrough, w.to)
	if l.plan.full && w.to.Equal(l.plan.to) && len(l.failures) == 0 {
		c.FullListing = w.to
	}
	saved, err := l.tick.cfg.Store.SaveCheckpoint(ctx, c)
	if err != nil {
		return err
	}
	l.checkpoint = saved
	l.tick.status.ListedThrough = saved.ListedThrough
	return nil
}

// listAttempts is how often a window is listed from its start when its next
// pages cannot be followed: they form a circle, or the API has forgotten them.
const listAttempts = 3

// listWindow adds the content blobs of one window to the ledger. The error is
// that of the last attempt. The ledger is consistent in any case.
func (t *typeTick) listWindow(ctx context.Context, w span) error {
	for attempt := 1; ; attempt++ {
		pages, err := t.listPages(ctx, w)
		if feed.ClassOf(err) != feed.Window || pages == 0 || attempt == listAttempts {
			return err
		}
	}
}

// listPages adds a window's content blobs page by page, and returns how many
// pages it got. One that has no valid key delays no other.
func (t *typeTick) listPages(ctx context.Context, w span) (pages int, err error) {
	var invalid error
	for page, err := range t.cfg.Feed.List(ctx, t.status.ContentType, w.from, w.to) {
		if err != nil {
			return pages, errors.Join(invalid, err)
		}
		pages++
		for i := range page {
			page[i].Type = t.status.ContentType // whatever the response says: that is where it will be looked up
		}
		added, err := t.cfg.Store.Ledger.AddPending(ctx, page)
		if err != nil && !errors.Is(err, store.ErrInvalid) {
			return pages, err
		}
		invalid = errors.Join(invalid, err)
		t.countListed(added)
		if added == 0 {
			continue
		}
		for _, content := range page { // the ledger does not say which of them are new
			t.touched[ledger.Day(content.Created)] = true
		}
	}
	return pages, invalid
}
