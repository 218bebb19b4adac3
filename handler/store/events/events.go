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

// Tables that hold one month each, by the start of their names.
const (
	eventsPrefix = "events"
	indexPrefix  = "index"
)

// Events is all events that are stored, and the index by which they are found.
type Events struct {
	tables *tables.Service
	codec  *codec
	raw    Raw
	now    func() time.Time
}

// Raw gives the raw content of events whose rows have no room for their record.
type Raw interface {
	// Raw returns the body of a content as it was received.
	Raw(context.Context, audit.Content) ([]byte, error)
	// RawName names it in errors.
	RawName(audit.Content) string
}

// NewEvents returns the events in these tables, whose raw content is in raw.
// now measures how quickly ranges of rows are read.
func New(tables *tables.Service, raw Raw, now func() time.Time) *Events {
	return &Events{tables, newCodec(), raw, now}
}

// Event is one audit record and where it came from.
type Event struct {
	Record  audit.Record
	Content audit.Content // where its raw bytes lie; read from a row, Expiration is zero
	Index   int           // its position in the content's array
}

// earlier orders events that have one id: the row is that of the earliest.
func (e Event) earlier(than Event) bool {
	a, b := tables.Truncate(e.Content.Created), tables.Truncate(than.Content.Created)
	if !a.Equal(b) {
		return a.Before(b)
	}
	if e.Content.ID != than.Content.ID {
		return e.Content.ID < than.Content.ID
	}
	return e.Index < than.Index
}

// KeyAt returns the key of the event at a position, as [audit.Record.Key]
// gives it; "" if no event can have that position.
func KeyAt(p keys.Position) string {
	key, _ := eventKeyAt(p)
	return key.id
}

// Position returns the event's place among all events.
func (e Event) Position() keys.Position { return keyOf(e).position() }

// eventKey is where an event's row is: a function of the event alone, so that
// the same event is the same row, whatever content, import or replay brings it.
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

func (k eventKey) position() keys.Position { return keys.Position(k.month.Inverted() + "_" + k.row()) }

// until is a time before which all events lie that come behind this one: the
// end of its second, or of its month where keys do not tell seconds apart.
func (k eventKey) until() time.Time {
	if k.second == 0 || k.second == keys.LastSecond {
		return (k.month + 1).Start()
	}
	return time.Unix(k.second+1, 0).UTC()
}

// eventKeyAt reads what position wrote.
func eventKeyAt(p keys.Position) (eventKey, error) {
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

// eventKeyOfRow reads what row wrote, for a row of a month.
func eventKeyOfRow(m keys.Month, row string) (eventKey, error) {
	inverted, id, found := strings.Cut(row, "_")
	if !found || !keys.Valid(id) {
		return eventKey{}, fmt.Errorf("%q is no key of an event", row)
	}
	second, err := keys.ParseInvertedSecond(inverted)
	if err != nil {
		return eventKey{}, fmt.Errorf("key of an event: %w", err)
	}
	return eventKey{m, second, id}, nil
}

// EventQuery asks for events. The zero value asks for all of them.
type Query struct {
	From, To time.Time     // CreationTime, [From, To); zero: no bound
	After    keys.Position // begin behind this one; "": at the newest

	RecordTypes []audit.RecordType          // none: all
	Numbers     map[audit.Attribute][]int32 // Int attributes that must have one of these values
	// Keep looks at a record's JSON before anything is read of it, and tells
	// whether the event is wanted; nil: it is.
	Keep func(json []byte) bool
	// Terms are lists of which an event is to have one term each. They decide
	// how events are found, and not which: an event that lacks them may be
	// among those that are returned, and the caller picks it out.
	Terms [][]Term

	Limit int // how many the caller expects to take; sets the size of pages, nothing else
	// Enough reports whether the caller has all the events it wants, and only
	// waits to see if there is a further one. Where it would cost a request to
	// read that, ErrFurther ends the events instead. Nil: every event is read.
	Enough func() bool
}

// ErrFurther says that there is a further event, which was not read and may
// not be what was asked for.
var ErrFurther = errors.New("there is a further event")
