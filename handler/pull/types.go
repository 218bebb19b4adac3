package pull

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// countedDays is how far back the status counts contents.
const countedDays = 30

// pullType does one content type's part of the tick. What fails on the way
// does not keep it from draining what the ledger holds already.
func (t *tick) pullType(ctx context.Context, contentType string, until time.Time) error {
	status := t.status(contentType)
	touched := map[time.Time]bool{}

	startErr := t.repairSubscription(ctx, &status)
	listErr := t.list(ctx, &status, touched)
	stats, drainErr := t.Ingest.Drain(ctx, contentType, until, touched)
	t.count(stats)

	err := errors.Join(startErr, listErr, drainErr)
	if err != nil {
		err = fmt.Errorf("%s: %w", contentType, err)
	}
	describeProgress(&status, stats.Left)
	if f := fault(t.Now().UTC(), err); f != nil {
		status.LastError = f
	}
	return errors.Join(err, t.recount(ctx, contentType, touched), t.Store.SaveTypeStatus(ctx, status))
}

// status is how the content type stood after the last tick.
func (t *tick) status(contentType string) store.TypeStatus {
	status := t.statuses[contentType]
	status.ContentType = contentType
	if status.Gaps == nil {
		status.Gaps = []store.Gap{}
	}
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

// recount counts the contents of the touched days anew. A crash before it
// leaves old counts standing until the day's next change, or the next full
// listing, which touches all days.
func (t *tick) recount(ctx context.Context, contentType string, touched map[time.Time]bool) error {
	for day := range touched {
		if err := t.Store.Recount(ctx, contentType, day); err != nil {
			return err
		}
	}
	return nil
}

func (t *tick) count(s ingest.Stats) {
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
		status.LastError = fault(t.Now().UTC(), err)
		failures = append(failures, t.Store.SaveTypeStatus(ctx, status))
	}
	return errors.Join(failures...)
}
