package pull_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A trail is all that is stored, as it lies in tables and blobs.
type trail struct {
	run      *crashRun
	rows     map[string]ingesttest.StoredRow // of events, by table and key
	index    map[string]bool                 // entries, by table and key
	ledger   map[string]map[string]any       // entries' own rows, by content id
	pointers map[string]map[string]any       // their pending rows
	state    map[string]string               // documents, by kind and name
	blobs    map[string]string               // checksum and metadata, by name
}

// look reads the trail past the store, and past fate.
func (r *crashRun) look(t *testing.T) trail {
	t.Helper()
	l := trail{
		run: r, rows: map[string]ingesttest.StoredRow{}, index: map[string]bool{}, ledger: map[string]map[string]any{}, pointers: map[string]map[string]any{},
		state: map[string]string{}, blobs: r.blobs(t),
	}
	for _, row := range r.account.Rows(t, "") {
		id, _ := row.Columns["ContentId"].(string)
		switch key := row.Columns["RowKey"].(string); {
		case row.Table == "state":
			l.state[row.Key()], _ = row.Columns["Json"].(string)
		case strings.HasPrefix(row.Table, "events"):
			l.rows[row.Table+"/"+row.Key()] = row
		case strings.HasPrefix(row.Table, "index"):
			l.index[row.Table+"/"+row.Key()] = true
		case strings.HasPrefix(key, "c_"):
			l.ledger[id] = row.Columns
		case l.pointers[id] != nil:
			t.Errorf("content %s has two pending rows", id)
		default:
			l.pointers[id] = row.Columns
		}
	}
	return l
}

// blobs are the raw container's.
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

func (l trail) pending() int { return len(l.pointers) }

// raw tells whether a content's body is stored.
func (l trail) raw(c shelved) bool { return l.blobs[l.run.Store.RawName(c.Content)] != "" }

func (l trail) entryState(c shelved) store.State {
	state, _ := l.ledger[c.ID]["State"].(string)
	return store.State(state)
}

// count is a number that a content's entry holds.
func (l trail) count(c shelved, column string) int {
	n, _ := l.ledger[c.ID][column].(float64)
	return int(n)
}

// events are the ids of the events that have a row.
func (l trail) events() map[string]bool {
	has := map[string]bool{}
	for _, row := range l.rows {
		has[row.Columns["Id"].(string)] = true
	}
	return has
}

// status is how the content type stands, as it was last saved.
func (l trail) status(t *testing.T) (s store.TypeStatus) {
	t.Helper()
	l.document(t, "type/audit_general", &s)
	return s
}

func (l trail) checkpoint(t *testing.T) (c store.Checkpoint) {
	t.Helper()
	l.document(t, "checkpoint/audit_general", &c)
	return c
}

func (l trail) document(t *testing.T, key string, v any) {
	t.Helper()
	if text := l.state[key]; text != "" {
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
}

// days are the ledger's entries by day and state. All contents of the shelf are
// of one day.
func (l trail) days() store.DayCount {
	d := store.DayCount{Day: ingesttest.Start.Truncate(24 * time.Hour)}
	for _, c := range l.run.shelf.contents {
		switch l.entryState(c) {
		case store.Pending:
			d.Pending++
		case store.Done:
			d.Done++
		case store.Lost:
			d.Lost++
		case store.Unreadable:
			d.Unreadable++
		}
	}
	return d
}
