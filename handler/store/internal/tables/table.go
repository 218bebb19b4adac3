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

// table is one table, which may not exist yet.
type Table struct {
	service *Service
	Name    string
	client  *aztables.Client
}

// query asks for rows of one table.
type Query struct {
	Filter Filter
	Select []string // none: all
	Page   int      // rows in one answer; 0: as many as the service gives
}

// rows returns the rows that q asks for, in the order of their keys. A table
// that does not exist has none. Rows are fetched page by page, as they are
// taken; a page may be empty and still not be the last.
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
	if q.Page > 0 && q.Page < MaxPage {
		top := int32(q.Page)
		o.Top = &top
	}
	return o, nil
}

// get reads one row and its ETag; ErrNotFound if there is none.
func (t Table) Get(ctx context.Context, partition, key string) (Properties, azcore.ETag, error) {
	response, err := t.client.GetEntity(ctx, partition, key, nil)
	if noTable(err) || storage.HasCode(err, "EntityNotFound") {
		return Properties{}, "", storage.ErrNotFound
	}
	if err != nil {
		return Properties{}, "", storage.Failed("read "+t.Name, err)
	}
	storage.CostOf(ctx).AddRows(1)
	return ReadProperties(response.Value), response.ETag, nil
}

// noTable reports whether err says that a table is not there, or not for long:
// one that was dropped is no longer accessible, and answers 409 until its name
// is free again ("Delete Table").
func noTable(err error) bool {
	return storage.HasCode(err, "TableNotFound", "ResourceNotFound", "TableBeingDeleted")
}

// create makes the table. It may be there already: another run needed it too.
func (t Table) create(ctx context.Context) error {
	_, err := t.client.CreateTable(ctx, nil)
	if storage.HasCode(err, "TableAlreadyExists") {
		return nil
	}
	return storage.Failed("create "+t.Name, err)
}

// keys reads which RowKeys from first to last there are.
func (t Table) Keys(ctx context.Context, partition, first, last string) (map[string]bool, error) {
	there := map[string]bool{}
	q := Query{Filter: And(InPartition(partition), Between("RowKey", first, last)), Select: []string{"RowKey"}}
	for f, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		there[f.Key()] = true
	}
	return there, nil
}

// partitions lists a table's partitions: one small request for each, whatever
// they hold.
func (t Table) Partitions(ctx context.Context) ([]string, error) {
	var found []string
	last := ""
	for {
		next := ""
		q := Query{Filter: Compare("PartitionKey", "gt", last), Select: []string{"PartitionKey"}, Page: 1}
		for f, err := range t.Rows(ctx, q) {
			if err != nil {
				return nil, err
			}
			next = f.Partition()
			break
		}
		if next == "" {
			return found, nil
		}
		found = append(found, strings.Clone(next))
		last = next
	}
}
