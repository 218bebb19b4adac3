package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// tolerance is how far this machine's clock may be off before the API's
// clock is taken instead: the API refuses windows outside of what it takes
// for now, and a window that ends in its future would be passed unseen.
const tolerance = time.Minute

// apiNow is the time by the API's clock.
func (t *tick) apiNow() time.Time {
	now := t.Now()
	if skew := t.Feed.Skew(); skew.Abs() > tolerance {
		return now.Add(skew)
	}
	return now
}

// list brings all contents that are due for listing into the ledger and
// moves the checkpoint. full tells that it listed all that the API holds.
// touched collects the days of what it added, and then all counted days.
func (t *tick) list(ctx context.Context, status *store.TypeStatus, touched map[time.Time]bool) (full bool, err error) {
	checkpoint, err := t.Store.Checkpoint(ctx, status.ContentType)
	if err != nil {
		return false, err
	}
	p := planListing(checkpoint, t.apiNow())
	if err := t.noteGap(ctx, status, p.gap); err != nil {
		return false, err
	}
	for w := range p.windows() {
		if err := t.listWindow(ctx, status.ContentType, w, touched); err != nil {
			return false, err
		}
		checkpoint.ListedThrough = latest(checkpoint.ListedThrough, w.to)
		if p.full && w.to.Equal(p.to) {
			checkpoint.FullListing = w.to
		}
		// Only now is every content of the window in the ledger. A crash
		// before this line lists the window once more, which adds nothing.
		checkpoint, err = t.Store.SaveCheckpoint(ctx, checkpoint)
		if errors.Is(err, store.ErrConflict) {
			return false, nil // another run is listing, and has moved it
		}
		if err != nil {
			return false, err
		}
		status.ListedThrough = checkpoint.ListedThrough
	}
	if !p.full {
		return false, nil
	}
	return true, t.daily(ctx, touched)
}

// listWindow adds the contents of one window to the ledger, page by page.
func (t *tick) listWindow(ctx context.Context, contentType string, w span, touched map[time.Time]bool) error {
	for page, err := range t.Feed.List(ctx, contentType, w.from, w.to) {
		if err != nil {
			return err
		}
		added, err := t.Store.AddPending(ctx, page)
		if err != nil {
			return err
		}
		t.run.Listed += added
		for _, content := range page {
			if added > 0 {
				touched[day(content.Created)] = true
			}
		}
	}
	return nil
}

// daily does what goes with a full listing, once a day: it puts right the
// counts that a crash left wrong, and drops what retention no longer keeps.
func (t *tick) daily(ctx context.Context, touched map[time.Time]bool) error {
	for i := range countedDays {
		touched[day(t.Now()).AddDate(0, 0, -i)] = true
	}
	return t.dropOld(ctx)
}

// noteGap keeps the interval that downtime cost. It is saved before the
// checkpoint passes it, so that a crash cannot hide it; noted again, by the
// run after that crash, it is the same note.
func (t *tick) noteGap(ctx context.Context, status *store.TypeStatus, gap *store.Gap) error {
	if gap == nil {
		return nil
	}
	t.Log.ErrorContext(ctx, "contents no longer listed", "contentType", status.ContentType, "from", gap.From, "to", gap.To)
	for i, known := range status.Gaps {
		if known.From.Equal(gap.From) {
			status.Gaps[i].To = gap.To
			return t.Store.SaveTypeStatus(ctx, *status)
		}
	}
	status.Gaps = append(status.Gaps, *gap)
	return t.Store.SaveTypeStatus(ctx, *status)
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
