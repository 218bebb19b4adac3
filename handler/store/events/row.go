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

// Columns of an event's row besides the attributes of its record, whose columns
// have the names that the AIP event reference gives them.
const (
	colID           = "Id"
	colCreationTime = "CreationTime"
	colRecordType   = "RecordType"

	colContentID      = "ContentId"
	colContentType    = "ContentType"
	colContentCreated = "ContentCreated"
	colContentIndex   = "ContentIndex"

	colRecordSHA256 = "RecordSha256" // of the record's JSON as Microsoft sent it
	colAuditData    = "AuditData"    // that JSON, compressed; beyond 64 KiB it continues in AuditData1, AuditData2, ...
	colTruncated    = "Truncated"    // names of columns that hold only the start of their text
)

// auditDataColumns is the largest number of AuditData columns that fits in a row.
const auditDataColumns = tables.MaxEntity/tables.MaxBinary + 1

// shortText is the length, in UTF-16 units, to which texts are cut in a row that
// would otherwise be too large.
const shortText = 1000

func auditDataColumn(i int) string {
	if i == 0 {
		return colAuditData
	}
	return colAuditData + strconv.Itoa(i)
}

// eventRow returns the event's row. If the row would be too large, its texts are
// cut; if it still is, it does not hold the record's JSON, which is then read from
// the raw blob.
func (ev *Events) eventRow(e Event) *tables.Entity {
	row := attributeColumns(e)
	bare := *row
	data := ev.codec.encode(e.Record.JSON)
	for i := 0; len(data) > 0; i++ {
		n := min(len(data), tables.MaxBinary)
		row.Binary(auditDataColumn(i), data[:n])
		data = data[n:]
	}
	if row.Size() > tables.MaxEntity {
		return &bare
	}
	return row
}

// attributeColumns returns the row without the record's JSON.
func attributeColumns(e Event) *tables.Entity {
	row := cutColumns(e, tables.MaxText)
	if row.Size() > tables.MaxEntity/2 {
		row = cutColumns(e, shortText)
	}
	return row
}

// cutColumns returns the row without the record's JSON, with texts cut to limit
// UTF-16 units.
func cutColumns(e Event, limit int) *tables.Entity {
	k := keyOf(e)
	row := tables.NewEntity(k.partition(), k.row())
	c := cutter{row: row, limit: limit}
	c.text(colID, e.Record.ID)
	row.Time(colCreationTime, e.Record.CreationTime)
	row.Int32(colRecordType, int32(e.Record.RecordType))
	for a := range audit.Attributes() {
		if v, ok := e.Record.Text(a); ok {
			c.text(a.Name(), v)
		}
		if v, ok := e.Record.Int(a); ok {
			row.Int32(a.Name(), v)
		}
		if v, ok := e.Record.Bool(a); ok {
			row.Bool(a.Name(), v)
		}
	}
	row.Text(colContentID, e.Content.ID)
	row.Text(colContentType, e.Content.Type)
	row.Time(colContentCreated, e.Content.Created)
	row.Count(colContentIndex, e.Index)
	sum := sha256.Sum256(e.Record.JSON)
	row.Binary(colRecordSHA256, sum[:])
	row.Text(colTruncated, strings.Join(c.names, ","))
	return row
}

// A cutter adds texts to a row. It cuts long ones and notes their names.
type cutter struct {
	row   *tables.Entity
	limit int // UTF-16 units
	names []string
}

func (c *cutter) text(name, value string) {
	short := tables.Cut(value, c.limit)
	if short != value {
		c.names = append(c.names, name)
	}
	c.row.Text(name, short)
}

// eventColumns returns the columns from which an Event is read. The other columns
// serve filters, and people who look at the table.
func eventColumns() []string {
	names := []string{"RowKey", colContentID, colContentType, colContentCreated, colContentIndex}
	for i := range auditDataColumns {
		names = append(names, auditDataColumn(i))
	}
	return names
}

// readEvent returns the event that a row holds.
func (ev *Events) readEvent(ctx context.Context, row tables.Properties) (Event, error) {
	e, _, err := ev.readIf(ctx, row, nil)
	return e, err
}

// readIf is readEvent if keep accepts the record's JSON. Otherwise kept is false,
// and the record is not parsed.
func (ev *Events) readIf(ctx context.Context, row tables.Properties, keep func([]byte) bool) (e Event, kept bool, err error) {
	e, err = readSource(row)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", row.Key(), err)
	}
	record, err := ev.recordOf(ctx, row, e)
	if err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w", row.Key(), err)
	}
	if keep != nil && !keep(record) {
		return Event{}, false, nil
	}
	if e.Record, err = audit.ParseRecord(record); err != nil {
		return Event{}, false, fmt.Errorf("row %s: %w: %w", row.Key(), storage.ErrCorrupt, err)
	}
	return e, true, nil
}

// readSource returns an event without its Record.
func readSource(row tables.Properties) (Event, error) {
	created, err := row.Time(colContentCreated)
	if err != nil {
		return Event{}, err
	}
	return Event{
		Content: audit.Content{ID: row.Text(colContentID), Type: row.Text(colContentType), Created: created},
		Index:   row.Count(colContentIndex),
	}, nil
}

// recordOf returns the JSON of the event's record, from the row or, if the row had
// no room for it, from the raw blob.
func (ev *Events) recordOf(ctx context.Context, row tables.Properties, source Event) ([]byte, error) {
	var data bytes.Buffer
	for i := range auditDataColumns {
		part, err := row.Binary(auditDataColumn(i))
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			break
		}
		data.Write(part)
	}
	if data.Len() > 0 {
		return ev.codec.decode(data.Bytes())
	}
	return ev.rawRecord(ctx, source)
}

func (ev *Events) rawRecord(ctx context.Context, source Event) ([]byte, error) {
	body, err := ev.raw.Raw(ctx, source.Content)
	if err != nil {
		return nil, err
	}
	parsed, err := audit.Parse(body, audit.Everything)
	if err != nil {
		return nil, fmt.Errorf("raw %s: %w", ev.raw.RawName(source.Content), err)
	}
	for _, item := range parsed.Records {
		if item.Index == source.Index {
			return item.Record.JSON, nil
		}
	}
	return nil, fmt.Errorf("raw %s has no record %d: %w", ev.raw.RawName(source.Content), source.Index, storage.ErrCorrupt)
}
