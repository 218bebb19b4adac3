package pull

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A typeTick is one content type's part of a tick.
type typeTick struct {
	*tick
	base       store.TypeStatus   // the stored status that status was made from
	status     store.TypeStatus   // what this tick makes of it
	described  bool               // status says what this tick found pending, and how far the trail is complete
	overlapped bool               // another tick has saved the status during this one
	touched    map[time.Time]bool // days (midnight UTC of contentCreated) to count again
}

func (t *tick) typeTick(contentType string) *typeTick {
	base := t.statuses[contentType]
	base.ContentType = contentType
	return &typeTick{tick: t, base: base, status: base, touched: map[time.Time]bool{}}
}

// pull does the content type's part of the tick. An error in one step does not
// keep it from draining what the ledger holds already.
func (t *typeTick) pull(ctx context.Context) error {
	if t.status.Uncounted {
		t.touchAll()
	}
	startErr := t.repairSubscription(ctx)
	t.warnWebhookDown(ctx)
	full, listErr := t.list(ctx)
	startErr = errors.Join(startErr, t.startIfNotListed(ctx, listErr))
	var dailyErr error
	if full { // a full listing is made once a day
		t.touchAll()
		dailyErr = t.dropOld(ctx)
	}
	left, drainErr := t.drain(ctx, full)

	err := errors.Join(startErr, listErr, dailyErr, drainErr)
	if err != nil {
		err = fmt.Errorf("%s: %w", t.status.ContentType, err)
	}
	t.describeProgress(left)
	t.warnNearExpiry(ctx)
	if f := faultOf(err, t.now()); f != nil {
		t.status.LastError = f
	}
	err = errors.Join(err, t.recount(ctx))
	return errors.Join(err, t.save(ctx))
}

// drain ingests what is pending, and returns what is left.
func (t *typeTick) drain(ctx context.Context, full bool) (*ingest.Left, error) {
	stats, err := t.cfg.Ingest.Drain(ctx, ingest.Order{
		ContentType:  t.status.ContentType,
		Since:        t.pendingSince(full),
		Until:        later(t.deadline, t.cfg.Clock.Ours().Add(drainTime)),
		Drains:       len(t.cfg.ContentTypes),
		BeforeSettle: t.markUncounted,
	})
	t.countIngested(stats)
	maps.Copy(t.touched, stats.Touched)
	return stats.Left, err
}

// pendingDays is how long an entry may be pending. Content blobs have been seen
// to expire up to 21 days after they were created.
const pendingDays = 22

// pendingSince returns when the oldest content blob that may be pending was
// created; zero for all months. All are searched once a day, with the full
// listing: a crash may have hidden one that the status does not know.
func (t *typeTick) pendingSince(full bool) time.Time {
	if full {
		return time.Time{}
	}
	recent := t.cfg.Clock.Earlier().AddDate(0, 0, -pendingDays)
	if oldest := t.status.OldestPending; !oldest.IsZero() && oldest.Before(recent) {
		return oldest
	}
	return recent
}

// dropOld drops the event months that retention no longer keeps. A month that
// was dropped already is not an error, so a crash in between costs nothing. The
// earlier of the two clocks decides, so that a clock that is ahead drops no
// month too soon.
func (t *typeTick) dropOld(ctx context.Context) error {
	oldest := store.OldestKept(t.cfg.Clock.Earlier(), t.cfg.RetentionDays)
	if oldest.IsZero() {
		return nil
	}
	dropped, err := t.cfg.Store.Events.DropBefore(ctx, oldest)
	for _, table := range dropped {
		t.cfg.Log.InfoContext(ctx, "dropped by retention", "table", table)
	}
	return err
}
