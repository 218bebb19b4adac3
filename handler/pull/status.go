package pull

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// countedDays is how many days back the status counts content blobs.
const countedDays = 30

// describeProgress states how far the trail is complete. If the drain could not
// read what it left, the earlier statement stays true.
func (r *typeRun) describeProgress(left *ingest.Left) {
	if left == nil {
		return
	}
	status := &r.status
	status.OldestPending, status.NextExpiration = left.OldestCreated, left.NextExpiration
	status.CompleteThrough = status.ListedThrough
	if left.Contents > 0 && left.OldestCreated.Before(status.ListedThrough) {
		status.CompleteThrough = left.OldestCreated
	}
}

// markUncounted records that the counts are about to become wrong, before they
// do: a tick that is killed before it has counted again leaves this mark to the
// next one. Listing needs no mark, because what it adds is pending and its
// state will change again.
func (r *typeRun) markUncounted(ctx context.Context) error {
	by, _, err := r.cfg.Store.SavedBy(ctx, r.status.ContentType)
	if err != nil {
		return err
	}
	if by != r.status.SavedBy {
		r.touchAll()
	}
	r.status.Uncounted, r.status.SavedBy = true, r.id
	return r.cfg.Store.SaveTypeStatus(ctx, r.status)
}

// save saves the status at the end of the tick. If another run has saved it
// meanwhile, its counts are lost: mark them, so that the next tick counts again,
// and keep the earlier CompleteThrough.
func (r *typeRun) save(ctx context.Context) error {
	by, through, err := r.cfg.Store.SavedBy(ctx, r.status.ContentType)
	if err != nil {
		return err
	}
	if by != r.status.SavedBy {
		r.status.Uncounted = true
		if through.Before(r.status.CompleteThrough) {
			r.status.CompleteThrough = through
		}
	}
	r.status.SavedBy = r.id
	return r.cfg.Store.SaveTypeStatus(ctx, r.status)
}

// touchAll has all counted days counted again.
func (r *typeRun) touchAll() {
	for i := range countedDays {
		r.touched[day(r.now()).AddDate(0, 0, -i)] = true
	}
}

// recount counts the content blobs from the first to the last touched day
// again.
func (r *typeRun) recount(ctx context.Context) error {
	status := &r.status
	if len(r.touched) == 0 {
		status.Uncounted = false
		return nil
	}
	days := slices.SortedFunc(maps.Keys(r.touched), time.Time.Compare)
	first, last := days[0], days[len(days)-1]
	counts, err := r.cfg.Store.CountContents(ctx, status.ContentType, first, last)
	if err != nil {
		return err
	}
	oldest := day(r.now()).AddDate(0, 0, 1-countedDays)
	status.Days = slices.DeleteFunc(status.Days, func(d store.DayCount) bool {
		return d.Day.Before(oldest) || !d.Day.Before(first) && !d.Day.After(last)
	})
	for _, count := range counts {
		if !count.Day.Before(oldest) {
			status.Days = append(status.Days, *count)
		}
	}
	slices.SortFunc(status.Days, func(a, b store.DayCount) int { return a.Day.Compare(b.Day) })
	status.Uncounted = false
	return nil
}

func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
