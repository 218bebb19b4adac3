package store

import (
	"context"
	"fmt"
	"time"
)

// OldestKept returns the start of the oldest month that a retention of days
// keeps at now. A month is kept as long as any of it is within that time; with
// 0 days all is kept, and the result is the zero time.
func OldestKept(now time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	t := now.UTC().AddDate(0, 0, -days)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// DropEventsBefore drops the event and index tables of the months that ended
// at t or before, and returns their names. Raw content and the ledger stay. The
// service keeps a dropped table's name for a while; nothing must be written
// into such a month again.
func (s *Store) DropEventsBefore(ctx context.Context, t time.Time) (dropped []string, err error) {
	return s.dropEvents(ctx, func(m month) bool { return !(m + 1).start().After(t) })
}

// EventTables returns the names of all event and index tables.
func (s *Store) EventTables(ctx context.Context) (names []string, err error) {
	return s.eventTables(ctx, func(month) bool { return true })
}

// DropEvents drops all event and index tables, to be written anew, and returns
// their names. Raw content and the ledger stay. For a while, writes into the
// same months fail, and [BeingDropped] tells so.
func (s *Store) DropEvents(ctx context.Context) (dropped []string, err error) {
	return s.dropEvents(ctx, func(month) bool { return true })
}

// BeingDropped reports whether err is the service's refusal to use a table's
// name again so soon after the table was dropped ("Delete Table": for at least
// 40 seconds).
func BeingDropped(err error) bool { return hasCode(err, "TableBeingDeleted") }

func (s *Store) dropEvents(ctx context.Context, which func(month) bool) (dropped []string, err error) {
	names, err := s.eventTables(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("drop events: %w", err)
	}
	for _, name := range names {
		// It was there a moment ago: if it is not now, another run dropped it,
		// or an earlier try whose answer got lost.
		if _, err := s.tables.DeleteTable(ctx, name, nil); err != nil && !noTable(err) {
			return dropped, failed("drop "+name, err)
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// eventTables lists the tables in the order in which they may be dropped: an
// index entry that leads nowhere is worse than a row that none leads to.
func (s *Store) eventTables(ctx context.Context, which func(month) bool) (names []string, err error) {
	for _, prefix := range []string{indexPrefix, eventsPrefix} {
		months, err := s.months(ctx, prefix)
		if err != nil {
			return nil, err
		}
		for _, m := range months {
			if which(m) {
				names = append(names, m.table(prefix))
			}
		}
	}
	return names, nil
}
