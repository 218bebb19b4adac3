package ingesttest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Check fails the test unless the trail is exactly what the tenant has made
// available until now: each record one row with its own JSON, each content
// its bytes in the raw container and its ledger entry done, nothing pending,
// nothing else, and no breach of the API's contract on the way.
func (w *Harness) Check(t testing.TB) {
	t.Helper()
	w.CheckTrail(t)
	for _, breach := range w.Tenant.Violations() {
		if !w.ofUnreadable(breach) {
			t.Errorf("breach of the API's contract: %s", breach)
		}
	}
}

// ofUnreadable tells whether a breach is that a content was asked for again
// which is no array: that might have been a bad answer to a good content.
func (w *Harness) ofUnreadable(breach string) bool {
	return slices.ContainsFunc(w.Tenant.Unreadable(w.TenantNow()), func(c tenant.Content) bool {
		return strings.Contains(breach, c.ID+" fetched again")
	})
}

// CheckTrail is Check but for the API's contract.
func (w *Harness) CheckTrail(t testing.TB) {
	t.Helper()
	until := w.TenantNow()
	w.checkRows(t, until)
	w.checkContents(t, until)
}

func (w *Harness) checkRows(t testing.TB, until time.Time) {
	t.Helper()
	rows := map[string][]byte{}
	for event, err := range w.Store.Events.List(t.Context(), events.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if rows[event.Record.ID] != nil {
			t.Errorf("event %s is two rows", event.Record.ID)
		}
		rows[event.Record.ID] = event.Record.JSON
	}
	truth := 0
	for record := range w.Tenant.Obtainable(until) {
		truth++
		if row, found := rows[record.ID]; !found {
			t.Errorf("event %s is missing", record.ID)
		} else if !bytes.Equal(row, record.JSON) {
			t.Errorf("event %s is\n%s\nthe tenant has\n%s", record.ID, row, record.JSON)
		}
	}
	if len(rows) != truth {
		t.Errorf("%d rows, the tenant has %d records", len(rows), truth)
	}
}

func (w *Harness) checkContents(t testing.TB, until time.Time) {
	t.Helper()
	expected := map[string]ledger.State{}
	for _, c := range w.Tenant.Contents(until) {
		expected[c.ID] = ledger.Done
	}
	for _, c := range w.Tenant.Lost(until) {
		expected[c.ID] = ledger.Lost
	}
	for _, c := range w.Tenant.Unreadable(until) {
		expected[c.ID] = ledger.Unreadable
	}
	for entry, err := range w.Store.Ledger.List(t.Context(), ledger.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		want, known := expected[entry.ID]
		if !known || entry.State != want {
			t.Errorf("content %s is %q (%s), want %q", entry.ID, entry.State, entry.Error, want)
		}
		delete(expected, entry.ID)
		w.checkRaw(t, entry)
	}
	for id, state := range expected {
		t.Errorf("content %s is not in the ledger, want %q", id, state)
	}
	if left := w.Pending(t); left > 0 {
		t.Errorf("%d contents are pending", left)
	}
}

func (w *Harness) checkRaw(t testing.TB, entry ledger.Entry) {
	t.Helper()
	if entry.State == ledger.Lost {
		return
	}
	kept, err := w.Store.Raw(t.Context(), entry.Content)
	if err != nil {
		t.Errorf("raw content %s: %v", entry.ID, err)
	} else if sent, _ := w.Tenant.Body(entry.ID); !bytes.Equal(sent, kept) {
		t.Errorf("raw content %s is not what the API sent", entry.ID)
	}
}

// Pending is how many contents of any type are pending.
func (w *Harness) Pending(t testing.TB) int {
	t.Helper()
	n := 0
	for _, contentType := range contentTypes {
		for _, err := range w.Store.Ledger.Pending(t.Context(), contentType, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	return n
}

var contentTypes = []string{"Audit.General", "Audit.Exchange", "Audit.SharePoint"}

// Row is the stored row of one event, by its id.
func (w *Harness) Row(t testing.TB, id string) events.Event {
	t.Helper()
	rows, err := w.Store.Events.ByID(t.Context(), id)
	if err != nil || len(rows) != 1 {
		t.Fatalf("event %s: %d rows, %v", id, len(rows), err)
	}
	return rows[0]
}
