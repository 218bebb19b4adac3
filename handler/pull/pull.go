package pull

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// budget is how long a tick starts new work. It ends before the next tick of
// the default schedule is due, and well before functionTimeout in host.json,
// at which the host kills the handler.
const budget = 4 * time.Minute

// drainTime is reserved for draining even if listing has used up the budget: a
// hung listing does not mean that fetching fails.
const drainTime = time.Minute

// Config says what a Job works with. Fields are required unless they say
// otherwise.
type Config struct {
	Feed          *feed.Client
	Store         *store.Store
	Ingest        *ingest.Pipeline
	ContentTypes  []string
	Webhook       *feed.Webhook // that every subscription must have; nil: none
	RetentionDays int           // 0: keep events for ever
	Clock         clock.Pair
	Log           *slog.Logger
}

func (c Config) validate() error {
	var errs []error
	require := func(name string, isSet bool) {
		if !isSet {
			errs = append(errs, errors.New("missing "+name))
		}
	}
	require("Feed", c.Feed != nil)
	require("Store", c.Store != nil)
	require("Ingest", c.Ingest != nil)
	require("ContentTypes", len(c.ContentTypes) > 0)
	require("Clock", !c.Clock.IsZero())
	require("Log", c.Log != nil)
	if c.RetentionDays < 0 {
		errs = append(errs, fmt.Errorf("invalid RetentionDays %d", c.RetentionDays))
	}
	return errors.Join(errs...)
}

// A Job is the timer function.
type Job struct{ cfg Config }

// New checks cfg and returns a Job. It sends no request.
func New(cfg Config) (*Job, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure pull: %w", err)
	}
	return &Job{cfg}, nil
}

// A tick is the state of one Tick.
type tick struct {
	*Job
	deadline time.Time
	subs     map[string]feed.Subscription // nil: they could not be listed
	statuses map[string]store.TypeStatus  // as the tick found them

	mu  sync.Mutex // guards run while the content types are pulled at the same time
	run store.Run  // the record of this tick
}

// Tick does one tick's work and returns its record, which it also saves. The
// error says that the work could not be done, for one content type or for all.
// Entries that stay pending for a later attempt are not an error.
func (j *Job) Tick(ctx context.Context) (store.Run, error) {
	t := &tick{Job: j, deadline: j.cfg.Clock.Ours().Add(budget)}
	t.run.Started = t.now()
	api, storage := j.cfg.Feed.Requests(), j.cfg.Store.Requests()

	err := t.work(ctx)

	t.run.APIRequests = j.cfg.Feed.Requests() - api
	t.run.StorageRequests = j.cfg.Store.Requests() - storage
	t.run.Finished = t.now()
	t.run.Error = faultOf(err, t.run.Finished)
	err = errors.Join(err, j.cfg.Store.SaveRun(ctx, t.run))
	t.logRun(ctx)
	return t.run, err
}

// now returns the time by our clock, in the form in which it is recorded.
func (t *tick) now() time.Time { return t.cfg.Clock.Ours().UTC() }

// work is the tick without its record. The content types are pulled at the same
// time, so that one whose requests fail or hang delays no other.
func (t *tick) work(ctx context.Context) error {
	var err error
	if t.statuses, err = t.cfg.Store.TypeStatuses(ctx); err != nil {
		return err
	}
	if err := t.listSubscriptions(ctx); err != nil {
		return errors.Join(err, t.saveFailure(ctx, err))
	}
	failures := make([]error, len(t.cfg.ContentTypes))
	var g errgroup.Group
	for i, contentType := range t.cfg.ContentTypes {
		g.Go(func() error {
			failures[i] = t.typeTick(contentType).pull(ctx)
			return nil
		})
	}
	g.Wait()
	return errors.Join(failures...)
}

// saveFailure records, for every content type, an error that kept the tick from
// working on any.
func (t *tick) saveFailure(ctx context.Context, err error) error {
	var failures []error
	for _, contentType := range t.cfg.ContentTypes {
		r := t.typeTick(contentType)
		r.warnNearExpiry(ctx)
		r.status.LastError = faultOf(err, t.now())
		failures = append(failures, r.save(ctx))
	}
	return errors.Join(failures...)
}

func (t *tick) countListed(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Listed += n
}

func (t *tick) countIngested(s ingest.Stats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run.Fetched += s.Fetched
	t.run.Records += s.Records
	t.run.Rows += s.Rows
	t.run.Duplicates += s.Duplicates
	t.run.Conflicts += s.Conflicts
	t.run.Rejected += s.Rejected
}
