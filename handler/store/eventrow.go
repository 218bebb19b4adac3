package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// Columns of an event's row that are no attributes of the record. Those have
// the names that the AIP event reference gives them.
const (
	colID           = "Id"
	colCreationTime = "CreationTime"
	colRecordType   = "RecordType"

	colContentID      = "ContentId"
	colContentType    = "ContentType"
	colContentCreated = "ContentCreated"
	colContentIndex   = "ContentIndex"

	colRecordSHA256 = "RecordSha256" // of the record's JSON as sent
	colAuditData    = "AuditData"    // that JSON, compressed; what is over 64 KiB goes on in AuditData1, ...
	colTruncated    = "Truncated"    // names of the columns that hold only the start of their value
)

// auditDataColumns is how many columns a row's size leaves room for.
const auditDataColumns = maxRow/maxBinary + 1

func auditDataColumn(i int) string {
	if i == 0 {
		return colAuditData
	}
	return colAuditData + strconv.Itoa(i)
}

// eventRow is the event as a row. A row that would be too large has its texts
// cut shorter, and if that is not enough is stored without the record's JSON,
// which then is read from the raw content.
func (s *Store) eventRow(e Event) *row {
	r := fittingColumns(e)
	bare := *r
	data := s.codec.encode(e.Record.JSON)
	for i := 0; len(data) > 0; i++ {
		n := min(len(data), maxBinary)
		r.binary(auditDataColumn(i), data[:n])
		data = data[n:]
	}
	if r.size() > maxRow {
		return &bare
	}
	return r
}

// fittingColumns is the row without the record's JSON.
func fittingColumns(e Event) *row {
	r := eventColumns(e, maxText)
	if r.size() > maxRow/2 {
		r = eventColumns(e, 1000)
	}
	return r
}

// eventColumns is the row without the record's JSON, texts cut to limit units.
func eventColumns(e Event, limit int) *row {
	k := keyOf(e)
	r := newRow(k.partition(), k.row())
	c := cutter{row: r, limit: limit}
	c.text(colID, e.Record.ID)
	r.moment(colCreationTime, e.Record.CreationTime)
	r.number(colRecordType, int32(e.Record.RecordType))
	for a := range audit.Attributes() {
		if v, ok := e.Record.Text(a); ok {
			c.text(a.Name(), v)
		}
		if v, ok := e.Record.Int(a); ok {
			r.number(a.Name(), v)
		}
		if v, ok := e.Record.Bool(a); ok {
			r.boolean(a.Name(), v)
		}
	}
	r.text(colContentID, e.Content.ID)
	r.text(colContentType, e.Content.Type)
	r.moment(colContentCreated, e.Content.Created)
	r.count(colContentIndex, e.Index)
	sum := sha256.Sum256(e.Record.JSON)
	r.binary(colRecordSHA256, sum[:])
	r.text(colTruncated, strings.Join(c.names, ","))
	return r
}

// A cutter adds texts to a row, cutting the long ones, whose names it keeps.
type cutter struct {
	row   *row
	limit int
	names []string
}

func (c *cutter) text(name, value string) {
	short := cut(value, c.limit)
	if short != value {
		c.names = append(c.names, name)
	}
	c.row.text(name, short)
}

// eventFields are the columns that make an Event again. The others are for
// filters, and for people who look at the table.
func eventFields() []string {
	names := []string{"RowKey", colContentID, colContentType, colContentCreated, colContentIndex}
	for i := range auditDataColumns {
		names = append(names, auditDataColumn(i))
	}
	return names
}

// readEvent makes an Event of a row.
func (s *Store) readEvent(ctx context.Context, f fields) (Event, error) {
	e, _, err := s.readKept(ctx, f, nil)
	return e, err
}

// readKept is readEvent, but does not look into a record whose JSON is not
// kept.
func (s *Store) readKept(ctx context.Context, f fields, keep func([]byte) bool) (e Event, kept bool, err error) {
	e, err = readSource(f)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", f.key(), err)
	}
	record, err := s.recordOf(ctx, f, e)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", f.key(), err)
	}
	if keep != nil && !keep(record) {
		return Event{}, false, nil
	}
	if e.Record, err = audit.ParseRecord(record); err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w: %w", f.key(), ErrCorrupt, err)
	}
	return e, true, nil
}

// readSource reads where an event came from.
func readSource(f fields) (Event, error) {
	created, err := f.moment(colContentCreated)
	if err != nil {
		return Event{}, err
	}
	return Event{
		Content: audit.Content{ID: f.text(colContentID), Type: f.text(colContentType), Created: created},
		Index:   f.count(colContentIndex),
	}, nil
}

// recordOf returns the JSON of the event's record: the row's own, or that in
// the raw content where the row had no room.
func (s *Store) recordOf(ctx context.Context, f fields, e Event) ([]byte, error) {
	var data bytes.Buffer
	for i := range auditDataColumns {
		part, err := f.binary(auditDataColumn(i))
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			break
		}
		data.Write(part)
	}
	if data.Len() > 0 {
		return s.codec.decode(data.Bytes())
	}
	return s.rawRecord(ctx, e)
}

func (s *Store) rawRecord(ctx context.Context, e Event) ([]byte, error) {
	body, err := s.Raw(ctx, e.Content)
	if err != nil {
		return nil, err
	}
	parsed, err := audit.Parse(body, audit.Everything)
	if err != nil {
		return nil, fmt.Errorf("raw %s: %w", s.RawName(e.Content), err)
	}
	for _, item := range parsed.Records {
		if item.Index == e.Index {
			return item.Record.JSON, nil
		}
	}
	return nil, fmt.Errorf("raw %s has no record %d: %w", s.RawName(e.Content), e.Index, ErrCorrupt)
}
