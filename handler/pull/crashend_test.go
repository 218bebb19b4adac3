package pull_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// checkEnd compares the trail at the end of a run with that of a run in which
// nothing went wrong, but for the content that may be gone by now.
func (l trail) checkEnd(t *testing.T, want trail) {
	t.Helper()
	l.checkEntries(t)
	l.checkTotals(t)
	l.checkStatus(t)
	rows, blobs, index := maps.Clone(want.rows), maps.Clone(want.blobs), maps.Clone(want.index)
	for _, c := range l.run.shelf.contents {
		if l.entryState(c) == store.Lost {
			delete(blobs, l.run.Store.RawName(c.Content))
			maps.DeleteFunc(rows, func(_ string, r ingesttest.StoredRow) bool { return r.Columns["ContentId"] == c.ID })
			maps.DeleteFunc(index, func(key string, _ bool) bool { return strings.HasSuffix(key, c.records[0].event) })
		}
	}
	if diff := cmp.Diff(rows, l.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(index, l.index); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(blobs, l.blobs); diff != "" {
		t.Errorf("raw content (-want +got):\n%s", diff)
	}
}

// wantState is how a content must end: the one that expires is lost if, and
// only if, its bytes are not stored.
func (l trail) wantState(c shelved) store.State {
	if c.is("fleeting") && !l.raw(c) {
		return store.Lost
	}
	return store.Done
}

// checkEntries holds the ledger and the rows against the contents themselves.
func (l trail) checkEntries(t *testing.T) {
	t.Helper()
	owners := map[string]shelved{} // of events: the earliest content that has it
	for _, c := range l.run.shelf.contents {
		want := l.wantState(c)
		if got := l.entryState(c); got != want {
			t.Errorf("content %s is %q, want %q: %v", c.ID, got, want, l.ledger[c.ID]["Error"])
		}
		if want != store.Done {
			continue
		}
		for _, r := range c.records {
			if owner, found := owners[r.event]; r.event != "" && (!found || c.earlier(owner)) {
				owners[r.event] = c
			}
		}
		if l.count(c, "Records") != len(c.records) || l.count(c, "Rejected") != c.rejected() ||
			l.count(c, "Rows")+l.count(c, "Duplicates")+l.count(c, "Conflicts") != c.events() {
			t.Errorf("content %s has %d records, %d of them events: %v", c.ID, len(c.records), c.events(), l.ledger[c.ID])
		}
	}
	for key, row := range l.rows {
		if owner := owners[row.Columns["Id"].(string)]; row.Columns["ContentId"] != owner.ID {
			t.Errorf("row %s is that of %s, want that of %s", key, row.Columns["ContentId"], owner.ID)
		}
	}
	if len(l.rows) != len(owners) {
		t.Errorf("%d rows of %d events", len(l.rows), len(owners))
	}
}

// checkTotals adds up what became of the events. An event is counted as a row
// once. It may be twice, by the contract of WriteEvents, if the row was that of
// a later content, was replaced, and no one lived to say so.
func (l trail) checkTotals(t *testing.T) {
	t.Helper()
	var rows, others, late int
	for _, c := range l.run.shelf.contents {
		rows += l.count(c, "Rows")
		others += l.count(c, "Duplicates") + l.count(c, "Conflicts")
		if c.is("late") {
			late = l.count(c, "Rows")
		}
	}
	again := rows - len(l.rows)
	if again < 0 || again > 0 && (len(l.run.fate.struck) == 0 || again > late) || others+again != 5 {
		t.Errorf("%d rows are counted as %d rows and %d others, want 5", len(l.rows), rows, others)
	}
}

// checkStatus holds what is shown against what is stored.
func (l trail) checkStatus(t *testing.T) {
	t.Helper()
	status, c := l.status(t), l.checkpoint(t)
	want := store.TypeStatus{
		ContentType: tenant.General, Subscription: "enabled", Webhook: "none",
		ListedThrough: c.ListedThrough, CompleteThrough: c.ListedThrough, Days: []store.DayCount{l.days()}, Started: status.Started, SavedBy: status.SavedBy,
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if c.ListedThrough.Before(l.run.began.Truncate(time.Second)) || c.ListedThrough.After(l.run.Clock.Now()) {
		t.Errorf("checkpoint %+v after a tick at %s", c, l.run.began)
	}
}
