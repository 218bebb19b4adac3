package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// stateTable is the one table that does not belong to a month. It holds
// documents: PartitionKey is the kind, RowKey the name.
//
//	checkpoint  {content type}                how far the listing has come
//	type        {content type}                status of a content type
//	type        {content type}-{unix second}  gap that begins then
//	run         last                          record of the last tick
const stateTable = "state"

// Properties of a document's entity.
const (
	propJSON  = "Json"
	propWrite = "Write" // drawn for each write, so that a write whose response was lost is recognized
)

// A document is a JSON value of the state table, at one version.
//
// Two runs may overlap, so a document that is read, changed and written back
// changes by compare-and-swap on its ETag alone: save fails with ErrConflict if
// another run has saved it since it was read. The caller then reads it again
// and decides.
type document struct {
	kind, name string
	json       []byte
	write      string      // propWrite of the write that stored it
	etag       azcore.ETag // "": it is not stored
}

// decode unmarshals the document into v. It does nothing if the document is not
// stored.
func (d document) decode(v any) error {
	if d.etag == "" {
		return nil
	}
	if err := json.Unmarshal(d.json, v); err != nil {
		return fmt.Errorf("decode %s %s: %w: %w", d.kind, d.name, storage.ErrCorrupt, err)
	}
	return nil
}

// readDocument returns the document of this kind and name. It is not an error
// if it is not stored.
func (s *Store) readDocument(ctx context.Context, kind, name string) (document, error) {
	d := document{kind: kind, name: name}
	if !keys.Valid(kind) || !keys.Valid(name) {
		return d, fmt.Errorf("read document: invalid key %q %q", kind, name)
	}
	p, etag, err := s.tables.Table(stateTable).Get(ctx, kind, name)
	if errors.Is(err, storage.ErrNotFound) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	d.json, d.write, d.etag = []byte(p.Text(propJSON)), p.Text(propWrite), etag
	return d, nil
}

// listDocuments returns the documents of a kind, by name.
func (s *Store) listDocuments(ctx context.Context, kind string) iter.Seq2[document, error] {
	return func(yield func(document, error) bool) {
		for p, err := range s.tables.Table(stateTable).Rows(ctx, tables.Query{Filter: tables.InPartition(kind)}) {
			if err != nil {
				yield(document{}, err)
				return
			}
			if !yield(document{kind, p.Key(), []byte(p.Text(propJSON)), p.Text(propWrite), p.ETag()}, nil) {
				return
			}
		}
	}
}

// saveDocument stores v in place of d, if d is still what is stored, and
// returns the new document. Otherwise it changes nothing, and the error is
// ErrConflict.
//
// It reads back what it wrote, for two reasons. Only what is stored tells a
// write that came too late from one whose response was lost, and the response
// to a transaction has no ETag. If the response does not say whether the write
// is stored, and nothing has changed, it is sent again.
func (s *Store) saveDocument(ctx context.Context, d document, v any) (document, error) {
	write := rand.Text()
	entity, err := newDocumentEntity(d, v, write)
	if err != nil {
		return document{}, err
	}
	op := tables.Insert(entity)
	if d.etag != "" {
		op = tables.Replace(entity, d.etag)
	}
	for attempt := 1; ; attempt++ {
		verdict, err := s.tables.Table(stateTable).Submit(ctx, []tables.Operation{op})
		if err != nil {
			return document{}, err
		}
		stored, err := s.readDocument(ctx, d.kind, d.name)
		switch {
		case err != nil:
			return document{}, err
		case stored.write == write:
			return stored, nil
		case verdict != tables.Unknown || stored.etag != d.etag:
			return document{}, storage.ErrConflict
		case attempt == tables.MaxAttempts:
			return document{}, storage.Unclear("write " + stateTable)
		}
		if err := s.tables.Backoff(ctx, attempt); err != nil {
			return document{}, err
		}
	}
}

// putDocument stores v in place of whatever is stored. It is only for a
// document that is always replaced as a whole and never read before it is
// written, so that the last write is right whichever that is. After a lost
// response it may be stored twice, which changes nothing.
func (s *Store) putDocument(ctx context.Context, kind, name string, v any) error {
	entity, err := newDocumentEntity(document{kind: kind, name: name}, v, "")
	if err != nil {
		return err
	}
	verdict, err := s.tables.Table(stateTable).Submit(ctx, []tables.Operation{tables.Put(entity)})
	if err == nil && verdict != tables.Applied {
		err = storage.Unclear("write " + stateTable)
	}
	return err
}

func newDocumentEntity(d document, v any, write string) (*tables.Entity, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s %s: %w", d.kind, d.name, err)
	}
	entity := tables.NewEntity(d.kind, d.name)
	entity.Text(propJSON, string(text))
	entity.Text(propWrite, write)
	return entity, nil
}
