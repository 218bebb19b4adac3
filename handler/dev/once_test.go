package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

func TestARowThatIsGoneIsFoundMissing(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{Contents: 20})
	r.pullAll(t)
	r.dropARow(t)
	var out bytes.Buffer
	err := r.verify(t.Context(), &terminal{out: &out})
	if err == nil || !strings.Contains(out.String(), "of 400 records and 20 contents: records missing: 1\n") {
		t.Errorf("verify: %v\n%s", err, out.String())
	}
}

// dropARow deletes an event row behind the handler's back.
func (r *rig) dropARow(t *testing.T) {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(r.connection, nil)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := service.NewListTablesPager(nil).NextPage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables.Tables {
		if !strings.HasPrefix(*table.Name, "events") {
			continue
		}
		client := service.NewClient(*table.Name)
		page, err := client.NewListEntitiesPager(nil).NextPage(t.Context())
		if err != nil || len(page.Entities) == 0 {
			t.Fatalf("%s has no rows: %v", *table.Name, err)
		}
		var row aztables.Entity
		if err := json.Unmarshal(page.Entities[0], &row); err != nil {
			t.Fatal(err)
		}
		if _, err := client.DeleteEntity(t.Context(), row.PartitionKey, row.RowKey, nil); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatal("there is no table of events")
}
