package events

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// An IndexEntry is one entry of the index: an event has a term.
type IndexEntry struct {
	// Of the event's row. It is "" if the entry's key does not hold the key of an
	// event; Term is then "" too.
	At   Position
	Term string // the term's name, as IndexTerms returns it
	Row  string // the entry's table, PartitionKey and RowKey
}

// IndexTerms returns the names of the terms by which the index finds an event,
// each once. A name holds a hash and nothing of the record.
func IndexTerms(e Event) (names []string) {
	for _, t := range termsOf(&e.Record) {
		names = append(names, keyOfTerm(t).name())
	}
	return names
}

// ListIndex yields every entry of the index.
func (ev *Events) ListIndex(ctx context.Context) iter.Seq2[IndexEntry, error] {
	return func(yield func(IndexEntry, error) bool) {
		q := tables.Query{Select: []string{"PartitionKey", "RowKey"}}
		for row, err := range ev.tables.AllRows(ctx, indexPrefix, q) {
			if err != nil {
				yield(IndexEntry{}, fmt.Errorf("list index: %w", err))
				return
			}
			if !yield(indexEntry(entry{row.Month, row.Partition(), row.Key()}), nil) {
				return
			}
		}
	}
}

func indexEntry(e entry) IndexEntry {
	i := IndexEntry{Row: e.name()}
	if key, err := eventKeyOfEntry(e.month, e.key); err == nil {
		i.At = key.position()
		i.Term = termKey{e.bucket, e.key[:len(e.key)-len(key.row())]}.name()
	}
	return i
}

// IndexRow returns the table, PartitionKey and RowKey of the entry for a term and
// the event at a position; "" for an invalid position.
func IndexRow(at Position, term string) string {
	e, err := entryAt(at, term)
	if err != nil {
		return ""
	}
	return e.name()
}

// HasIndexEntry reports whether the index holds the entry for a term and the event
// at a position.
func (ev *Events) HasIndexEntry(ctx context.Context, at Position, term string) (bool, error) {
	e, err := entryAt(at, term)
	if err != nil {
		return false, fmt.Errorf("read index: %w", err)
	}
	_, _, err = ev.tables.Table(e.table()).Get(ctx, e.bucket, e.key)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func entryAt(at Position, term string) (entry, error) {
	key, err := eventKeyAt(at)
	bucket, prefix, _ := strings.Cut(term, "/")
	return entry{key.month, bucket, prefix + key.row()}, err
}
