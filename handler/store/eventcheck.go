package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// CheckedEvent is an event's row, and what is wrong with it in itself.
type CheckedEvent struct {
	Event                     // without a Record if there is an Err
	At      Position          // where the row is; "" if its key is not that of an event
	Row     string            // its table, PartitionKey and RowKey
	SHA256  [sha256.Size]byte // of the record's JSON
	Differs []string          // columns that are not what the record gives, by name
	Err     error             // ErrCorrupt or ErrNotFound: the record cannot be read
}

// CheckedEvents reads every event's row with all its columns, in the order of
// the rows' Positions. Whether the record is the right one, and its source,
// only raw content can tell; all else of a row follows from them, and is
// compared with what this version writes.
func (s *Store) CheckedEvents(ctx context.Context) iter.Seq2[CheckedEvent, error] {
	return func(yield func(CheckedEvent, error) bool) {
		months, err := s.months(ctx, eventsPrefix)
		if err != nil {
			yield(CheckedEvent{}, fmt.Errorf("check events: %w", err))
			return
		}
		for _, m := range months {
			t := s.table(m.table(eventsPrefix))
			for f, err := range t.rows(ctx, query{}) {
				var e CheckedEvent
				if err == nil {
					e, err = s.checkEvent(ctx, m, f)
				}
				if err != nil {
					yield(CheckedEvent{}, fmt.Errorf("check events: %w", err))
					return
				}
				e.Row = t.name + "/" + f.partition() + "/" + f.key()
				if !yield(e, nil) {
					return
				}
			}
		}
	}
}

func (s *Store) checkEvent(ctx context.Context, m month, f fields) (CheckedEvent, error) {
	c := CheckedEvent{At: positionOf(m, f)}
	c.Event, c.Err = s.readSourced(ctx, f)
	if c.Err != nil && !errors.Is(c.Err, ErrCorrupt) && !errors.Is(c.Err, ErrNotFound) {
		return CheckedEvent{}, c.Err
	}
	if c.Err == nil {
		c.SHA256 = sha256.Sum256(c.Record.JSON)
		c.Differs = differing(fittingColumns(c.Event), f)
	}
	return c, nil
}

// readSourced is readEvent, but returns the source also where it cannot read
// the record, and takes a source that is none for damage.
func (s *Store) readSourced(ctx context.Context, f fields) (Event, error) {
	source, err := readSource(f)
	if err != nil {
		return Event{}, err
	}
	if err := checkContent(source.Content); err != nil {
		return source, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	e, err := s.readEvent(ctx, f)
	if err != nil {
		return source, err
	}
	return e, nil
}

// positionOf is the place of a row in the month's table; "" for a key that no
// event has.
func positionOf(m month, f fields) Position {
	k, err := eventKeyAt(Position(m.inverted() + "_" + f.key()))
	if err != nil || k.partition() != f.partition() {
		return ""
	}
	return k.position()
}

// differing returns the names of the columns in which a stored row is not as
// it should be, but for those that hold the record's JSON.
func differing(want *row, stored fields) (names []string) {
	expected := readFields(want.bytes())
	expected.json.ForEach(func(name, _ gjson.Result) bool {
		if isColumn(name.Str) && !sameColumn(expected, stored, name.Str) {
			names = append(names, name.Str)
		}
		return true
	})
	stored.json.ForEach(func(name, _ gjson.Result) bool {
		if isColumn(name.Str) && !expected.json.Get(name.Str).Exists() {
			names = append(names, strings.Clone(name.Str))
		}
		return true
	})
	slices.Sort(names)
	return names
}

// isColumn leaves out what is no column of ours, and those of the JSON.
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

// sameColumn compares values as their types have it: the service writes a time
// with as many digits as it needs.
func sameColumn(want, got fields, name string) bool {
	a, b := want.json.Get(name), got.json.Get(name)
	if want.text(name+`@odata\.type`) != "Edm.DateTime" {
		return a.Type == b.Type && a.String() == b.String()
	}
	x, err1 := want.moment(name)
	y, err2 := got.moment(name)
	return err1 == nil && err2 == nil && x.Equal(y)
}

// Precedes reports whether e is of an earlier content than other, or of an
// earlier place in the same: of the events of one id, the row is that which
// precedes all others.
func (e Event) Precedes(other Event) bool { return e.earlier(other) }
