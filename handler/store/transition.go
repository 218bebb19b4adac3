package store

import (
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The names that the ledger and the events had before they were packages.

type (
	Entry        = ledger.Entry
	State        = ledger.State
	Counts       = ledger.Counts
	LedgerQuery  = ledger.Query
	LedgerFault  = ledger.Fault
	CheckedEntry = ledger.Checked
	DayCount     = ledger.DayCount

	Event        = events.Event
	EventQuery   = events.Query
	Term         = events.Term
	Outcome      = events.Outcome
	CheckedEvent = events.Checked
	IndexEntry   = events.IndexEntry
)

const (
	Pending    = ledger.Pending
	Done       = ledger.Done
	Lost       = ledger.Lost
	Unreadable = ledger.Unreadable

	Misfiled       = ledger.Misfiled
	WithoutPointer = ledger.WithoutPointer
	WithoutEntry   = ledger.WithoutEntry

	Row       = events.Row
	Duplicate = events.Duplicate
	Conflict  = events.Conflict
)

var ErrFurther = events.ErrFurther

func OfUser(id string) Term                { return events.OfUser(id) }
func OfObject(id string) Term              { return events.OfObject(id) }
func OfFileName(name string) Term          { return events.OfFileName(name) }
func OfLabel(id string) Term               { return events.OfLabel(id) }
func OfDevice(name string) Term            { return events.OfDevice(name) }
func OfIP(address string) Term             { return events.OfIP(address) }
func OfRecordType(t audit.RecordType) Term { return events.OfRecordType(t) }
func OfOperation(name string) Term         { return events.OfOperation(name) }
func OfLabelEventType(n int32) Term        { return events.OfLabelEventType(n) }

func IndexTerms(e Event) []string              { return events.IndexTerms(e) }
func IndexRow(at Position, term string) string { return events.IndexRow(at, term) }

func (s *Store) AddPending(ctx context.Context, contents []audit.Content) (int, error) {
	return s.Ledger.AddPending(ctx, contents)
}

func (s *Store) AddNotified(ctx context.Context, contents []audit.Content) (int, error) {
	return s.Ledger.AddNotified(ctx, contents)
}

func (s *Store) AddSettled(ctx context.Context, entries []Entry) (int, error) {
	return s.Ledger.AddSettled(ctx, entries)
}

func (s *Store) Settle(ctx context.Context, entries []Entry) error {
	return s.Ledger.Settle(ctx, entries)
}

func (s *Store) Pending(ctx context.Context, contentType string, since time.Time) iter.Seq2[Entry, error] {
	return s.Ledger.Pending(ctx, contentType, since)
}

func (s *Store) Entry(ctx context.Context, c audit.Content) (Entry, error) {
	return s.Ledger.Get(ctx, c)
}

func (s *Store) Entries(ctx context.Context, q LedgerQuery) iter.Seq2[Entry, error] {
	return s.Ledger.List(ctx, q)
}

func (s *Store) CountContents(ctx context.Context, contentType string, first, last time.Time) (map[time.Time]*DayCount, error) {
	return s.Ledger.CountByDay(ctx, contentType, first, last)
}

func (s *Store) CheckedEntries(ctx context.Context) iter.Seq2[CheckedEntry, error] {
	return s.Ledger.Check(ctx)
}

func (s *Store) WriteEvents(ctx context.Context, list []Event) ([]Outcome, error) {
	return s.Events.Write(ctx, list)
}

func (s *Store) EventsByID(ctx context.Context, id string) ([]Event, error) {
	return s.Events.ByID(ctx, id)
}

func (s *Store) EventAt(ctx context.Context, at Position) (Event, error) {
	return s.Events.Get(ctx, at)
}

func (s *Store) CheckedEvents(ctx context.Context) iter.Seq2[CheckedEvent, error] {
	return s.Events.Check(ctx)
}

func (s *Store) IndexEntries(ctx context.Context) iter.Seq2[IndexEntry, error] {
	return s.Events.ListIndex(ctx)
}

func (s *Store) HasIndexEntry(ctx context.Context, at Position, term string) (bool, error) {
	return s.Events.HasIndexEntry(ctx, at, term)
}

func (s *Store) DropEventsBefore(ctx context.Context, t time.Time) ([]string, error) {
	return s.Events.DropBefore(ctx, t)
}

func (s *Store) DropEvents(ctx context.Context) ([]string, error) { return s.Events.Drop(ctx) }

func (s *Store) EventTables(ctx context.Context) ([]string, error) { return s.Events.Tables(ctx) }
