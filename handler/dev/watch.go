package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/store"
)

const (
	// statusInterval is how often catchUp asks for the status.
	statusInterval = 200 * time.Millisecond
	// notifyInterval is how often the tenant sends its notifications. The real
	// API takes minutes to an hour.
	notifyInterval = 2 * time.Second
)

// status is the part of /api/v1/status that this program reads.
type status struct {
	Faults       []string
	ContentTypes []struct {
		store.TypeStatus
		Content struct{ Pending, Done, Lost, Unreadable int }
	}
	LastPull *store.Run
}

// catchUp shows the progress of the pull and returns when the whole week can be
// queried.
func (s *system) catchUp(ctx context.Context, t *terminal) error {
	total := len(s.tenant.Contents(s.base))
	var runs runs
	for {
		var st status
		if err := s.getJSON(ctx, s.host.URL()+"/api/v1/status", &st); err != nil {
			return err
		}
		if through := st.completeThrough(); !through.Before(s.base) {
			t.bar(total, total, fmt.Sprintf("%[1]s of %[1]s content blobs fetched", thousands(total)))
			t.line("caught up after %v: the trail is complete through %s",
				time.Since(s.base).Round(100*time.Millisecond), through.Format(time.RFC3339))
			return nil
		}
		if err := runs.check(st.LastPull); err != nil {
			return err
		}
		fetched := min(len(s.tenant.ContentRequests()), total)
		t.bar(fetched, total, fmt.Sprintf("%s of %s content blobs fetched", thousands(fetched), thousands(total)))
		if err := clock.Sleep(ctx, statusInterval); err != nil {
			return err
		}
	}
}

// completeThrough is the earliest CompleteThrough of the content types. It is zero
// while a type has none.
func (st *status) completeThrough() time.Time {
	var earliest time.Time
	for i, ct := range st.ContentTypes {
		if i == 0 || ct.CompleteThrough.Before(earliest) {
			earliest = ct.CompleteThrough
		}
	}
	return earliest
}

// patience is how many runs in a row may fail without progress before catchUp
// gives up on a temporary error.
const patience = 12

// runs counts failed runs of the pull function.
type runs struct {
	last   time.Time // the start of the last run that was checked
	failed int       // runs in a row that failed without progress
}

// check counts the last run, unless it was counted before, and returns its error
// if waiting would not help.
func (r *runs) check(run *store.Run) error {
	if run == nil || run.Started.Equal(r.last) {
		return nil
	}
	r.last = run.Started
	r.failed++
	if run.Error == nil || run.Listed+run.Fetched > 0 {
		r.failed = 0
	}
	if run.Error == nil || r.failed < patience && isTemporary(run.Error.Code) {
		return nil
	}
	return fmt.Errorf("pull: %s: %s", run.Error.Code, run.Error.Message)
}

// isTemporary reports whether the next run may succeed after an error. All other
// errors need somebody to act.
func isTemporary(code string) bool {
	switch code {
	case "AF429", "AF20022", "AF20023", "AF20030", "AF20031", "AF20055", "throttled", "transient", "window", "subscription", "StorageUnavailable":
		return true
	}
	return strings.HasPrefix(code, "AF5")
}

// notify lets the tenant notify the function app of new content blobs, until ctx
// ends or the host stops.
func (s *system) notify(ctx context.Context, t *terminal) error {
	for {
		if _, err := s.tenant.Notify(ctx); err != nil && ctx.Err() == nil {
			t.line("notification: %v", err) // the tenant sends it again
		}
		if err := clock.Sleep(ctx, notifyInterval); err != nil {
			return err
		}
		if err := s.host.Err(); err != nil {
			return err
		}
	}
}
