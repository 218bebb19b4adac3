package ingesttest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
)

// An Account gives direct access to a storage account, for tests that read or
// damage what is stored without going through the store.
type Account struct {
	Tables *aztables.ServiceClient
	Blobs  *azblob.Client
}

// NewAccount opens the account of a connection string.
func NewAccount(t testing.TB, connection string) Account {
	t.Helper()
	tables, err := aztables.NewServiceClientFromConnectionString(connection, nil)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := azblob.NewClientFromConnectionString(connection, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Account{tables, blobs}
}

// TableNames lists the tables whose name begins with prefix.
func (a Account) TableNames(t testing.TB, prefix string) (names []string) {
	t.Helper()
	pager := a.Tables.NewListTablesPager(nil)
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range page.Tables {
			if strings.HasPrefix(*table.Name, prefix) {
				names = append(names, *table.Name)
			}
		}
	}
	return names
}

// A StoredRow is an entity of a table with all its properties.
type StoredRow struct {
	Table   string
	Columns map[string]any
}

// Key returns the PartitionKey and the RowKey.
func (r StoredRow) Key() string {
	return r.Columns["PartitionKey"].(string) + "/" + r.Columns["RowKey"].(string)
}

// Rows reads the tables whose name begins with prefix, in the order of their
// keys. ETag and Timestamp are left out, so that rows written twice compare as
// equal.
func (a Account) Rows(t testing.TB, prefix string) (rows []StoredRow) {
	t.Helper()
	for _, name := range a.TableNames(t, prefix) {
		pager := a.Tables.NewClient(name).NewListEntitiesPager(nil)
		for pager.More() {
			page, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, entity := range page.Entities {
				rows = append(rows, StoredRow{name, columns(t, entity)})
			}
		}
	}
	return rows
}

func columns(t testing.TB, entity []byte) map[string]any {
	t.Helper()
	var columns map[string]any
	if err := json.Unmarshal(entity, &columns); err != nil {
		t.Fatal(err)
	}
	for name := range columns {
		if strings.HasPrefix(name, "odata.") || strings.HasPrefix(name, "Timestamp") {
			delete(columns, name)
		}
	}
	return columns
}

// Put writes a row, in place of an existing one.
func (a Account) Put(t testing.TB, r StoredRow) {
	t.Helper()
	entity, err := json.Marshal(r.Columns)
	if err != nil {
		t.Fatal(err)
	}
	options := &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace}
	if _, err := a.Tables.NewClient(r.Table).UpsertEntity(t.Context(), entity, options); err != nil {
		t.Fatal(err)
	}
}

// Delete deletes a row.
func (a Account) Delete(t testing.TB, r StoredRow) {
	t.Helper()
	_, err := a.Tables.NewClient(r.Table).DeleteEntity(t.Context(), r.Columns["PartitionKey"].(string), r.Columns["RowKey"].(string), nil)
	if err != nil {
		t.Fatal(err)
	}
}
