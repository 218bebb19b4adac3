package events

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// resolve reads the rows that are there where batch was to be inserted, gives
// their events an outcome, and returns what is still to be written: rows that
// are not there, and rows of a later content than ours.
func (w *eventWriter) resolve(ctx context.Context, t tables.Table, batch []place) ([]place, error) {
	there, err := w.readRange(ctx, t, batch)
	if err != nil {
		return nil, err
	}
	var todo []place
	for _, p := range batch {
		p.etag = ""
		found, ok := there[p.key.row()]
		if !ok {
			todo = append(todo, p)
			continue
		}
		again, etag, err := w.compare(ctx, t, p, found)
		if err != nil {
			return nil, err
		}
		if again {
			p.etag = etag
			todo = append(todo, p)
		}
	}
	return todo, nil
}

// storedRow is as much of a row as tells whether an event is the same.
type storedRow struct {
	source Event // Content and Index; the Record's JSON only once it was needed
	sum    []byte
}

// readRange reads the rows from the first key of a batch to the last: one
// request, where others have not written a thousand rows between.
func (w *eventWriter) readRange(ctx context.Context, t tables.Table, batch []place) (map[string]storedRow, error) {
	rows := make(map[string]storedRow, len(batch))
	wanted := make(map[string]bool, len(batch))
	for _, p := range batch {
		wanted[p.key.row()] = true
	}
	q := tables.Query{
		Filter: tables.And(tables.InPartition(batch[0].key.partition()),
			tables.Between("RowKey", batch[0].key.row(), batch[len(batch)-1].key.row())),
		Select: []string{"RowKey", colContentID, colContentCreated, colContentIndex, colRecordSHA256},
	}
	for f, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		if !wanted[f.Key()] {
			continue
		}
		if rows[f.Key()], err = readStored(f); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func readStored(f tables.Properties) (storedRow, error) {
	source, err := readSource(f)
	if err != nil {
		return storedRow{}, err
	}
	sum, err := f.Binary(colRecordSHA256)
	return storedRow{source, sum}, err
}

// compare decides what the events of p are, given the row that is there, and
// whether p must be written all the same: in place of that row, by its ETag,
// or anew because it went away in the meantime ("").
func (w *eventWriter) compare(ctx context.Context, t tables.Table, p place, found storedRow) (again bool, etag azcore.ETag, err error) {
	if w.needsWhole(p, found) {
		whole, tag, err := w.readWhole(ctx, t, p)
		if errors.Is(err, storage.ErrNotFound) {
			return true, "", nil
		}
		if err != nil {
			return false, "", err
		}
		found, etag = whole, tag
	}
	for _, i := range p.events {
		w.decide(i, outcome(w.events[i], found))
	}
	return w.events[p.events[0]].earlier(found.source), etag, nil
}

// needsWhole reports whether the row's JSON is needed, because bytes that
// differ may still be equal as JSON, or its ETag, because it will be replaced.
func (w *eventWriter) needsWhole(p place, found storedRow) bool {
	if w.events[p.events[0]].earlier(found.source) {
		return true
	}
	for _, i := range p.events {
		if e := w.events[i]; !sameSource(e, found.source) && !sameBytes(e, found) {
			return true
		}
	}
	return false
}

func (w *eventWriter) readWhole(ctx context.Context, t tables.Table, p place) (storedRow, azcore.ETag, error) {
	f, etag, err := t.Get(ctx, p.key.partition(), p.key.row())
	if err != nil {
		return storedRow{}, "", err
	}
	found, err := readStored(f)
	if err != nil {
		return storedRow{}, "", err
	}
	found.source.Record.JSON, err = w.store.recordOf(ctx, f, found.source)
	return found, etag, err
}

func outcome(e Event, found storedRow) Outcome {
	if sameSource(e, found.source) {
		return Row
	}
	if sameBytes(e, found) {
		return Duplicate
	}
	return sameOrNot(e.Record.JSON, found.source.Record.JSON)
}

// sameSource reports whether two events are the same place in the same content.
func sameSource(a, b Event) bool { return a.Content.ID == b.Content.ID && a.Index == b.Index }

func sameBytes(e Event, found storedRow) bool {
	sum := sha256.Sum256(e.Record.JSON)
	return bytes.Equal(sum[:], found.sum)
}
