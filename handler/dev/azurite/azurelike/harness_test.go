package azurelike_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// An account is a storage account with clients that use Azurite directly (plain) and
// through a transport. The latter do not retry.
type account struct {
	plain, tables *aztables.ServiceClient
	blobs         *azblob.Client
	transport     *azurelike.Transport
}

func open(t *testing.T, options azurelike.Options) *account {
	t.Helper()
	connection := pool.ConnectionString(t)
	a := &account{transport: azurelike.New(http.DefaultTransport, options)}
	once := policy.RetryOptions{MaxRetries: -1}
	var errs [3]error
	a.plain, errs[0] = aztables.NewServiceClientFromConnectionString(connection, nil)
	a.tables, errs[1] = aztables.NewServiceClientFromConnectionString(connection,
		&aztables.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: a.transport, Retry: once}})
	a.blobs, errs[2] = azblob.NewClientFromConnectionString(connection,
		&azblob.ClientOptions{ClientOptions: azcore.ClientOptions{Transport: a.transport, Retry: once}})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if _, err := a.plain.CreateTable(t.Context(), "rows", nil); err != nil {
		t.Fatal(err)
	}
	return a
}

// key identifies a row.
type key struct{ PartitionKey, RowKey string }

// insert returns an operation that adds a row of n properties.
func insert(k key, n int) aztables.TransactionAction {
	row := map[string]any{"PartitionKey": k.PartitionKey, "RowKey": k.RowKey}
	for i := range n {
		row[fmt.Sprint("N", i)] = time.Unix(0, 0).UTC()
		row[fmt.Sprint("N", i, "@odata.type")] = "Edm.DateTime"
	}
	entity, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	return aztables.TransactionAction{ActionType: aztables.TransactionTypeAdd, Entity: entity}
}

// fill adds rows to a table and returns their keys, in order.
func (a *account) fill(t *testing.T, partitions, rows int) (keys []key) {
	t.Helper()
	for p := range partitions {
		var batch []aztables.TransactionAction
		for r := range rows {
			keys = append(keys, key{fmt.Sprintf("p%02d", p), fmt.Sprintf("r%02d", r)})
			batch = append(batch, insert(keys[len(keys)-1], 1))
		}
		if _, err := a.plain.NewClient("rows").SubmitTransaction(t.Context(), batch, nil); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// A page is a response to a query.
type page struct {
	keys           []key
	partition, row string // tokens
	rows           []map[string]any
}

// pages reads all pages of a table.
func (a *account) pages(t *testing.T, o *aztables.ListEntitiesOptions) (pages []page) {
	t.Helper()
	pager := a.tables.NewClient("rows").NewListEntitiesPager(o)
	for pager.More() {
		response, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, readPage(t, response))
	}
	return pages
}

func readPage(t *testing.T, response aztables.ListEntitiesResponse) (p page) {
	t.Helper()
	for _, entity := range response.Entities {
		var k key
		var row map[string]any
		if err := errors.Join(json.Unmarshal(entity, &k), json.Unmarshal(entity, &row)); err != nil {
			t.Fatal(err)
		}
		p.keys, p.rows = append(p.keys, k), append(p.rows, row)
	}
	if response.NextPartitionKey != nil {
		p.partition = *response.NextPartitionKey
	}
	if response.NextRowKey != nil {
		p.row = *response.NextRowKey
	}
	return p
}

// do makes a call and returns the service's response and its body.
func do(t *testing.T, call func(context.Context) error) (*http.Response, string) {
	t.Helper()
	var resp *http.Response
	failure := call(runtime.WithCaptureResponse(t.Context(), &resp))
	if resp == nil {
		t.Fatalf("no response: %v", failure)
	}
	body, err := runtime.Payload(resp)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// read returns all keys of the table, without the transport.
func (a *account) read(t *testing.T) (keys []key) {
	t.Helper()
	through := *a
	through.tables = a.plain
	for _, p := range through.pages(t, nil) {
		keys = append(keys, p.keys...)
	}
	return keys
}
