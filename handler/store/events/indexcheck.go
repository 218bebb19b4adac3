package events

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// IndexEntry is one row of the index: it says that an event has a term.
type IndexEntry struct {
	At   keys.Position // of the event's row; "" if the entry's key leads to none
	Term string        // as IndexTerms names it; "" if the key leads to none
	Row  string        // its table, PartitionKey and RowKey
}

// IndexTerms are the terms that the index has of an event, each once. Names of
// terms hold hashes and nothing of the record.
func IndexTerms(e Event) (names []string) {
	for _, t := range terms(&e.Record) {
		names = append(names, keyOfTerm(t).name())
	}
	return names
}

func (k termKey) name() string { return k.bucket + "/" + k.start }

// IndexEntries reads all of the index.
func (s *Events) ListIndex(ctx context.Context) iter.Seq2[IndexEntry, error] {
	return func(yield func(IndexEntry, error) bool) {
		months, err := s.tables.Months(ctx, indexPrefix)
		if err != nil {
			yield(IndexEntry{}, fmt.Errorf("check index: %w", err))
			return
		}
		for _, m := range months {
			for f, err := range s.tables.Table(m.Table(indexPrefix)).Rows(ctx, tables.Query{Select: []string{"PartitionKey", "RowKey"}}) {
				if err != nil {
					yield(IndexEntry{}, fmt.Errorf("check index: %w", err))
					return
				}
				if !yield(indexEntry(entry{m, f.Partition(), f.Key()}), nil) {
					return
				}
			}
		}
	}
}

func indexEntry(e entry) IndexEntry {
	i := IndexEntry{Row: e.name()}
	if key, err := eventKeyOf(e.month, e.key); err == nil {
		i.At = key.position()
		i.Term = termKey{e.bucket, e.key[:len(e.key)-len(key.row())]}.name()
	}
	return i
}

// IndexRow is where the entry is that says that the event at a position has
// this term: a table, PartitionKey and RowKey.
func IndexRow(at keys.Position, term string) string {
	e, err := entryAt(at, term)
	if err != nil {
		return ""
	}
	return e.name()
}

func entryAt(at keys.Position, term string) (entry, error) {
	key, err := eventKeyAt(at)
	bucket, start, _ := strings.Cut(term, "/")
	return entry{key.month, bucket, start + key.row()}, err
}

// HasIndexEntry reports whether the event that lies at a position has this
// term in the index.
func (s *Events) HasIndexEntry(ctx context.Context, at keys.Position, term string) (bool, error) {
	e, err := entryAt(at, term)
	if err != nil {
		return false, fmt.Errorf("look into the index: %w", err)
	}
	_, _, err = s.tables.Table(e.table()).Get(ctx, e.bucket, e.key)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// EventAt returns the event whose row lies at a position; ErrNotFound if there
// is none.
func (s *Events) Get(ctx context.Context, at keys.Position) (Event, error) {
	key, err := eventKeyAt(at)
	if err != nil {
		return Event{}, fmt.Errorf("read event: %w", err)
	}
	f, _, err := s.tables.Table(key.table()).Get(ctx, key.partition(), key.row())
	if err != nil {
		return Event{}, err
	}
	return s.readEvent(ctx, f)
}
