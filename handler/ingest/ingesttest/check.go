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
// available until now: for each record a row with its JSON, for each content
// blob a raw blob with its bytes and a done entry, nothing pending and nothing
// else. Nor may any request have violated the API's contract.
func (h *Harness) Check(t testing.TB) {
	t.Helper()
	h.CheckTrail(t)
	for _, violation := range h.Tenant.Violations() {
		if !h.concernsUnreadable(violation) {
			t.Errorf("violation of the API's contract: %s", violation)
		}
	}
}

// concernsUnreadable reports whether a violation is that a content blob which is
// not an array was fetched again. That is right: a good one might have had a bad
// response.
func (h *Harness) concernsUnreadable(violation string) bool {
	return slices.ContainsFunc(h.Tenant.Unreadable(h.TenantNow()), func(c tenant.Content) bool {
		return strings.Contains(violation, c.ID+" fetched again")
	})
}

// CheckTrail is Check without the API's contract.
func (h *Harness) CheckTrail(t testing.TB) {
	t.Helper()
	until := h.TenantNow()
	h.checkRows(t, until)
	h.checkContents(t, until)
}

func (h *Harness) checkRows(t testing.TB, until time.Time) {
	t.Helper()
	rows := map[string][]byte{}
	for event, err := range h.Store.Events.List(t.Context(), events.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if rows[event.Record.ID] != nil {
			t.Errorf("event %s has two rows", event.Record.ID)
		}
		rows[event.Record.ID] = event.Record.JSON
	}
	truth := 0
	for record := range h.Tenant.Obtainable(until) {
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

func (h *Harness) checkContents(t testing.TB, until time.Time) {
	t.Helper()
	expected := map[string]ledger.State{}
	for _, c := range h.Tenant.Contents(until) {
		expected[c.ID] = ledger.Done
	}
	for _, c := range h.Tenant.Lost(until) {
		expected[c.ID] = ledger.Lost
	}
	for _, c := range h.Tenant.Unreadable(until) {
		expected[c.ID] = ledger.Unreadable
	}
	for entry, err := range h.Store.Ledger.List(t.Context(), ledger.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		want, known := expected[entry.ID]
		if !known || entry.State != want {
			t.Errorf("entry %s is %q (%s), want %q", entry.ID, entry.State, entry.Error, want)
		}
		delete(expected, entry.ID)
		h.checkRaw(t, entry)
	}
	for id, state := range expected {
		t.Errorf("content blob %s is not in the ledger, want %q", id, state)
	}
	if left := h.Pending(t); left > 0 {
		t.Errorf("%d entries are pending", left)
	}
}

func (h *Harness) checkRaw(t testing.TB, entry ledger.Entry) {
	t.Helper()
	if entry.State == ledger.Lost {
		return
	}
	kept, err := h.Store.Raw(t.Context(), entry.Content)
	if err != nil {
		t.Errorf("raw blob of %s: %v", entry.ID, err)
	} else if sent, _ := h.Tenant.Body(entry.ID); !bytes.Equal(sent, kept) {
		t.Errorf("raw blob of %s is not what the API sent", entry.ID)
	}
}

// Pending returns how many entries of any type are pending.
func (h *Harness) Pending(t testing.TB) int {
	t.Helper()
	n := 0
	for _, contentType := range contentTypes {
		for _, err := range h.Store.Ledger.Pending(t.Context(), contentType, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	return n
}

var contentTypes = []string{"Audit.General", "Audit.Exchange", "Audit.SharePoint"}
