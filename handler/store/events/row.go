package events

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
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
const auditDataColumns = tables.MaxEntity/tables.MaxBinary + 1

func auditDataColumn(i int) string {
	if i == 0 {
		return colAuditData
	}
	return colAuditData + strconv.Itoa(i)
}

// eventRow is the event as a row. A row that would be too large has its texts
// cut shorter, and if that is not enough is stored without the record's JSON,
// which then is read from the raw content.
func (s *Events) eventRow(e Event) *tables.Entity {
	r := fittingColumns(e)
	bare := *r
	data := s.codec.encode(e.Record.JSON)
	for i := 0; len(data) > 0; i++ {
		n := min(len(data), tables.MaxBinary)
		r.Binary(auditDataColumn(i), data[:n])
		data = data[n:]
	}
	if r.Size() > tables.MaxEntity {
		return &bare
	}
	return r
}

// fittingColumns is the row without the record's JSON.
func fittingColumns(e Event) *tables.Entity {
	r := eventColumns(e, tables.MaxText)
	if r.Size() > tables.MaxEntity/2 {
		r = eventColumns(e, 1000)
	}
	return r
}

// eventColumns is the row without the record's JSON, texts cut to limit units.
func eventColumns(e Event, limit int) *tables.Entity {
	k := keyOf(e)
	r := tables.NewEntity(k.partition(), k.row())
	c := cutter{row: r, limit: limit}
	c.text(colID, e.Record.ID)
	r.Time(colCreationTime, e.Record.CreationTime)
	r.Int32(colRecordType, int32(e.Record.RecordType))
	for a := range audit.Attributes() {
		if v, ok := e.Record.Text(a); ok {
			c.text(a.Name(), v)
		}
		if v, ok := e.Record.Int(a); ok {
			r.Int32(a.Name(), v)
		}
		if v, ok := e.Record.Bool(a); ok {
			r.Bool(a.Name(), v)
		}
	}
	r.Text(colContentID, e.Content.ID)
	r.Text(colContentType, e.Content.Type)
	r.Time(colContentCreated, e.Content.Created)
	r.Count(colContentIndex, e.Index)
	sum := sha256.Sum256(e.Record.JSON)
	r.Binary(colRecordSHA256, sum[:])
	r.Text(colTruncated, strings.Join(c.names, ","))
	return r
}

// A cutter adds texts to a row, cutting the long ones, whose names it keeps.
type cutter struct {
	row   *tables.Entity
	limit int
	names []string
}

func (c *cutter) text(name, value string) {
	short := tables.Cut(value, c.limit)
	if short != value {
		c.names = append(c.names, name)
	}
	c.row.Text(name, short)
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
func (s *Events) readEvent(ctx context.Context, f tables.Properties) (Event, error) {
	e, _, err := s.readKept(ctx, f, nil)
	return e, err
}

// readKept is readEvent, but does not look into a record whose JSON is not
// kept.
func (s *Events) readKept(ctx context.Context, f tables.Properties, keep func([]byte) bool) (e Event, kept bool, err error) {
	e, err = readSource(f)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", f.Key(), err)
	}
	record, err := s.recordOf(ctx, f, e)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", f.Key(), err)
	}
	if keep != nil && !keep(record) {
		return Event{}, false, nil
	}
	if e.Record, err = audit.ParseRecord(record); err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w: %w", f.Key(), storage.ErrCorrupt, err)
	}
	return e, true, nil
}

// readSource reads where an event came from.
func readSource(f tables.Properties) (Event, error) {
	created, err := f.Time(colContentCreated)
	if err != nil {
		return Event{}, err
	}
	return Event{
		Content: audit.Content{ID: f.Text(colContentID), Type: f.Text(colContentType), Created: created},
		Index:   f.Count(colContentIndex),
	}, nil
}

// recordOf returns the JSON of the event's record: the row's own, or that in
// the raw content where the row had no room.
func (s *Events) recordOf(ctx context.Context, f tables.Properties, e Event) ([]byte, error) {
	var data bytes.Buffer
	for i := range auditDataColumns {
		part, err := f.Binary(auditDataColumn(i))
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

func (s *Events) rawRecord(ctx context.Context, e Event) ([]byte, error) {
	body, err := s.raw.Raw(ctx, e.Content)
	if err != nil {
		return nil, err
	}
	parsed, err := audit.Parse(body, audit.Everything)
	if err != nil {
		return nil, fmt.Errorf("raw %s: %w", s.raw.RawName(e.Content), err)
	}
	for _, item := range parsed.Records {
		if item.Index == e.Index {
			return item.Record.JSON, nil
		}
	}
	return nil, fmt.Errorf("raw %s has no record %d: %w", s.raw.RawName(e.Content), e.Index, storage.ErrCorrupt)
}
