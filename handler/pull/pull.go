package pull

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// budget is how long a tick goes on taking up new work. It ends before the
// next tick of the default schedule is due, and well before functionTimeout
// in host.json: at that the host kills the handler.
const budget = 4 * time.Minute

// drainTime is how long a tick drains at least, should all its budget be spent
// on requests that were not answered: contents may be had all the same.
const drainTime = time.Minute

// Pull is the timer function. All fields are required but for Webhook and
// RetentionDays.
type Pull struct {
	Feed          *feed.Client
	Store         *store.Store
	Ingest        *ingest.Ingest
	ContentTypes  []string
	Webhook       *feed.Webhook // what every subscription is to carry; nil: none
	RetentionDays int           // 0: for ever
	Now           func() time.Time
	Log           *slog.Logger
}

// clock is our clock and the API's.
func (p *Pull) clock() clock.Pair { return clock.New(p.Now, p.Feed.Skew) }

// tick is the state of one run.
type tick struct {
	*Pull
	mu       sync.Mutex // guards run while the content types have their turn
	run      store.Run
	deadline time.Time
	subs     map[string]feed.Subscription // nil: they could not be listed
	statuses map[string]store.TypeStatus  // as of the tick before
	id       string                       // tells this tick's saves of a status from another's
}

// Tick does one run and returns its record, which is saved as well. The error
// says that the run could not do its work, for one content type or for all;
// contents that stay pending for a later try are no error.
func (p *Pull) Tick(ctx context.Context) (store.Run, error) {
	t := &tick{Pull: p, deadline: p.Now().Add(budget), id: rand.Text()}
	t.run.Started = p.Now().UTC()
	api, storage := p.Feed.Requests(), p.Store.Requests()

	err := t.work(ctx)

	t.run.APIRequests = p.Feed.Requests() - api
	t.run.StorageRequests = p.Store.Requests() - storage
	t.run.Finished = p.Now().UTC()
	t.run.Error = fault(t.run.Finished, err)
	err = errors.Join(err, p.Store.SaveRun(ctx, t.run))
	p.logRun(ctx, t.run)
	return t.run, err
}

// work is the tick but for its record. The content types have their turn at
// the same time: one whose requests fail, or hang, keeps no other waiting.
func (t *tick) work(ctx context.Context) error {
	var err error
	if t.statuses, err = t.Store.TypeStatuses(ctx); err != nil {
		return err
	}
	if err := t.listSubscriptions(ctx); err != nil {
		return errors.Join(err, t.saveFailure(ctx, err))
	}
	failures := make([]error, len(t.ContentTypes))
	var g errgroup.Group
	for i, contentType := range t.ContentTypes {
		g.Go(func() error {
			failures[i] = t.pullType(ctx, contentType)
			return nil
		})
	}
	g.Wait()
	return errors.Join(failures...)
}
