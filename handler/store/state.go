package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// stateTable is the one table that holds no month.
const stateTable = "state"

// colJSON holds a document of the state table.
const colJSON = "Json"

// Named is one document of a kind.
type Named struct {
	Name string
	JSON json.RawMessage
}

// SaveState stores v as the JSON document of this kind and name, replacing the
// one that is there. Kind and name consist of 0-9, a-z, _ and -; the JSON has
// at most 32,000 UTF-16 units.
func (s *Store) SaveState(ctx context.Context, kind, name string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("save %s %s: %w", kind, name, err)
	}
	r := tables.NewEntity(kind, name)
	r.Text(colJSON, string(text))
	// It says what is, not what changed: after a lost answer it is stored again.
	verdict, err := s.tables.Table(stateTable).Submit(ctx, []tables.Operation{tables.Put(r)})
	if err == nil && verdict != tables.Applied {
		err = storage.Unclear("write " + stateTable)
	}
	if err != nil {
		return fmt.Errorf("save %s %s: %w", kind, name, err)
	}
	return nil
}

// LoadState reads the document of this kind and name into v; false if there is none.
func (s *Store) LoadState(ctx context.Context, kind, name string, v any) (bool, error) {
	if !keys.Valid(kind) || !keys.Valid(name) {
		return false, fmt.Errorf("load %q %q: outside the key alphabet", kind, name)
	}
	f, _, err := s.tables.Table(stateTable).Get(ctx, kind, name)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(f.Text(colJSON)), v)
	}
	if err != nil {
		return false, fmt.Errorf("load %s %s: %w", kind, name, err)
	}
	return true, nil
}

// ListState returns the documents of a kind, by name.
func (s *Store) ListState(ctx context.Context, kind string) iter.Seq2[Named, error] {
	return func(yield func(Named, error) bool) {
		for f, err := range s.tables.Table(stateTable).Rows(ctx, tables.Query{Filter: tables.InPartition(kind)}) {
			if err != nil {
				yield(Named{}, fmt.Errorf("list %s: %w", kind, err))
				return
			}
			if !yield(Named{f.Key(), json.RawMessage(f.Text(colJSON))}, nil) {
				return
			}
		}
	}
}
