package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// list brings all contents that are due for listing into the ledger and
// moves the checkpoint. full tells that it listed all that the API holds.
// touched collects the days of what it added, and then all counted days.
func (t *tick) list(ctx context.Context, status *store.TypeStatus, touched map[time.Time]bool) (full bool, err error) {
	checkpoint, err := t.Store.Checkpoint(ctx, status.ContentType)
	if err != nil {
		return false, err
	}
	now := t.clock().API()
	if checkpoint, err = t.believe(ctx, checkpoint, now, status); err != nil {
		return false, err
	}
	p := planListing(checkpoint, now)
	if err := t.noteGap(ctx, status.ContentType, p.gap); err != nil {
		return false, err
	}
	var failures []error
	held := false // the checkpoint waits before a window that failed
	for w := range p.windows() {
		if err := t.listWindow(ctx, status.ContentType, w, touched); err != nil {
			failures = append(failures, err)
			if !t.mayGoOn(err) {
				return false, errors.Join(failures...)
			}
			held = held || w.to.After(checkpoint.ListedThrough)
			continue
		}
		if held {
			continue
		}
		whole := p.full && w.to.Equal(p.to) && len(failures) == 0
		checkpoint, err = t.move(ctx, checkpoint, w.to, whole)
		if errors.Is(err, store.ErrConflict) {
			return false, nil // another run is listing, and has moved it
		}
		if err != nil {
			return false, err
		}
		status.ListedThrough = checkpoint.ListedThrough
	}
	if !p.full || len(failures) > 0 {
		return false, errors.Join(failures...)
	}
	return true, t.daily(ctx, touched)
}

// believe returns the checkpoint, or one that says nothing in place of one
// ahead of now: a clock was wrong that moved it, ours before the API had
// answered, or that of a single answer. What became available since was not
// listed and would not be until now had come up with it, so all is listed anew.
// What that clock took for a gap is none as far as it is listed now. All this is
// done again until the checkpoint has moved.
func (t *tick) believe(ctx context.Context, c store.Checkpoint, now time.Time, status *store.TypeStatus) (store.Checkpoint, error) {
	if c.ListedThrough.Sub(now) <= clock.Tolerance {
		return c, nil
	}
	t.Log.WarnContext(ctx, "listed through a time to come", "contentType", c.ContentType, "listedThrough", c.ListedThrough, "now", now)
	status.ListedThrough = time.Time{}
	oldest := now.Add(-lookBack)
	for _, g := range status.Gaps {
		if g.To.After(oldest) {
			g.To = latest(g.From, oldest)
			if err := t.Store.SaveGap(ctx, c.ContentType, g); err != nil {
				return store.Checkpoint{}, err
			}
		}
	}
	return store.Checkpoint{ContentType: c.ContentType, ETag: c.ETag}, nil
}

// mayGoOn tells whether the windows after one that failed are listed all the
// same, so that one window does not keep the contents of the others waiting
// until they expire. The checkpoint passes it only if it was listed before; the
// next tick lists it once more.
func (t *tick) mayGoOn(err error) bool {
	class := feed.ClassOf(err)
	own := class == feed.Transient || class == feed.Window || errors.Is(err, store.ErrInvalid)
	return own && t.Now().Before(t.deadline)
}

// move moves the checkpoint behind a window. Only now is every content of
// the window in the ledger: a crash before this lists the window once more,
// which adds nothing.
func (t *tick) move(ctx context.Context, c store.Checkpoint, to time.Time, whole bool) (store.Checkpoint, error) {
	c.ListedThrough = latest(c.ListedThrough, to)
	if whole {
		c.FullListing = to
	}
	return t.Store.SaveCheckpoint(ctx, c)
}

// listTries is how often a window is listed from its start when its pages
// lead nowhere: one that goes round in a circle, or is no longer known.
const listTries = 3

// listWindow adds the contents of one window to the ledger. The error is
// that of the last try; whatever it is, what is in the ledger is right.
func (t *tick) listWindow(ctx context.Context, contentType string, w span, touched map[time.Time]bool) error {
	for try := 1; ; try++ {
		pages, err := t.listPages(ctx, contentType, w, touched)
		if feed.ClassOf(err) != feed.Window || pages == 0 || try == listTries {
			return err
		}
	}
}

// listPages adds a window's contents page by page, and returns how many pages
// it got. A content that cannot be kept holds up no other of them.
func (t *tick) listPages(ctx context.Context, contentType string, w span, touched map[time.Time]bool) (pages int, err error) {
	var invalid error
	for page, err := range t.Feed.List(ctx, contentType, w.from, w.to) {
		if err != nil {
			return pages, errors.Join(invalid, err)
		}
		pages++
		for i := range page {
			page[i].Type = contentType // whatever the row says: that is where the content will be looked for
		}
		added, err := t.Store.AddPending(ctx, page)
		if err != nil && !errors.Is(err, store.ErrInvalid) {
			return pages, err
		}
		invalid = errors.Join(invalid, err)
		t.listed(added)
		for _, content := range page {
			if added > 0 {
				touched[day(content.Created)] = true
			}
		}
	}
	return pages, invalid
}

func (t *tick) listed(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Listed += n
}

// daily does what goes with a full listing, once a day: it counts everything
// anew, and drops what retention no longer keeps.
func (t *tick) daily(ctx context.Context, touched map[time.Time]bool) error {
	t.touchAll(touched)
	return t.dropOld(ctx)
}

// noteGap keeps the interval that downtime cost. It is saved before the
// checkpoint passes it, so that a crash cannot hide it; noted again, by the
// run after that crash, it is the same note.
func (t *tick) noteGap(ctx context.Context, contentType string, gap *store.Gap) error {
	if gap == nil {
		return nil
	}
	t.Log.ErrorContext(ctx, logGap, "contentType", contentType, "from", gap.From, "to", gap.To)
	return t.Store.SaveGap(ctx, contentType, *gap)
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
