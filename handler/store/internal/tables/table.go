package tables

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// A Table is one table, which need not exist.
type Table struct {
	service *Service
	Name    string
	client  *aztables.Client
}

// A Query selects entities of one table. The zero value selects all of them.
type Query struct {
	Filter   Filter
	Select   []string // properties to return; none: all
	PageSize int      // entities in one response; 0: as many as the service gives
}

// Rows returns the entities that q selects, in key order. A table that does not
// exist has none. It requests a page when the caller reads that far. A page may be
// empty and not be the last.
func (t Table) Rows(ctx context.Context, q Query) iter.Seq2[Properties, error] {
	return func(yield func(Properties, error) bool) {
		options, err := q.options()
		if err != nil {
			yield(Properties{}, fmt.Errorf("query %s: %w", t.Name, err))
			return
		}
		pager := t.client.NewListEntitiesPager(options)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if noTable(err) {
				return
			}
			if err != nil {
				yield(Properties{}, storage.Failed("query "+t.Name, err))
				return
			}
			storage.CostOf(ctx).AddRows(len(page.Entities))
			for _, entity := range page.Entities {
				if !yield(ReadProperties(entity), nil) {
					return
				}
			}
		}
	}
}

func (q Query) options() (*aztables.ListEntitiesOptions, error) {
	text, err := q.Filter.odata()
	if err != nil {
		return nil, err
	}
	o := &aztables.ListEntitiesOptions{}
	if text != "" {
		o.Filter = &text
	}
	if len(q.Select) > 0 {
		names := strings.Join(q.Select, ",")
		o.Select = &names
	}
	if q.PageSize > 0 && q.PageSize < MaxPage {
		top := int32(q.PageSize)
		o.Top = &top
	}
	return o, nil
}

// Get returns one entity and its ETag. The error is [storage.ErrNotFound] if the
// table does not hold it.
func (t Table) Get(ctx context.Context, partition, key string) (Properties, azcore.ETag, error) {
	response, err := t.client.GetEntity(ctx, partition, key, nil)
	if noTable(err) || storage.HasCode(err, aztables.EntityNotFound) {
		return Properties{}, "", storage.ErrNotFound
	}
	if err != nil {
		return Properties{}, "", storage.Failed("read "+t.Name, err)
	}
	storage.CostOf(ctx).AddRows(1)
	return ReadProperties(response.Value), response.ETag, nil
}

// Keys returns the RowKeys from first to last that the partition holds.
func (t Table) Keys(ctx context.Context, partition, first, last string) (map[string]bool, error) {
	found := map[string]bool{}
	q := Query{Filter: And(InPartition(partition), Between("RowKey", first, last)), Select: []string{"RowKey"}}
	for row, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		found[row.Key()] = true
	}
	return found, nil
}

// Partitions returns the PartitionKeys of the table. It sends one small request
// for each, however many entities they hold.
func (t Table) Partitions(ctx context.Context) ([]string, error) {
	var found []string
	last := ""
	for {
		next := ""
		q := Query{Filter: Compare("PartitionKey", "gt", last), Select: []string{"PartitionKey"}, PageSize: 1}
		for row, err := range t.Rows(ctx, q) {
			if err != nil {
				return nil, err
			}
			next = row.Partition()
			break
		}
		if next == "" {
			return found, nil
		}
		found = append(found, strings.Clone(next))
		last = next
	}
}

// create makes the table. It may exist already, because another run needed it too.
func (t Table) create(ctx context.Context) error {
	_, err := t.client.CreateTable(ctx, nil)
	if storage.HasCode(err, aztables.TableAlreadyExists) {
		return nil
	}
	return storage.Failed("create "+t.Name, err)
}

// noTable reports whether err means that a table does not exist, or is being
// dropped: the service responds with 409 until the name is free again ("Delete
// Table").
func noTable(err error) bool {
	return storage.HasCode(err, aztables.TableNotFound, aztables.ResourceNotFound, aztables.TableBeingDeleted)
}
