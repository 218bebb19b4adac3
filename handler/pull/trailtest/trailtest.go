// Package trailtest makes a trail, by pulling from a simulated tenant, for the
// tests of the commands that work on one: fsck, rebuild and search. A test
// changes the stored rows and blobs directly, as the store itself never would.
package trailtest

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

// A Trail is the trail of a simulated tenant, and its storage account.
type Trail struct {
	*ingesttest.Harness
	ingesttest.Account
	Connection string
}

// New pulls a week of a small tenant into an account of its own. If cfg has no
// Events, the tenant has 160 in 8 content blobs.
func New(t *testing.T, cfg tenant.Config) *Trail {
	t.Helper()
	if cfg.Events == 0 {
		cfg.Events, cfg.Contents, cfg.NoiseShare = 160, 8, 0.3
	}
	connection := storetest.ConnectionString(t)
	tr := &Trail{ingesttest.New(t, connection, cfg), ingesttest.NewAccount(t, connection), connection}
	tr.Tick(t)
	return tr
}

// Env is the environment in which a command finds the trail.
func (tr *Trail) Env() map[string]string {
	return map[string]string{"TENANT_ID": tr.Tenant.TenantID(), "DataStorage": tr.Connection}
}

// Tick runs one tick of the timer function.
func (tr *Trail) Tick(t *testing.T) {
	t.Helper()
	if err := tr.Pull(t); err != nil {
		t.Fatal(err)
	}
}

// Pull is Tick for a goroutine that is not the test's.
func (tr *Trail) Pull(t *testing.T) error {
	job, err := pull.New(pull.Config{
		Feed: tr.Feed, Store: tr.Store, Ingest: tr.Harness.Ingest, ContentTypes: []string{tenant.General}, Clock: tr.Clocks(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	_, err = job.Tick(t.Context())
	return err
}

// Entries returns the entries of the ledger, newest first.
func (tr *Trail) Entries(t *testing.T) (entries []ledger.Entry) {
	t.Helper()
	for e, err := range tr.Store.Ledger.List(t.Context(), ledger.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// LedgerRow returns the stored ledger row of a content blob whose key begins
// with prefix: "c_" for its entry, "p_" for its pending row.
func (tr *Trail) LedgerRow(t *testing.T, id, prefix string) ingesttest.StoredRow {
	t.Helper()
	for _, row := range tr.Rows(t, "content") {
		if row.Columns["ContentId"] == id && strings.HasPrefix(row.Columns["RowKey"].(string), prefix) {
			return row
		}
	}
	t.Fatalf("content %s has no row %s", id, prefix)
	return ingesttest.StoredRow{}
}

// NewContent is a content blob of this id that is created now.
func (tr *Trail) NewContent(id string) audit.Content {
	now := tr.Clock.Now()
	return audit.Content{ID: id, Type: tenant.General, Created: now, Expiration: now.AddDate(0, 0, 7)}
}

// Add adds a content blob to the ledger as pending.
func (tr *Trail) Add(t *testing.T, c audit.Content) {
	t.Helper()
	if _, err := tr.Store.Ledger.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
}

// PutRaw stores the raw blob of a content blob.
func (tr *Trail) PutRaw(t *testing.T, c audit.Content, body string) {
	t.Helper()
	if err := tr.Store.PutRaw(t.Context(), c, []byte(body), strings.Count(body, "Id")); err != nil {
		t.Fatal(err)
	}
}

// IngestBody ingests a content blob with this body.
func (tr *Trail) IngestBody(t *testing.T, id, body string) audit.Content {
	t.Helper()
	c := tr.NewContent(id)
	tr.Add(t, c)
	tr.PutRaw(t, c, body)
	tr.Tick(t)
	return c
}

// Invented is a record that no content blob of the tenant holds. Its
// CreationTime lies in the trail's week.
const Invented = `{"Id":"00000000-0000-4000-8000-000000000001","RecordType":94,"CreationTime":"2026-03-18T10:00:00","UserId":"eve@contoso.example"}`

// WriteRow writes the row of a record as if it came from a content blob. It
// returns the record's id.
func (tr *Trail) WriteRow(t *testing.T, record string, c audit.Content, index int) string {
	t.Helper()
	r, err := audit.ParseRecord([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Store.Events.Write(t.Context(), []events.Event{{Record: r, Content: c, Index: index}}); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// ReadBlob returns the stored bytes of a raw blob.
func (tr *Trail) ReadBlob(t *testing.T, name string) []byte {
	t.Helper()
	response, err := tr.Blobs.DownloadStream(t.Context(), "raw", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// ReplaceBlob replaces the stored bytes of a raw blob, and keeps its metadata.
func (tr *Trail) ReplaceBlob(t *testing.T, name string, data []byte) {
	t.Helper()
	client := tr.Blobs.ServiceClient().NewContainerClient("raw").NewBlockBlobClient(name)
	properties, err := client.GetProperties(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	options := &azblob.UploadBufferOptions{Metadata: properties.Metadata}
	if _, err = tr.Blobs.UploadBuffer(t.Context(), "raw", name, data, options); err != nil {
		t.Fatal(err)
	}
}

// DeleteBlob deletes a raw blob.
func (tr *Trail) DeleteBlob(t *testing.T, name string) {
	t.Helper()
	if _, err := tr.Blobs.DeleteBlob(t.Context(), "raw", name, nil); err != nil {
		t.Fatal(err)
	}
}
