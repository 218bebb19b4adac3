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
)

// countedDays is how far back the status counts contents.
const countedDays = 30

// pullType does one content type's part of the tick. What fails on the way
// does not keep it from draining what the ledger holds already.
func (t *tick) pullType(ctx context.Context, contentType string) error {
	status := t.status(contentType)
	touched := map[time.Time]bool{}
	if status.Uncounted {
		t.touchAll(touched)
	}

	startErr := t.repairSubscription(ctx, &status)
	t.warnOfWebhook(ctx, status)
	full, listErr := t.list(ctx, &status, touched)
	startErr = errors.Join(startErr, t.heedListing(ctx, &status, listErr))
	until := latest(t.deadline, t.Now().Add(drainTime))
	order := ingest.Order{ContentType: contentType, Since: t.since(status, full), Until: until, Drains: len(t.ContentTypes),
		Settling: func(ctx context.Context) error { return t.beginCounting(ctx, &status, touched) }}
	stats, drainErr := t.Ingest.Drain(ctx, order, touched)
	t.count(stats)

	err := errors.Join(startErr, listErr, drainErr)
	if err != nil {
		err = fmt.Errorf("%s: %w", contentType, err)
	}
	describeProgress(&status, stats.Left)
	t.warnOfExpiry(ctx, status)
	if f := fault(t.Now().UTC(), err); f != nil {
		status.LastError = f
	}
	err = errors.Join(err, t.recount(ctx, &status, touched))
	return errors.Join(err, t.save(ctx, status))
}

// save saves the status at the tick's end. Where another run saved it since we
// read it, what that counted is hidden by ours, and counted anew by the next
// tick; and of two claims of completeness the lesser is true.
func (t *tick) save(ctx context.Context, status store.TypeStatus) error {
	by, through, err := t.Store.SavedBy(ctx, status.ContentType)
	if err != nil {
		return err
	}
	if by != status.SavedBy {
		status.Uncounted = true
		if through.Before(status.CompleteThrough) {
			status.CompleteThrough = through
		}
	}
	status.SavedBy = t.id
	return t.Store.SaveTypeStatus(ctx, status)
}

// pendingDays is for how long a content may be pending: contents have been
// seen to expire up to 21 days after they were created.
const pendingDays = 22

// since is when the oldest content was created that may be pending. Once a
// day, with the full listing, all months are looked through: a crash may have
// hidden what the status does not know of.
func (t *tick) since(status store.TypeStatus, full bool) time.Time {
	if full {
		return time.Time{}
	}
	recent := t.clock().Earlier().AddDate(0, 0, -pendingDays)
	if oldest := status.OldestPending; !oldest.IsZero() && oldest.Before(recent) {
		return oldest
	}
	return recent
}

// status is how the content type stood after the last tick.
func (t *tick) status(contentType string) store.TypeStatus {
	status := t.statuses[contentType]
	status.ContentType = contentType
	return status
}

// describeProgress states how far the trail is complete. Where the drain
// could not tell what it left, what was true before stays.
func describeProgress(status *store.TypeStatus, left *ingest.Left) {
	if left == nil {
		return
	}
	status.OldestPending, status.NextExpiration = left.OldestCreated, left.NextExpiration
	status.CompleteThrough = status.ListedThrough
	if left.Contents > 0 && left.OldestCreated.Before(status.ListedThrough) {
		status.CompleteThrough = left.OldestCreated
	}
}

// beginCounting notes that the counts are about to be wrong, before they are: a
// tick that is killed before it has counted anew leaves that note to the next
// one. What a listing adds needs none, for it is pending, and changes again.
// It hides what another run saved since we read the status: then all is counted.
func (t *tick) beginCounting(ctx context.Context, status *store.TypeStatus, touched map[time.Time]bool) error {
	by, _, err := t.Store.SavedBy(ctx, status.ContentType)
	if err != nil {
		return err
	}
	if by != status.SavedBy {
		t.touchAll(touched)
	}
	status.Uncounted, status.SavedBy = true, t.id
	return t.Store.SaveTypeStatus(ctx, *status)
}

// touchAll touches all counted days.
func (t *tick) touchAll(touched map[time.Time]bool) {
	for i := range countedDays {
		touched[day(t.Now()).AddDate(0, 0, -i)] = true
	}
}

// recount counts the contents from the first to the last touched day anew.
func (t *tick) recount(ctx context.Context, status *store.TypeStatus, touched map[time.Time]bool) error {
	if len(touched) == 0 {
		status.Uncounted = false
		return nil
	}
	days := slices.SortedFunc(maps.Keys(touched), time.Time.Compare)
	first, last := days[0], days[len(days)-1]
	counts, err := t.Store.CountContents(ctx, status.ContentType, first, last)
	if err != nil {
		return err
	}
	oldest := day(t.Now()).AddDate(0, 0, 1-countedDays)
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

func (t *tick) count(s ingest.Stats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Fetched += s.Fetched
	t.run.Records += s.Records
	t.run.Rows += s.Rows
	t.run.Duplicates += s.Duplicates
	t.run.Conflicts += s.Conflicts
	t.run.Rejected += s.Rejected
}

// saveFailure notes, for every content type, an error that kept the tick from
// working on any.
func (t *tick) saveFailure(ctx context.Context, err error) error {
	var failures []error
	for _, contentType := range t.ContentTypes {
		status := t.status(contentType)
		t.warnOfExpiry(ctx, status)
		status.LastError = fault(t.Now().UTC(), err)
		failures = append(failures, t.save(ctx, status))
	}
	return errors.Join(failures...)
}
