package pull_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// check looks at what must be true at any moment, after a tick that began at a
// time: what is said to be done is, and whatever is there has its evidence.
func (l trail) check(t *testing.T, began time.Time) {
	t.Helper()
	l.checkLedger(t)
	l.checkEvidence(t)
	l.checkDone(t)
	l.checkIndex(t)
	r := l.run
	r.listed.update(l.checkpoint(t).ListedThrough, began)
	for _, c := range r.listed.speaksOf(r.shelf.contents) {
		if l.ledger[c.ID] == nil {
			t.Errorf("the checkpoint is at %s, and content %s is not in the ledger", r.listed.time, c.ID)
		}
	}
	r.through.update(l.status(t).CompleteThrough, began)
	for _, c := range r.through.speaksOf(r.shelf.contents) {
		if state := l.entryState(c); state == "" || state == store.Pending {
			t.Errorf("the trail is complete through %s, and content %s is %q", r.through.time, c.ID, state)
		}
	}
}

// update notes a claim that was made since the last look.
func (c *claim) update(claimed, began time.Time) {
	if !claimed.Equal(c.time) {
		*c = claim{claimed, began}
	}
}

// speaksOf are the contents that the claim is about.
func (c *claim) speaksOf(contents []shelved) []shelved {
	return slices.DeleteFunc(slices.Clone(contents), func(s shelved) bool {
		return s.listed.After(c.made) || !s.Created.Before(c.time)
	})
}

// checkLedger holds entries against their pending rows.
func (l trail) checkLedger(t *testing.T) {
	t.Helper()
	for id, entry := range l.ledger {
		pointer := l.pointers[id]
		if pending := entry["State"] == "pending"; pending != (pointer != nil) {
			t.Errorf("content %s is %s; it has a pending row: %v", id, entry["State"], pointer != nil)
			continue
		}
		for column, value := range pointer {
			if column != "RowKey" && entry[column] != value {
				t.Errorf("content %s: %s is %v, and in its pending row %v", id, column, entry[column], value)
			}
		}
	}
	for id := range l.pointers {
		if l.ledger[id] == nil {
			t.Errorf("content %s has a pending row and no entry", id)
		}
	}
}

// checkEvidence sees to it that every row is of an event in a content whose
// bytes are stored.
func (l trail) checkEvidence(t *testing.T) {
	t.Helper()
	for key, row := range l.rows {
		i := slices.IndexFunc(l.run.shelf.contents, func(c shelved) bool { return c.ID == row.Columns["ContentId"] })
		if i < 0 {
			t.Errorf("row %s is of content %v", key, row.Columns["ContentId"])
			continue
		}
		c := l.run.shelf.contents[i]
		if index := int(row.Columns["ContentIndex"].(float64)); c.records[index].event != row.Columns["Id"] {
			t.Errorf("row %s is said to be element %d of content %s", key, index, c.ID)
		}
		if !l.raw(c) {
			t.Errorf("row %s is of content %s, whose bytes are not stored", key, c.ID)
		}
	}
}

// checkDone sees to it that what is done has all its rows, and what was read
// its bytes.
func (l trail) checkDone(t *testing.T) {
	t.Helper()
	has := l.events()
	for _, c := range l.run.shelf.contents {
		state := l.entryState(c)
		if (state == store.Done || state == store.Unreadable) && !l.raw(c) {
			t.Errorf("content %s is %s, and its bytes are not stored", c.ID, state)
		}
		for _, record := range c.records {
			if state == store.Done && record.event != "" && !has[record.event] {
				t.Errorf("content %s is done, and event %s has no row", c.ID, record.event)
			}
		}
	}
}

// checkIndex sees to it that every entry of the index leads to a row.
func (l trail) checkIndex(t *testing.T) {
	t.Helper()
	there := map[string]bool{}
	for _, row := range l.rows {
		there[strings.TrimPrefix(row.Table, "events")+row.Columns["RowKey"].(string)] = true
	}
	for entry := range l.index {
		table, key, _ := strings.Cut(entry, "/")
		if parts := strings.SplitN(key, "_", 3); len(parts) != 3 || !there[strings.TrimPrefix(table, "index")+parts[2]] {
			t.Errorf("index entry %s leads to no row", entry)
		}
	}
}
