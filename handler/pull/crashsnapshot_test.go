package pull_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A snapshot is everything that is stored, read without the store.
type snapshot struct {
	run      *crashRun
	rows     map[string]ingesttest.StoredRow // events, by table and key
	index    map[string]bool                 // index entries, by table and key
	ledger   map[string]map[string]any       // properties of ledger entries, by content id
	pointers map[string]map[string]any       // properties of their pending entities, by content id
	state    map[string]string               // documents, by kind and name
	blobs    map[string]string               // checksum and metadata of raw blobs, by name
}

// snapshot reads what is stored. Its calls are not part of the schedule.
func (r *crashRun) snapshot(t *testing.T) snapshot {
	t.Helper()
	s := snapshot{
		run: r, rows: map[string]ingesttest.StoredRow{}, index: map[string]bool{}, ledger: map[string]map[string]any{}, pointers: map[string]map[string]any{},
		state: map[string]string{}, blobs: r.blobs(t),
	}
	for _, row := range r.account.Rows(t, "") {
		id, _ := row.Columns["ContentId"].(string)
		switch key := row.Columns["RowKey"].(string); {
		case row.Table == "state":
			s.state[row.Key()], _ = row.Columns["Json"].(string)
		case strings.HasPrefix(row.Table, "events"):
			s.rows[row.Table+"/"+row.Key()] = row
		case strings.HasPrefix(row.Table, "index"):
			s.index[row.Table+"/"+row.Key()] = true
		case strings.HasPrefix(key, "c_"):
			s.ledger[id] = row.Columns
		case s.pointers[id] != nil:
			t.Errorf("content blob %s has two pending entities", id)
		default:
			s.pointers[id] = row.Columns
		}
	}
	return s
}

// blobs describes the raw blobs.
func (r *crashRun) blobs(t *testing.T) map[string]string {
	t.Helper()
	blobs := map[string]string{}
	pager := r.account.Blobs.NewListBlobsFlatPager("raw", &azblob.ListBlobsFlatOptions{Include: azblob.ListBlobsInclude{Metadata: true}})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if bloberror.HasCode(err, bloberror.ContainerNotFound) {
			return blobs
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, blob := range page.Segment.BlobItems {
			kept := map[string]any{"MD5": blob.Properties.ContentMD5, "Type": blob.Properties.ContentType}
			for name, value := range blob.Metadata {
				kept[name] = *value
			}
			text, err := json.Marshal(kept)
			if err != nil {
				t.Fatal(err)
			}
			blobs[*blob.Name] = string(text)
		}
	}
	return blobs
}

func (s snapshot) pending() int { return len(s.pointers) }

// hasRaw reports whether a content blob has a raw blob.
func (s snapshot) hasRaw(c contentBlob) bool { return s.blobs[s.run.Store.RawName(c.Content)] != "" }

func (s snapshot) entryState(c contentBlob) ledger.State {
	state, _ := s.ledger[c.ID]["State"].(string)
	return ledger.State(state)
}

// count is a count in the entry of a content blob.
func (s snapshot) count(c contentBlob, column string) int {
	n, _ := s.ledger[c.ID][column].(float64)
	return int(n)
}

// events are the ids of the events that have a row.
func (s snapshot) events() map[string]bool {
	has := map[string]bool{}
	for _, row := range s.rows {
		has[row.Columns["Id"].(string)] = true
	}
	return has
}

// status is the stored status of the content type.
func (s snapshot) status(t *testing.T) (status store.TypeStatus) {
	t.Helper()
	s.document(t, "type/audit_general", &status)
	return status
}

func (s snapshot) checkpoint(t *testing.T) (c store.Checkpoint) {
	t.Helper()
	s.document(t, "checkpoint/audit_general", &c)
	return c
}

func (s snapshot) document(t *testing.T, key string, v any) {
	t.Helper()
	if text := s.state[key]; text != "" {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
}

// days counts the ledger entries by state. All are of one day.
func (s snapshot) days() ledger.DayCount {
	d := ledger.DayCount{Day: ingesttest.Start.Truncate(24 * time.Hour)}
	for _, c := range s.run.api.blobs {
		switch s.entryState(c) {
		case ledger.Pending:
			d.Pending++
		case ledger.Done:
			d.Done++
		case ledger.Lost:
			d.Lost++
		case ledger.Unreadable:
			d.Unreadable++
		}
	}
	return d
}

// checkInvariants checks what must hold at any moment, after a tick that started
// at began: every claim holds, and every row has its evidence.
func (s snapshot) checkInvariants(t *testing.T, began time.Time) {
	t.Helper()
	s.checkLedger(t)
	s.checkEvidence(t)
	s.checkDone(t)
	s.checkIndex(t)
	r := s.run
	r.listed.update(s.checkpoint(t).ListedThrough, began)
	for _, c := range r.listed.covers(r.api.blobs) {
		if s.ledger[c.ID] == nil {
			t.Errorf("the checkpoint is at %s, and content blob %s is not in the ledger", r.listed.time, c.ID)
		}
	}
	r.through.update(s.status(t).CompleteThrough, began)
	for _, c := range r.through.covers(r.api.blobs) {
		if state := s.entryState(c); state == "" || state == ledger.Pending {
			t.Errorf("the trail is complete through %s, and content blob %s is %q", r.through.time, c.ID, state)
		}
	}
}

// update notes a claim that was made since the last snapshot.
func (c *claim) update(claimed, began time.Time) {
	if !claimed.Equal(c.time) {
		*c = claim{claimed, began}
	}
}

// covers returns the content blobs that the claim is about.
func (c *claim) covers(blobs []contentBlob) []contentBlob {
	return slices.DeleteFunc(slices.Clone(blobs), func(one contentBlob) bool {
		return one.listed.After(c.made) || !one.Created.Before(c.time)
	})
}

// checkLedger checks that every pending entry, and no other, has a pending
// entity with the same properties.
func (s snapshot) checkLedger(t *testing.T) {
	t.Helper()
	for id, entry := range s.ledger {
		pointer := s.pointers[id]
		if pending := entry["State"] == "pending"; pending != (pointer != nil) {
			t.Errorf("entry %s is %s; it has a pending entity: %v", id, entry["State"], pointer != nil)
			continue
		}
		for column, value := range pointer {
			if column != "RowKey" && entry[column] != value {
				t.Errorf("entry %s: %s is %v, and in its pending entity %v", id, column, entry[column], value)
			}
		}
	}
	for id := range s.pointers {
		if s.ledger[id] == nil {
			t.Errorf("content blob %s has a pending entity and no entry", id)
		}
	}
}

// checkEvidence checks that every row is an event of a raw blob.
func (s snapshot) checkEvidence(t *testing.T) {
	t.Helper()
	for key, row := range s.rows {
		i := slices.IndexFunc(s.run.api.blobs, func(c contentBlob) bool { return c.ID == row.Columns["ContentId"] })
		if i < 0 {
			t.Errorf("row %s is of the unknown content blob %v", key, row.Columns["ContentId"])
			continue
		}
		c := s.run.api.blobs[i]
		if index := int(row.Columns["ContentIndex"].(float64)); c.records[index].event != row.Columns["Id"] {
			t.Errorf("row %s is not element %d of content blob %s", key, index, c.ID)
		}
		if !s.hasRaw(c) {
			t.Errorf("row %s is of content blob %s, which has no raw blob", key, c.ID)
		}
	}
}

// checkDone checks that every done entry has all its rows, and every done or
// unreadable one its raw blob.
func (s snapshot) checkDone(t *testing.T) {
	t.Helper()
	has := s.events()
	for _, c := range s.run.api.blobs {
		state := s.entryState(c)
		if (state == ledger.Done || state == ledger.Unreadable) && !s.hasRaw(c) {
			t.Errorf("entry %s is %s and has no raw blob", c.ID, state)
		}
		for _, record := range c.records {
			if state == ledger.Done && record.event != "" && !has[record.event] {
				t.Errorf("entry %s is done, and event %s has no row", c.ID, record.event)
			}
		}
	}
}

// checkIndex checks that every index entry has its row.
func (s snapshot) checkIndex(t *testing.T) {
	t.Helper()
	there := map[string]bool{}
	for _, row := range s.rows {
		there[strings.TrimPrefix(row.Table, "events")+row.Columns["RowKey"].(string)] = true
	}
	for entry := range s.index {
		table, key, _ := strings.Cut(entry, "/")
		if parts := strings.SplitN(key, "_", 3); len(parts) != 3 || !there[strings.TrimPrefix(table, "index")+parts[2]] {
			t.Errorf("index entry %s has no row", entry)
		}
	}
}

// checkEnd compares the snapshot at the end of a run with that of the run
// without faults, except for what a content blob that may be lost would hold.
func (s snapshot) checkEnd(t *testing.T, want snapshot) {
	t.Helper()
	s.checkEntries(t)
	s.checkTotals(t)
	s.checkStatus(t)
	rows, blobs, index := maps.Clone(want.rows), maps.Clone(want.blobs), maps.Clone(want.index)
	for _, c := range s.run.api.blobs {
		if s.entryState(c) == ledger.Lost {
			delete(blobs, s.run.Store.RawName(c.Content))
			maps.DeleteFunc(rows, func(_ string, r ingesttest.StoredRow) bool { return r.Columns["ContentId"] == c.ID })
			maps.DeleteFunc(index, func(key string, _ bool) bool { return strings.HasSuffix(key, c.records[0].event) })
		}
	}
	if diff := cmp.Diff(rows, s.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(index, s.index); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(blobs, s.blobs); diff != "" {
		t.Errorf("raw blobs (-want +got):\n%s", diff)
	}
}

// wantState is the state in which an entry must end: the one that expires is
// lost if, and only if, it has no raw blob.
func (s snapshot) wantState(c contentBlob) ledger.State {
	if c.is("fleeting") && !s.hasRaw(c) {
		return ledger.Lost
	}
	return ledger.Done
}

// checkEntries compares the ledger and the rows with the content blobs.
func (s snapshot) checkEntries(t *testing.T) {
	t.Helper()
	owners := map[string]contentBlob{} // of events: the earliest content blob that has it
	for _, c := range s.run.api.blobs {
		want := s.wantState(c)
		if got := s.entryState(c); got != want {
			t.Errorf("entry %s is %q, want %q: %v", c.ID, got, want, s.ledger[c.ID]["Error"])
		}
		if want != ledger.Done {
			continue
		}
		for _, r := range c.records {
			if owner, found := owners[r.event]; r.event != "" && (!found || c.earlier(owner)) {
				owners[r.event] = c
			}
		}
		if s.count(c, "Records") != len(c.records) || s.count(c, "Rejected") != c.rejected() ||
			s.count(c, "Rows")+s.count(c, "Duplicates")+s.count(c, "Conflicts") != c.events() {
			t.Errorf("content blob %s has %d records, %d of them events: %v", c.ID, len(c.records), c.events(), s.ledger[c.ID])
		}
	}
	for key, row := range s.rows {
		if owner := owners[row.Columns["Id"].(string)]; row.Columns["ContentId"] != owner.ID {
			t.Errorf("row %s is of %s, want %s", key, row.Columns["ContentId"], owner.ID)
		}
	}
	if len(s.rows) != len(owners) {
		t.Errorf("%d rows of %d events", len(s.rows), len(owners))
	}
}

// checkTotals adds up the counts of all entries. Each event is counted as a row
// once. It may be counted twice, by the contract of the events' write, if it
// replaced the row of a later content blob and the process was killed then.
func (s snapshot) checkTotals(t *testing.T) {
	t.Helper()
	var rows, others, late int
	for _, c := range s.run.api.blobs {
		rows += s.count(c, "Rows")
		others += s.count(c, "Duplicates") + s.count(c, "Conflicts")
		if c.is("late") {
			late = s.count(c, "Rows")
		}
	}
	again := rows - len(s.rows)
	if again < 0 || again > 0 && (len(s.run.schedule.injected) == 0 || again > late) || others+again != 5 {
		t.Errorf("%d rows are counted as %d rows and %d others, want 5", len(s.rows), rows, others)
	}
}

// checkStatus compares the status with what is stored.
func (s snapshot) checkStatus(t *testing.T) {
	t.Helper()
	status, c := s.status(t), s.checkpoint(t)
	want := store.TypeStatus{
		ContentType: tenant.General, Subscription: "enabled", Webhook: "none",
		ListedThrough: c.ListedThrough, CompleteThrough: c.ListedThrough, Days: []ledger.DayCount{s.days()}, Started: status.Started,
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if c.ListedThrough.Before(s.run.began.Truncate(time.Second)) || c.ListedThrough.After(s.run.Clock.Now()) {
		t.Errorf("checkpoint %+v after a tick at %s", c, s.run.began)
	}
}
