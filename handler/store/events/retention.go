package events

import (
	"context"
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// DropEventsBefore drops the event and index tables of the months that ended
// at t or before, and returns their names. Raw content and the ledger stay. The
// service keeps a dropped table's name for a while; nothing must be written
// into such a month again.
func (s *Events) DropBefore(ctx context.Context, t time.Time) (dropped []string, err error) {
	return s.drop(ctx, func(m keys.Month) bool { return !(m + 1).Start().After(t) })
}

// EventTables returns the names of all event and index tables.
func (s *Events) Tables(ctx context.Context) (names []string, err error) {
	return s.tableNames(ctx, func(keys.Month) bool { return true })
}

// DropEvents drops all event and index tables, to be written anew, and returns
// their names. Raw content and the ledger stay. For a while, writes into the
// same months fail, and [BeingDropped] tells so.
func (s *Events) Drop(ctx context.Context) (dropped []string, err error) {
	return s.drop(ctx, func(keys.Month) bool { return true })
}

func (s *Events) drop(ctx context.Context, which func(keys.Month) bool) (dropped []string, err error) {
	names, err := s.tableNames(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("drop events: %w", err)
	}
	for _, name := range names {
		if err := s.tables.Drop(ctx, name); err != nil {
			return dropped, err
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// eventTables lists the tables in the order in which they may be dropped: an
// index entry that leads nowhere is worse than a row that none leads to.
func (s *Events) tableNames(ctx context.Context, which func(keys.Month) bool) (names []string, err error) {
	for _, prefix := range []string{indexPrefix, eventsPrefix} {
		months, err := s.tables.Months(ctx, prefix)
		if err != nil {
			return nil, err
		}
		for _, m := range months {
			if which(m) {
				names = append(names, m.Table(prefix))
			}
		}
	}
	return names, nil
}
