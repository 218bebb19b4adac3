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

// resolve reads the rows that are stored under a batch's keys and sets the
// outcomes of their events. It returns the rows that must still be written: those
// that are missing, and those whose stored row is from a later content blob.
func (w *writer) resolve(ctx context.Context, t tables.Table, batch []rowWrite) ([]rowWrite, error) {
	stored, err := w.readStored(ctx, t, batch)
	if err != nil {
		return nil, err
	}
	var todo []rowWrite
	for _, r := range batch {
		r.etag = ""
		row, found := stored[r.key.row()]
		if !found {
			todo = append(todo, r)
			continue
		}
		again, etag, err := w.compare(ctx, t, r, row)
		if err != nil {
			return nil, err
		}
		if again {
			r.etag = etag
			todo = append(todo, r)
		}
	}
	return todo, nil
}

// A storedRow is what is needed of a stored row to compare events with it.
type storedRow struct {
	source Event  // Record.JSON only if it was needed
	sum    []byte // SHA-256 of the record's JSON
}

// readStored reads the rows from the first key of a batch to the last. That is one
// request, unless there are a thousand rows of other events in between.
func (w *writer) readStored(ctx context.Context, t tables.Table, batch []rowWrite) (map[string]storedRow, error) {
	rows := make(map[string]storedRow, len(batch))
	wanted := make(map[string]bool, len(batch))
	for _, r := range batch {
		wanted[r.key.row()] = true
	}
	q := tables.Query{
		Filter: tables.And(tables.InPartition(batch[0].key.partition()),
			tables.Between("RowKey", batch[0].key.row(), batch[len(batch)-1].key.row())),
		Select: []string{"RowKey", colContentID, colContentCreated, colContentIndex, colRecordSHA256},
	}
	for row, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		if !wanted[row.Key()] {
			continue
		}
		if rows[row.Key()], err = parseStored(row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func parseStored(row tables.Properties) (storedRow, error) {
	source, err := readSource(row)
	if err != nil {
		return storedRow{}, err
	}
	sum, err := row.Binary(colRecordSHA256)
	return storedRow{source, sum}, err
}

// compare sets the outcomes of r's events by the stored row. It reports whether r
// must still be written: in place of that row, which must then have this ETag, or
// as a new row if the stored one has disappeared ("").
func (w *writer) compare(ctx context.Context, t tables.Table, r rowWrite, stored storedRow) (again bool, etag azcore.ETag, err error) {
	if w.needsRecord(r, stored) {
		whole, tag, err := w.readRecord(ctx, t, r)
		if errors.Is(err, storage.ErrNotFound) {
			return true, "", nil
		}
		if err != nil {
			return false, "", err
		}
		stored, etag = whole, tag
	}
	for _, i := range r.events {
		w.setOutcome(i, outcome(w.events[i], stored))
	}
	return w.events[r.events[0]].Precedes(stored.source), etag, nil
}

// needsRecord reports whether the stored record itself is needed, because other
// bytes may be equal JSON, or the row's ETag, because the row will be replaced.
func (w *writer) needsRecord(r rowWrite, stored storedRow) bool {
	if w.events[r.events[0]].Precedes(stored.source) {
		return true
	}
	for _, i := range r.events {
		if e := w.events[i]; !hasSameSource(e, stored.source) && !hasSameBytes(e, stored) {
			return true
		}
	}
	return false
}

func (w *writer) readRecord(ctx context.Context, t tables.Table, r rowWrite) (storedRow, azcore.ETag, error) {
	row, etag, err := t.Get(ctx, r.key.partition(), r.key.row())
	if err != nil {
		return storedRow{}, "", err
	}
	stored, err := parseStored(row)
	if err != nil {
		return storedRow{}, "", err
	}
	stored.source.Record.JSON, err = w.ev.recordOf(ctx, row, stored.source)
	return stored, etag, err
}

func outcome(e Event, stored storedRow) Outcome {
	if hasSameSource(e, stored.source) {
		return Row
	}
	if hasSameBytes(e, stored) {
		return Duplicate
	}
	return compareRecords(e.Record.JSON, stored.source.Record.JSON)
}

// hasSameSource reports whether two events have the same index in the same content
// blob.
func hasSameSource(a, b Event) bool { return a.Content.ID == b.Content.ID && a.Index == b.Index }

func hasSameBytes(e Event, stored storedRow) bool {
	sum := sha256.Sum256(e.Record.JSON)
	return bytes.Equal(sum[:], stored.sum)
}
