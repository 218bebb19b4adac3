package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Config says what a Pipeline works with. Fields are required unless they say
// otherwise.
type Config struct {
	// Fetch returns the body of a content blob from the API, by its id.
	// Rebuild does not use it; Drain fails if it is nil.
	Fetch func(ctx context.Context, contentID string) ([]byte, error)
	Store *store.Store
	// Want selects the record types that become rows.
	Want audit.Filter
	// Retain returns the oldest CreationTime that still becomes a row. An
	// older event belongs to a month that retention has dropped, and a row
	// for it would recreate that month's table. Nil keeps every event.
	Retain func() time.Time
	// Concurrency is how many content blobs are loaded at once, by all drains
	// together; at least 1.
	Concurrency int
	Clock       clock.Pair
	// Wait returns after d, or earlier with ctx's error. Nil means clock.Sleep.
	Wait func(ctx context.Context, d time.Duration) error
	Log  *slog.Logger
}

func (c Config) validate() error {
	var errs []error
	require := func(name string, isSet bool) {
		if !isSet {
			errs = append(errs, errors.New("missing "+name))
		}
	}
	require("Store", c.Store != nil)
	require("Clock", !c.Clock.IsZero())
	require("Log", c.Log != nil)
	if c.Concurrency < 1 {
		errs = append(errs, fmt.Errorf("invalid Concurrency %d", c.Concurrency))
	}
	return errors.Join(errs...)
}

// A Pipeline ingests content blobs. It may be used by several goroutines.
type Pipeline struct{ cfg Config }

// New checks cfg and returns a Pipeline. It sends no request.
func New(cfg Config) (*Pipeline, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure ingest: %w", err)
	}
	if cfg.Wait == nil {
		cfg.Wait = clock.Sleep
	}
	return &Pipeline{cfg}, nil
}

// Stats say what a Drain or a Rebuild did.
type Stats struct {
	Fetched int // content blobs whose body was read, from the API or from an earlier attempt's raw blob
	Failed  int // attempts that left their entry pending, lost or unreadable
	Added   int // entries that the ledger lacked; Rebuild only
	ledger.Counts
	// Left is what is still pending; nil if it could not be read. Drain only.
	Left *Left
	// Touched holds the days (midnight UTC of contentCreated) whose entries
	// changed. Drain only.
	Touched map[time.Time]bool
}

// Left describes the entries that are still pending when a drain ends, whether
// they are due or not.
type Left struct {
	Entries        int
	OldestCreated  time.Time // zero if nothing is left
	NextExpiration time.Time // zero if nothing is left
	nextRetry      time.Time // the earliest that this drain would make; may be zero
}

// include adds an entry to what is left.
func (l *Left) include(e ledger.Entry) {
	l.Entries++
	if l.OldestCreated.IsZero() || e.Created.Before(l.OldestCreated) {
		l.OldestCreated = e.Created
	}
	if l.NextExpiration.IsZero() || e.Expiration.Before(l.NextExpiration) {
		l.NextExpiration = e.Expiration
	}
}

// includeRetry notes when an entry that is not due yet will be, if that is a
// retry for the same drain to make.
func (l *Left) includeRetry(e ledger.Entry) {
	if isEarlyRetry(e) && (l.nextRetry.IsZero() || e.NextTry.Before(l.nextRetry)) {
		l.nextRetry = e.NextTry
	}
}

// add counts one attempt.
func (s *Stats) add(l loaded) {
	if l.hasBody {
		s.Fetched++
	}
	if l.entry.State != ledger.Done {
		s.Failed++
		return
	}
	s.addCounts(l.entry)
}

func (s *Stats) addCounts(e ledger.Entry) {
	s.Records += e.Records
	s.Rows += e.Rows
	s.Duplicates += e.Duplicates
	s.Conflicts += e.Conflicts
	s.Rejected += e.Rejected
}
