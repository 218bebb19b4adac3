package pull

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// describeProgress states how far the trail is complete. If the drain could not
// read what it left, the earlier statement stays true.
func (t *typeTick) describeProgress(left *ingest.Left) {
	if left == nil {
		return
	}
	t.described = true
	status := &t.status
	status.OldestPending, status.NextExpiration = left.OldestCreated, left.NextExpiration
	status.CompleteThrough = status.ListedThrough
	if left.Entries > 0 && left.OldestCreated.Before(status.ListedThrough) {
		status.CompleteThrough = left.OldestCreated
	}
}

// markUncounted records that the counts are about to become wrong, before they
// do: a tick that is killed before it has counted again leaves this mark to the
// next one. Listing needs no mark, because what it adds is pending and its
// state will change again.
func (t *typeTick) markUncounted(ctx context.Context) error {
	t.status.Uncounted = true
	return t.save(ctx)
}

// maxSaves bounds how often a save meets another tick's. Two ticks at once need
// two or three.
const maxSaves = 8

// save saves the status. If another tick has saved it since this one read it,
// nothing is overwritten: the two are merged, and the result is saved.
func (t *typeTick) save(ctx context.Context) error {
	for range maxSaves {
		saved, err := t.cfg.Store.SaveTypeStatus(ctx, t.status)
		if err == nil {
			t.status, t.base = saved, saved
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		theirs, err := t.cfg.Store.TypeStatus(ctx, t.status.ContentType)
		if err != nil {
			return err
		}
		t.merge(theirs)
	}
	return fmt.Errorf("save status of %s: %w %d times", t.status.ContentType, store.ErrConflict, maxSaves)
}

// merge merges this tick's status with theirs, which another tick has saved since
// this one read t.base.
//
// Of the subscription, the listing and the last error, a value that this tick has
// changed stays; every other is theirs. If this tick has read what is pending, that
// is the newer statement, and the earlier claim of completeness wins. The counts
// by day are theirs. Either tick may have counted before the other changed an
// entry, so the status stays marked as uncounted, and the next tick counts every
// day again. Gaps are documents of their own and are not saved with the status:
// theirs was read without them.
func (t *typeTick) merge(theirs store.TypeStatus) {
	ours, base := t.status, t.base
	merged := theirs
	merged.Subscription = ourChange(ours.Subscription, base.Subscription, theirs.Subscription)
	merged.Webhook = ourChange(ours.Webhook, base.Webhook, theirs.Webhook)
	merged.ListedThrough = ourChange(ours.ListedThrough, base.ListedThrough, theirs.ListedThrough)
	merged.LastError = ourChange(ours.LastError, base.LastError, theirs.LastError)
	merged.Started = later(ours.Started, theirs.Started)
	if t.described {
		merged.OldestPending, merged.NextExpiration = ours.OldestPending, ours.NextExpiration
		merged.CompleteThrough = earlier(ours.CompleteThrough, theirs.CompleteThrough)
	}
	merged.Gaps = ours.Gaps
	merged.Uncounted, t.overlapped = true, true
	t.status, t.base = merged, theirs
}

// ourChange returns ours if it differs from base, and theirs otherwise.
func ourChange[T comparable](ours, base, theirs T) T {
	if ours != base {
		return ours
	}
	return theirs
}

// touchAll has all counted days counted again.
func (t *typeTick) touchAll() {
	for i := range store.StatusDays {
		t.touched[ledger.Day(t.now()).AddDate(0, 0, -i)] = true
	}
}

// recount counts the content blobs from the first to the last touched day
// again.
func (t *typeTick) recount(ctx context.Context) error {
	status := &t.status
	if len(t.touched) == 0 {
		status.Uncounted = t.overlapped
		return nil
	}
	days := slices.SortedFunc(maps.Keys(t.touched), time.Time.Compare)
	first, last := days[0], days[len(days)-1]
	counts, err := t.cfg.Store.Ledger.CountByDay(ctx, status.ContentType, first, last)
	if err != nil {
		return err
	}
	oldest := ledger.Day(t.now()).AddDate(0, 0, 1-store.StatusDays)
	status.Days = slices.DeleteFunc(status.Days, func(d ledger.DayCount) bool {
		return d.Day.Before(oldest) || !d.Day.Before(first) && !d.Day.After(last)
	})
	for _, count := range counts {
		if !count.Day.Before(oldest) {
			status.Days = append(status.Days, *count)
		}
	}
	slices.SortFunc(status.Days, func(a, b ledger.DayCount) int { return a.Day.Compare(b.Day) })
	status.Uncounted = t.overlapped
	return nil
}
