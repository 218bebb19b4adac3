package main

import (
	"errors"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The handler records a content blob when it is notified, before it lists it. It
// reads the content blob from the API alone.
func TestNotification(t *testing.T) {
	t.Parallel()
	f := newStartedFixture(t, tenant.Config{Contents: 20, LiveStep: 20 * time.Second})
	f.pull(t)
	if hook := f.status(t).ContentTypes[0].Webhook; hook != "enabled" {
		t.Fatalf("the webhook is %s\n%s", hook, f.log.tail())
	}
	before := f.clock.now()
	f.clock.advance(3 * time.Minute)
	if n, err := f.tenant.Notify(t.Context()); err != nil || n < 2 {
		t.Fatalf("%d content blobs notified: %v", n, err)
	}
	notified := f.newSince(before)
	f.checkEntries(t, notified, ledger.Pending, true)
	f.pull(t)
	f.checkEntries(t, notified, ledger.Done, false)
	f.check(t)
	f.checkContract(t)
}

// newSince returns the content blobs that became available after a time.
func (f *fixture) newSince(before time.Time) []tenant.Content {
	return f.tenant.Contents(f.now())[len(f.tenant.Contents(before)):]
}

func (f *fixture) checkEntries(t *testing.T, contents []tenant.Content, want ledger.State, notified bool) {
	t.Helper()
	for _, c := range contents {
		entry, err := f.store.Ledger.Get(t.Context(), auditContent(c))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		if entry.State != want || entry.Notified != notified {
			t.Errorf("content blob %s is %q, known only from a notification: %t; want %q, %t", c.ID, entry.State, entry.Notified, want, notified)
		}
	}
}

// notifyUntil advances the clock and lets the tenant notify until a fault mode
// occurs.
func (f *fixture) notifyUntil(t *testing.T, mode tenant.FaultMode) {
	t.Helper()
	for range 20 {
		f.clock.advance(time.Minute)
		if _, err := f.tenant.Notify(t.Context()); err != nil {
			t.Fatal(err)
		}
		if f.faults.Injected()[mode] > 0 {
			return
		}
	}
	t.Fatalf("the fault mode never occurred: %s", mode)
}
