package ingest

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Ingest does the work. All fields are required but for Retain and Skew.
type Ingest struct {
	// Fetch retrieves a content's body from the API by its id.
	Fetch func(ctx context.Context, contentID string) ([]byte, error)
	Store *store.Store
	// Want are the record types that become rows.
	Want audit.Filter
	// Retain tells the oldest CreationTime that still becomes a row: what is
	// older belongs to a month that retention has dropped, and a row of it
	// would bring the month's table back. Nil: every record becomes one.
	Retain func() time.Time
	// Concurrency is how many contents are loaded at the same time, by all
	// drains together.
	Concurrency int
	Now         func() time.Time
	// Skew is the API's clock minus ours, as far as it is known: it is by the
	// API's that a content expires. Nil: they agree.
	Skew func() time.Duration
	// Wait returns after d, or earlier with ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	Log  *slog.Logger
}

// Stats say what a drain did.
type Stats struct {
	Fetched int // contents whose body was read, from the API or from an earlier try's raw blob
	Failed  int // tries that left their content pending, lost or unreadable
	Added   int // contents that the ledger lacked: of Rebuild only
	store.Counts
	Left *Left // nil where it could not be learned

	noticed  int  // tries of contents that were only noticed
	settling bool // contents have begun to change their states
}

// Left is what is still pending when a drain ends: all of it, due or not.
type Left struct {
	Contents       int
	OldestCreated  time.Time // zero when nothing is left
	NextExpiration time.Time
	soonest        time.Time // the next early retry; zero when there is none
}

// An Order says what to drain.
type Order struct {
	ContentType string
	Since       time.Time // contents of its month (of contentCreated) and later
	Until       time.Time // when to take up no more of them
	// Drains is how many orders there are at the same time, this one among
	// them: each has its part of the concurrency and of the memory, so that
	// none waits for another. 0: this one alone.
	Drains int
	// Settling is called before the first content of the order changes its
	// state, if any does; its error ends the drain. Nil: nothing is called.
	Settling func(context.Context) error
}

// settling calls Settling, once in a drain.
func (o Order) settling(ctx context.Context, stats *Stats) error {
	if stats.settling || o.Settling == nil {
		return nil
	}
	stats.settling = true
	return o.Settling(ctx)
}

// share is the order's part of what all have together.
func (o Order) share(all int) int { return max(1, all/max(1, o.Drains)) }

// Drain ingests pending contents, the nearest to its expiration first, until
// none is due or the order's time is up. A content that
// fails is tried again: early retries within the same drain, later ones by a
// drain to come.
//
// The error is why the drain ended before its time: the API will not serve
// anything just now (throttled, no permission), or storage does not answer.
// Whatever the error, what the ledger says holds, and the next drain goes on.
//
// touched collects the days (midnight, UTC) of contentCreated whose contents
// changed state.
func (in *Ingest) Drain(ctx context.Context, o Order, touched map[time.Time]bool) (Stats, error) {
	var stats Stats
	for {
		handed, left, err := in.pass(ctx, o, &stats, touched)
		if err == nil && handed > 0 && in.Now().Before(o.Until) {
			continue // to what came in, or fell due, meanwhile
		}
		if err != nil || handed > 0 || left == nil {
			var scanErr error
			stats.Left, scanErr = in.scan(ctx, o)
			return stats, errors.Join(err, scanErr)
		}
		stats.Left = left
		if left.soonest.IsZero() || left.soonest.After(o.Until) {
			return stats, nil
		}
		if err := in.Wait(ctx, left.soonest.Sub(in.Now())); err != nil {
			return stats, err
		}
	}
}

// scan finds what is pending, due or not.
func (in *Ingest) scan(ctx context.Context, o Order) (*Left, error) {
	left := &Left{}
	err := in.each(ctx, o, func(entry store.Entry) bool {
		left.add(entry)
		return true
	})
	if err != nil {
		return nil, err
	}
	return left, nil
}

// each calls do for every pending entry until it returns false.
func (in *Ingest) each(ctx context.Context, o Order, do func(store.Entry) bool) error {
	for entry, err := range in.Store.Pending(ctx, o.ContentType, o.Since) {
		if err != nil || !do(entry) {
			return err
		}
	}
	return nil
}

// add keeps what the remaining contents have in common.
func (l *Left) add(e store.Entry) {
	l.Contents++
	if l.OldestCreated.IsZero() || e.Created.Before(l.OldestCreated) {
		l.OldestCreated = e.Created
	}
	if l.NextExpiration.IsZero() || e.Expiration.Before(l.NextExpiration) {
		l.NextExpiration = e.Expiration
	}
}

// awaits keeps when a content that is not due yet is to be tried again by the
// same drain.
func (l *Left) awaits(e store.Entry) {
	if isEarly(e) && (l.soonest.IsZero() || e.NextTry.Before(l.soonest)) {
		l.soonest = e.NextTry
	}
}
