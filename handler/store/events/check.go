package events

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Checked is the row of an event, and what is wrong with it.
type Checked struct {
	Event                     // without a Record if Err is set
	At      Position          // of the row; "" if its key is not that of an event
	Row     string            // its table, PartitionKey and RowKey
	SHA256  [sha256.Size]byte // of the record's JSON
	Differs []string          // names of the columns that do not agree with the record
	Err     error             // ErrCorrupt or ErrNotFound: the record cannot be read
}

// Check reads every row with all its columns, in the order of their Positions. It
// compares each row with the one that this version would write for its record.
// Only the raw blob can tell whether the record and its source are right.
func (ev *Events) Check(ctx context.Context) iter.Seq2[Checked, error] {
	return func(yield func(Checked, error) bool) {
		for row, err := range ev.tables.AllRows(ctx, eventsPrefix, tables.Query{}) {
			var c Checked
			if err == nil {
				c, err = ev.checkRow(ctx, row)
			}
			if err != nil {
				yield(Checked{}, fmt.Errorf("check events: %w", err))
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

func (ev *Events) checkRow(ctx context.Context, row tables.MonthRow) (Checked, error) {
	c := Checked{At: positionOf(row.Month, row.Properties), Row: row.Name()}
	c.Event, c.Err = ev.readWithSource(ctx, row.Properties)
	if c.Err != nil && !errors.Is(c.Err, storage.ErrCorrupt) && !errors.Is(c.Err, storage.ErrNotFound) {
		return Checked{}, c.Err
	}
	if c.Err == nil {
		c.SHA256 = sha256.Sum256(c.Record.JSON)
		c.Differs = differences(attributeColumns(c.Event), row.Properties)
	}
	return c, nil
}

// readWithSource is readEvent, but returns the source even if the record cannot be
// read. An invalid source is ErrCorrupt.
func (ev *Events) readWithSource(ctx context.Context, row tables.Properties) (Event, error) {
	source, err := readSource(row)
	if err != nil {
		return Event{}, err
	}
	if err := keys.CheckContent(source.Content); err != nil {
		return source, fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	e, err := ev.readEvent(ctx, row)
	if err != nil {
		return source, err
	}
	return e, nil
}

// positionOf returns the position of a row's event; "" for a key that no event has.
func positionOf(m keys.Month, row tables.Properties) Position {
	k, err := eventKeyOfRow(m, row.Key())
	if err != nil || k.partition() != row.Partition() {
		return ""
	}
	return k.position()
}

// differences returns the names of the columns in which a stored row differs from
// want. It ignores the columns of the record's JSON.
func differences(want *tables.Entity, stored tables.Properties) (names []string) {
	expected, found := columnsOf(tables.ReadProperties(want.JSON())), columnsOf(stored)
	for name, value := range expected {
		if other, ok := found[name]; !ok || !equalColumns(value, other) {
			names = append(names, name)
		}
	}
	for name := range found {
		if _, ok := expected[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// columnsOf returns the columns of a row without those of the record's JSON, the
// keys, and what the service adds.
func columnsOf(row tables.Properties) map[string]gjson.Result {
	columns := make(map[string]gjson.Result)
	for name, value := range row.All() {
		if isColumn(name) {
			columns[name] = value
		}
	}
	return columns
}

func isColumn(name string) bool {
	switch name {
	case "PartitionKey", "RowKey", "Timestamp":
		return false
	}
	return !strings.Contains(name, "@") && !strings.HasPrefix(name, "odata.") && !isAuditData(name)
}

func isAuditData(name string) bool {
	number, found := strings.CutPrefix(name, colAuditData)
	return found && strings.Trim(number, "0123456789") == ""
}

// equalColumns compares two values of a column. The service writes a time with as
// many decimals as it needs.
func equalColumns(want, got gjson.Result) bool {
	if want.Type != got.Type {
		return false
	}
	if want.Type != gjson.String {
		return want.Raw == got.Raw
	}
	if want.Str == got.Str {
		return true
	}
	t, err := time.Parse(tables.TimeFormat, want.Str)
	if err != nil {
		return false
	}
	other, err := time.Parse(time.RFC3339Nano, got.Str)
	return err == nil && t.Equal(other)
}
