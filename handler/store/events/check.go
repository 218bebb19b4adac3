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

// CheckedEvent is an event's row, and what is wrong with it in itself.
type Checked struct {
	Event                     // without a Record if there is an Err
	At      keys.Position     // where the row is; "" if its key is not that of an event
	Row     string            // its table, PartitionKey and RowKey
	SHA256  [sha256.Size]byte // of the record's JSON
	Differs []string          // columns that are not what the record gives, by name
	Err     error             // ErrCorrupt or ErrNotFound: the record cannot be read
}

// CheckedEvents reads every event's row with all its columns, in the order of
// the rows' Positions. Whether the record is the right one, and its source,
// only raw content can tell; all else of a row follows from them, and is
// compared with what this version writes.
func (s *Events) Check(ctx context.Context) iter.Seq2[Checked, error] {
	return func(yield func(Checked, error) bool) {
		months, err := s.tables.Months(ctx, eventsPrefix)
		if err != nil {
			yield(Checked{}, fmt.Errorf("check events: %w", err))
			return
		}
		for _, m := range months {
			t := s.tables.Table(m.Table(eventsPrefix))
			for f, err := range t.Rows(ctx, tables.Query{}) {
				var e Checked
				if err == nil {
					e, err = s.checkEvent(ctx, m, f)
				}
				if err != nil {
					yield(Checked{}, fmt.Errorf("check events: %w", err))
					return
				}
				e.Row = t.Name + "/" + f.Partition() + "/" + f.Key()
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (s *Events) checkEvent(ctx context.Context, m keys.Month, f tables.Properties) (Checked, error) {
	c := Checked{At: positionOf(m, f)}
	c.Event, c.Err = s.readSourced(ctx, f)
	if c.Err != nil && !errors.Is(c.Err, storage.ErrCorrupt) && !errors.Is(c.Err, storage.ErrNotFound) {
		return Checked{}, c.Err
	}
	if c.Err == nil {
		c.SHA256 = sha256.Sum256(c.Record.JSON)
		c.Differs = differing(fittingColumns(c.Event), f)
	}
	return c, nil
}

// readSourced is readEvent, but returns the source also where it cannot read
// the record, and takes a source that is none for damage.
func (s *Events) readSourced(ctx context.Context, f tables.Properties) (Event, error) {
	source, err := readSource(f)
	if err != nil {
		return Event{}, err
	}
	if err := keys.CheckContent(source.Content); err != nil {
		return source, fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	e, err := s.readEvent(ctx, f)
	if err != nil {
		return source, err
	}
	return e, nil
}

// positionOf is the place of a row in the month's table; "" for a key that no
// event has.
func positionOf(m keys.Month, f tables.Properties) keys.Position {
	k, err := eventKeyOfRow(m, f.Key())
	if err != nil || k.partition() != f.Partition() {
		return ""
	}
	return k.position()
}

// differing returns the names of the columns in which a stored row is not as
// it should be, but for those that hold the record's JSON.
func differing(want *tables.Entity, stored tables.Properties) (names []string) {
	expected, found := columnsOf(tables.ReadProperties(want.JSON())), columnsOf(stored)
	for name, value := range expected {
		if other, there := found[name]; !there || !sameColumn(value, other) {
			names = append(names, name)
		}
	}
	for name := range found {
		if _, expects := expected[name]; !expects {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// columnsOf are the columns of a row without those of its JSON, and without
// what the service adds.
func columnsOf(f tables.Properties) map[string]gjson.Result {
	columns := make(map[string]gjson.Result)
	f.ForEach(func(name string, value gjson.Result) bool {
		if isColumn(name) {
			columns[name] = value
		}
		return true
	})
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

// sameColumn compares values: as they are, or as times, which the service
// writes with as many digits as it needs.
func sameColumn(want, got gjson.Result) bool {
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

// Precedes reports whether e is of an earlier content than other, or of an
// earlier place in the same: of the events of one id, the row is that which
// precedes all others.
func (e Event) Precedes(other Event) bool { return e.earlier(other) }
