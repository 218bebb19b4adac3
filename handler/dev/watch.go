package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
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
	var failures failedTicks
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
		if err := failures.check(st.LastPull); err != nil {
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

// patience is how many ticks in a row may fail without progress before catchUp
// gives up on a temporary error.
const patience = 12

// failedTicks counts failed ticks of the pull function.
type failedTicks struct {
	last  time.Time // the start of the last tick that was checked
	inRow int       // failed without progress, one after another
}

// check counts the last tick, unless it was counted before, and returns its error
// if waiting would not help.
func (f *failedTicks) check(tick *store.Run) error {
	if tick == nil || tick.Started.Equal(f.last) {
		return nil
	}
	f.last = tick.Started
	f.inRow++
	if tick.Error == nil || tick.Listed+tick.Fetched > 0 {
		f.inRow = 0
	}
	if tick.Error == nil || f.inRow < patience && isTemporary(tick.Error.Code) {
		return nil
	}
	return fmt.Errorf("pull: %s: %s", tick.Error.Code, tick.Error.Message)
}

// isTemporary reports whether the next tick may succeed after an error. All other
// errors need somebody to act.
//
// The status API shows the code of an error, or its class if it has no code, but
// never the class of a code. The table of feed, which has all codes, is not
// exported: the handler needs classes alone. So this list repeats the codes that
// the simulated tenant sends.
func isTemporary(code string) bool {
	switch code {
	case string(feed.Throttled), string(feed.Transient), string(feed.Window), string(feed.NotSubscribed),
		"StorageUnavailable",
		"AF429", "AF20022", "AF20023", "AF20030", "AF20031", "AF20055":
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
