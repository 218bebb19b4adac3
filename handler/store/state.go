package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
)

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
	r := newRow(kind, name)
	r.text(colJSON, string(text))
	// It says what is, not what changed: after a lost answer it is stored again.
	verdict, err := s.table(stateTable).submit(ctx, []operation{put(r)})
	if err == nil && verdict != applied {
		err = unclear("write " + stateTable)
	}
	if err != nil {
		return fmt.Errorf("save %s %s: %w", kind, name, err)
	}
	return nil
}

// LoadState reads the document of this kind and name into v; false if there is none.
func (s *Store) LoadState(ctx context.Context, kind, name string, v any) (bool, error) {
	if !validKey(kind) || !validKey(name) {
		return false, fmt.Errorf("load %q %q: outside the key alphabet", kind, name)
	}
	f, _, err := s.table(stateTable).get(ctx, kind, name)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(f.text(colJSON)), v)
	}
	if err != nil {
		return false, fmt.Errorf("load %s %s: %w", kind, name, err)
	}
	return true, nil
}

// ListState returns the documents of a kind, by name.
func (s *Store) ListState(ctx context.Context, kind string) iter.Seq2[Named, error] {
	return func(yield func(Named, error) bool) {
		for f, err := range s.table(stateTable).rows(ctx, query{filter: inPartition(kind)}) {
			if err != nil {
				yield(Named{}, fmt.Errorf("list %s: %w", kind, err))
				return
			}
			if !yield(Named{f.key(), json.RawMessage(f.text(colJSON))}, nil) {
				return
			}
		}
	}
}
