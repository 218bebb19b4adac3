package events

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Prefixes of the names of the two monthly tables.
const (
	eventsPrefix = "events"
	indexPrefix  = "index"
)

// Events is all stored events and their index. It is safe for concurrent use.
type Events struct {
	tables *tables.Service
	codec  *codec
	raw    Raw
	now    func() time.Time
}

// Raw reads raw blobs, for rows that have no room for their record.
type Raw interface {
	// Raw returns the body of a content blob as Microsoft sent it.
	Raw(context.Context, audit.Content) ([]byte, error)
	// RawName returns the name of its raw blob, for error messages.
	RawName(audit.Content) string
}

// New returns the events in these tables. now times reads, to adapt how much is
// read at once.
func New(service *tables.Service, raw Raw, now func() time.Time) *Events {
	return &Events{service, newCodec(), raw, now}
}

// An Event is an audit record and where it came from.
type Event struct {
	Record  audit.Record
	Content audit.Content // the content blob that holds it; read from a row, Expiration is zero
	Index   int           // in the content blob's array, from 0
}

// Precedes reports whether e is from an earlier content blob than other, or has a
// smaller Index in the same one. If several events have one id, the row holds the
// one that precedes all others.
func (e Event) Precedes(other Event) bool {
	a, b := tables.Truncate(e.Content.Created), tables.Truncate(other.Content.Created)
	if !a.Equal(b) {
		return a.Before(b)
	}
	if e.Content.ID != other.Content.ID {
		return e.Content.ID < other.Content.ID
	}
	return e.Index < other.Index
}

// A Position is where an event comes in the order of [Events.List].
type Position = keys.Position

// Position returns the position of the event.
func (e Event) Position() Position { return keyOf(e).position() }

// KeyAt returns the key of the event at a position, as [audit.Record.Key] returns
// it; "" if no event can have that position.
func KeyAt(p Position) string {
	key, _ := eventKeyAt(p)
	return key.id
}

// An eventKey is the key of an event's row. It is a function of the event alone,
// so the same event from any content blob, import or replay is the same row.
type eventKey struct {
	month  keys.Month
	second int64
	id     string
}

func keyOf(e Event) eventKey {
	t := e.Record.CreationTime
	return eventKey{keys.MonthOf(t), keys.Second(t), e.Record.Key()}
}

func (k eventKey) table() string { return k.month.Table(eventsPrefix) }

// partition is the event's hour, newest first.
func (k eventKey) partition() string { return keys.InvertedHour(k.second) }

// row is the event's second, newest first, and its id.
func (k eventKey) row() string { return keys.InvertedSecond(k.second) + "_" + k.id }

func (k eventKey) position() Position { return Position(k.month.Inverted() + "_" + k.row()) }

// until returns an upper bound, exclusive, on the time of every event after k: the
// end of k's second, or of its month if keys do not tell its seconds apart.
func (k eventKey) until() time.Time {
	if k.second == 0 || k.second == keys.LastSecond {
		return (k.month + 1).Start()
	}
	return time.Unix(k.second+1, 0).UTC()
}

// eventKeyAt is the inverse of [eventKey.position].
func eventKeyAt(p Position) (eventKey, error) {
	inverted, row, _ := strings.Cut(string(p), "_")
	m, err := keys.ParseInvertedMonth(inverted)
	if err != nil {
		return eventKey{}, fmt.Errorf("%w of an event: %w", keys.ErrPosition, err)
	}
	key, err := eventKeyOfRow(m, row)
	if err != nil {
		return eventKey{}, fmt.Errorf("%w of an event: %w", keys.ErrPosition, err)
	}
	return key, nil
}

// eventKeyOfRow is the inverse of [eventKey.row] in a month's table.
func eventKeyOfRow(m keys.Month, row string) (eventKey, error) {
	inverted, id, found := strings.Cut(row, "_")
	if !found || !keys.Valid(id) {
		return eventKey{}, fmt.Errorf("invalid event key %q", row)
	}
	second, err := keys.ParseInvertedSecond(inverted)
	if err != nil {
		return eventKey{}, fmt.Errorf("event key: %w", err)
	}
	return eventKey{m, second, id}, nil
}

// A Query selects events. The zero value selects all of them.
type Query struct {
	From, To time.Time // CreationTime, [From, To); zero: no bound
	After    Position  // start after this one; "": with the newest

	RecordTypes []audit.RecordType          // none: all
	Numbers     map[audit.Attribute][]int32 // Int attributes that must have one of these values
	// Keep reports from a record's JSON whether the event is wanted. It is asked
	// before the record is parsed. Nil keeps every event.
	Keep func(json []byte) bool
	// Terms are lists of terms; an event should have one term of each list. They
	// decide how events are found, not which: List may also yield events without
	// them, which the caller must skip.
	Terms [][]Term

	// Limit is how many events the caller expects to read. It sets how much is
	// read at once, and nothing else.
	Limit int
	// Enough reports whether the caller has all the events it wants, and reads on
	// only to learn whether there is another. From then on a lookup reads no more
	// rows: if the index holds another key, it ends with ErrFurther. A scan, and a
	// lookup that has already read the next row, yield the next event instead. Nil:
	// the caller wants every event.
	Enough func() bool
}

// ErrFurther ends a List whose caller has Enough. It means that the index holds
// another key. The event of that key was not read, so the query may not select it.
var ErrFurther = errors.New("there is another event")
