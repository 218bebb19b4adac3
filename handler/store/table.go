package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// table is one table, which may not exist yet.
type table struct {
	store  *Store
	name   string
	client *aztables.Client
}

func (s *Store) table(name string) table {
	return table{s, name, s.tables.NewClient(name)}
}

// query asks for rows of one table.
type query struct {
	filter filter
	fields []string // none: all
	page   int      // rows in one answer; 0: as many as the service gives
}

// rows returns the rows that q asks for, in the order of their keys. A table
// that does not exist has none. Rows are fetched page by page, as they are
// taken; a page may be empty and still not be the last.
func (t table) rows(ctx context.Context, q query) iter.Seq2[fields, error] {
	return func(yield func(fields, error) bool) {
		options, err := q.options()
		if err != nil {
			yield(fields{}, fmt.Errorf("query %s: %w", t.name, err))
			return
		}
		pager := t.client.NewListEntitiesPager(options)
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if noTable(err) {
				return
			}
			if err != nil {
				yield(fields{}, failed("query "+t.name, err))
				return
			}
			costOf(ctx).rows.Add(int64(len(page.Entities)))
			for _, entity := range page.Entities {
				if !yield(readFields(entity), nil) {
					return
				}
			}
		}
	}
}

func (q query) options() (*aztables.ListEntitiesOptions, error) {
	text, err := q.filter.odata()
	if err != nil {
		return nil, err
	}
	o := &aztables.ListEntitiesOptions{}
	if text != "" {
		o.Filter = &text
	}
	if len(q.fields) > 0 {
		names := strings.Join(q.fields, ",")
		o.Select = &names
	}
	if q.page > 0 && q.page < maxPage {
		top := int32(q.page)
		o.Top = &top
	}
	return o, nil
}

// get reads one row and its ETag; ErrNotFound if there is none.
func (t table) get(ctx context.Context, partition, key string) (fields, azcore.ETag, error) {
	response, err := t.client.GetEntity(ctx, partition, key, nil)
	if noTable(err) || hasCode(err, "EntityNotFound") {
		return fields{}, "", ErrNotFound
	}
	if err != nil {
		return fields{}, "", failed("read "+t.name, err)
	}
	costOf(ctx).rows.Add(1)
	return readFields(response.Value), response.ETag, nil
}

// noTable reports whether err says that a table is not there, or not for long:
// one that was dropped is no longer accessible, and answers 409 until its name
// is free again ("Delete Table").
func noTable(err error) bool {
	return hasCode(err, "TableNotFound", "ResourceNotFound", "TableBeingDeleted")
}

// create makes the table. It may be there already: another run needed it too.
func (t table) create(ctx context.Context) error {
	_, err := t.client.CreateTable(ctx, nil)
	if hasCode(err, "TableAlreadyExists") {
		return nil
	}
	return failed("create "+t.name, err)
}

// months lists the months that have a table of this kind, newest first.
func (s *Store) months(ctx context.Context, prefix string) ([]month, error) {
	var months []month
	filter, err := keyBetween("TableName", prefix, prefix+"999999").odata()
	if err != nil {
		return nil, err
	}
	pager := s.tables.NewListTablesPager(&aztables.ListTablesOptions{Filter: &filter})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, failed("list tables", err)
		}
		for _, p := range page.Tables {
			if m, ok := monthOfTable(prefix, *p.Name); ok {
				months = append(months, m)
			}
		}
	}
	slices.SortFunc(months, func(a, b month) int { return int(b - a) })
	return months, nil
}
