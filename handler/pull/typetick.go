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

// A typeRun is one content type's part of a tick.
type typeRun struct {
	*tick
	base       store.TypeStatus   // the stored status that status was made from
	status     store.TypeStatus   // what this run makes of it
	described  bool               // status says what this run found pending, and how far the trail is complete
	overlapped bool               // another run has saved the status during this one
	touched    map[time.Time]bool // days (midnight UTC of contentCreated) to count again
}

func (t *tick) typeRun(contentType string) *typeRun {
	base := t.statuses[contentType]
	base.ContentType = contentType
	return &typeRun{tick: t, base: base, status: base, touched: map[time.Time]bool{}}
}

// pull does the content type's part of the tick. An error in one step does not
// keep it from draining what the ledger holds already.
func (r *typeRun) pull(ctx context.Context) error {
	if r.status.Uncounted {
		r.touchAll()
	}
	startErr := r.repairSubscription(ctx)
	r.warnWebhookDown(ctx)
	full, listErr := r.list(ctx)
	startErr = errors.Join(startErr, r.startIfNotListed(ctx, listErr))
	left, drainErr := r.drain(ctx, full)

	err := errors.Join(startErr, listErr, drainErr)
	if err != nil {
		err = fmt.Errorf("%s: %w", r.status.ContentType, err)
	}
	r.describeProgress(left)
	r.warnNearExpiry(ctx)
	if f := faultOf(err, r.now()); f != nil {
		r.status.LastError = f
	}
	err = errors.Join(err, r.recount(ctx))
	return errors.Join(err, r.save(ctx))
}

// drain ingests what is pending, and returns what is left.
func (r *typeRun) drain(ctx context.Context, full bool) (*ingest.Left, error) {
	stats, err := r.cfg.Ingest.Drain(ctx, ingest.Order{
		ContentType:  r.status.ContentType,
		Since:        r.pendingSince(full),
		Until:        latest(r.deadline, r.cfg.Clock.Ours().Add(drainTime)),
		Drains:       len(r.cfg.ContentTypes),
		BeforeSettle: r.markUncounted,
	})
	r.countIngested(stats)
	maps.Copy(r.touched, stats.Touched)
	return stats.Left, err
}

// pendingDays is how long an entry may be pending. Content blobs have been seen
// to expire up to 21 days after they were created.
const pendingDays = 22

// pendingSince returns when the oldest content blob that may be pending was
// created; zero for all months. All are searched once a day, with the full
// listing: a crash may have hidden one that the status does not know.
func (r *typeRun) pendingSince(full bool) time.Time {
	if full {
		return time.Time{}
	}
	recent := r.cfg.Clock.Earlier().AddDate(0, 0, -pendingDays)
	if oldest := r.status.OldestPending; !oldest.IsZero() && oldest.Before(recent) {
		return oldest
	}
	return recent
}

// daily does what belongs to a full listing, once a day: it has everything
// counted again, and drops what retention no longer keeps.
func (r *typeRun) daily(ctx context.Context) error {
	r.touchAll()
	return r.dropOld(ctx)
}

// dropOld drops the event months that retention no longer keeps. A month that
// was dropped already is not an error, so a crash in between costs nothing. The
// earlier of the two clocks decides, so that a clock that is ahead drops no
// month too soon.
func (r *typeRun) dropOld(ctx context.Context) error {
	oldest := store.OldestKept(r.cfg.Clock.Earlier(), r.cfg.RetentionDays)
	if oldest.IsZero() {
		return nil
	}
	dropped, err := r.cfg.Store.Events.DropBefore(ctx, oldest)
	for _, table := range dropped {
		r.cfg.Log.InfoContext(ctx, "dropped by retention", "table", table)
	}
	return err
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
