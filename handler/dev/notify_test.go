package main

import (
	"errors"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// The handler hears of a content before it lists it, and takes the word of
// the API alone for what is in it.
func TestANotificationBringsAContentIntoTheLedger(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{Contents: 20, LiveStep: 20 * time.Second})
	r.pull(t)
	if hook := r.status(t).ContentTypes[0].Webhook; hook != "enabled" {
		t.Fatalf("the webhook is %s\n%s", hook, r.log.tail())
	}
	told := r.clock.now()
	r.clock.advance(3 * time.Minute)
	if n, err := r.tenant.Notify(t.Context()); err != nil || n < 2 {
		t.Fatalf("%d contents notified: %v", n, err)
	}
	fresh := r.since(told)
	r.wantState(t, fresh, store.Pending, true)
	r.pull(t)
	r.wantState(t, fresh, store.Done, false)
	r.check(t)
	r.checkContract(t)
}

// since are the contents that became available after a time.
func (r *rig) since(then time.Time) []tenant.Content {
	return r.tenant.Contents(r.now())[len(r.tenant.Contents(then)):]
}

func (r *rig) wantState(t *testing.T, contents []tenant.Content, want store.State, noticed bool) {
	t.Helper()
	for _, c := range contents {
		entry, err := r.store.Entry(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		if entry.State != want || entry.Noticed != noticed {
			t.Errorf("content %s is %q, by a notice alone %t; want %q, %t", c.ID, entry.State, entry.Noticed, want, noticed)
		}
	}
}

// notifyUntil lets time pass and the tenant notify until a mood strikes.
func (r *rig) notifyUntil(t *testing.T, mood tenant.FaultMode) {
	t.Helper()
	for range 20 {
		r.clock.advance(time.Minute)
		if _, err := r.tenant.Notify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r.faults.Injected()[mood] > 0 {
			return
		}
	}
	t.Fatalf("never struck: %s", mood)
}
