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
func (r *typeRun) describeProgress(left *ingest.Left) {
	if left == nil {
		return
	}
	r.described = true
	status := &r.status
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
func (r *typeRun) markUncounted(ctx context.Context) error {
	r.status.Uncounted = true
	return r.save(ctx)
}

// maxSaves bounds how often a save meets another run's. Two runs at once need
// two or three.
const maxSaves = 8

// save saves the status. If another run has saved it since this one read it,
// nothing is overwritten: the two are merged, and the result is saved.
func (r *typeRun) save(ctx context.Context) error {
	for range maxSaves {
		saved, err := r.cfg.Store.SaveTypeStatus(ctx, r.status)
		if err == nil {
			r.status, r.base = saved, saved
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		theirs, err := r.cfg.Store.TypeStatus(ctx, r.status.ContentType)
		if err != nil {
			return err
		}
		r.merge(theirs)
	}
	return fmt.Errorf("save status of %s: %w %d times", r.status.ContentType, store.ErrConflict, maxSaves)
}

// merge merges this run's status with theirs, which another run has saved since
// this one read r.base. A value that this run has changed stays; every other is
// theirs. The earlier claim of completeness wins. Either run may have counted
// before the other changed an entry, so the status stays marked as uncounted,
// and the next tick counts every day again.
func (r *typeRun) merge(theirs store.TypeStatus) {
	ours, base := r.status, r.base
	merged := theirs
	merged.Subscription = ourChange(ours.Subscription, base.Subscription, theirs.Subscription)
	merged.Webhook = ourChange(ours.Webhook, base.Webhook, theirs.Webhook)
	merged.ListedThrough = ourChange(ours.ListedThrough, base.ListedThrough, theirs.ListedThrough)
	merged.LastError = ourChange(ours.LastError, base.LastError, theirs.LastError)
	merged.Started = latest(ours.Started, theirs.Started)
	if r.described {
		merged.OldestPending, merged.NextExpiration = ours.OldestPending, ours.NextExpiration
		merged.CompleteThrough = earlier(ours.CompleteThrough, theirs.CompleteThrough)
	}
	merged.Gaps = ours.Gaps
	merged.Uncounted, r.overlapped = true, true
	r.status, r.base = merged, theirs
}

// ourChange returns ours if it differs from base, and theirs otherwise.
func ourChange[T comparable](ours, base, theirs T) T {
	if ours != base {
		return ours
	}
	return theirs
}

// touchAll has all counted days counted again.
func (r *typeRun) touchAll() {
	for i := range store.StatusDays {
		r.touched[day(r.now()).AddDate(0, 0, -i)] = true
	}
}

// recount counts the content blobs from the first to the last touched day
// again.
func (r *typeRun) recount(ctx context.Context) error {
	status := &r.status
	if len(r.touched) == 0 {
		status.Uncounted = r.overlapped
		return nil
	}
	days := slices.SortedFunc(maps.Keys(r.touched), time.Time.Compare)
	first, last := days[0], days[len(days)-1]
	counts, err := r.cfg.Store.Ledger.CountByDay(ctx, status.ContentType, first, last)
	if err != nil {
		return err
	}
	oldest := day(r.now()).AddDate(0, 0, 1-store.StatusDays)
	status.Days = slices.DeleteFunc(status.Days, func(d ledger.DayCount) bool {
		return d.Day.Before(oldest) || !d.Day.Before(first) && !d.Day.After(last)
	})
	for _, count := range counts {
		if !count.Day.Before(oldest) {
			status.Days = append(status.Days, *count)
		}
	}
	slices.SortFunc(status.Days, func(a, b ledger.DayCount) int { return a.Day.Compare(b.Day) })
	status.Uncounted = r.overlapped
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
