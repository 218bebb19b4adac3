package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// status is what /api/v1/status answers.
type status struct {
	Faults       []string
	ContentTypes []struct {
		store.TypeStatus
		Content struct{ Pending, Done, Lost, Unreadable int }
	}
	LastPull *store.Run
}

// catchUp shows how the week is pulled and returns when all of it can be
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
			t.bar(total, total, fmt.Sprintf("%d contents, the whole week", total))
			t.line("caught up after %v: complete through %s",
				time.Since(s.base).Round(100*time.Millisecond), through.Format(time.RFC3339))
			return nil
		}
		if err := runs.judge(st.LastPull); err != nil {
			return err
		}
		fetched := len(s.tenant.ContentRequests())
		t.bar(fetched, total, fmt.Sprintf("%d of %d contents fetched", min(fetched, total), total))
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// completeThrough is the least of the content types'; zero while one has
// none.
func (st *status) completeThrough() time.Time {
	var least time.Time
	for i, ct := range st.ContentTypes {
		if i == 0 || ct.CompleteThrough.Before(least) {
			least = ct.CompleteThrough
		}
	}
	return least
}

// patience is how many runs in a row may fail, and get nothing done, before a
// fault that may pass is taken for one that does not.
const patience = 12

// runs is what catchUp knows of the runs of the pull function.
type runs struct {
	last   time.Time // the start of the last one seen
	failed int       // in a row
}

// judge takes notice of the last run, and returns the fault that there is no
// use in waiting for the end of.
func (r *runs) judge(run *store.Run) error {
	if run == nil || run.Started.Equal(r.last) {
		return nil
	}
	r.last = run.Started
	r.failed++
	if run.Error == nil || run.Listed+run.Fetched > 0 {
		r.failed = 0
	}
	if run.Error == nil || r.failed < patience && passes(run.Error.Code) {
		return nil
	}
	return fmt.Errorf("pull: %s: %s", run.Error.Code, run.Error.Message)
}

// passes tells whether a fault may be gone by the next run. All others are
// for somebody to put right.
func passes(code string) bool {
	switch code {
	case "AF429", "AF20022", "AF20023", "AF20030", "AF20031", "AF20055", "throttled", "transient", "window", "subscription", "StorageUnavailable":
		return true
	}
	return strings.HasPrefix(code, "AF5")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
