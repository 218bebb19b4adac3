package events

import (
	"context"
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// DropBefore drops the event and index tables of the months that ended at t or
// before. It returns their names. The service keeps a dropped table's name for a
// while, so such a month must not be written again.
func (ev *Events) DropBefore(ctx context.Context, t time.Time) (dropped []string, err error) {
	return ev.drop(ctx, func(m keys.Month) bool { return !(m + 1).Start().After(t) })
}

// Drop drops all event and index tables, so that they can be rebuilt. It returns
// their names. For a while, writes into the same months fail with an error for
// which store.BeingDropped reports true.
func (ev *Events) Drop(ctx context.Context) (dropped []string, err error) {
	return ev.drop(ctx, func(keys.Month) bool { return true })
}

// Tables returns the names of all event and index tables.
func (ev *Events) Tables(ctx context.Context) (names []string, err error) {
	return ev.tableNames(ctx, func(keys.Month) bool { return true })
}

func (ev *Events) drop(ctx context.Context, match func(keys.Month) bool) (dropped []string, err error) {
	names, err := ev.tableNames(ctx, match)
	if err != nil {
		return nil, fmt.Errorf("drop events: %w", err)
	}
	for _, name := range names {
		if err := ev.tables.Drop(ctx, name); err != nil {
			return dropped, err
		}
		dropped = append(dropped, name)
	}
	return dropped, nil
}

// tableNames returns the tables in the order in which to drop them. The index goes
// first: after a crash, an event that the index does not find is better than an
// entry without a row.
func (ev *Events) tableNames(ctx context.Context, match func(keys.Month) bool) (names []string, err error) {
	for _, prefix := range []string{indexPrefix, eventsPrefix} {
		months, err := ev.tables.Months(ctx, prefix)
		if err != nil {
			return nil, err
		}
		for _, m := range months {
			if match(m) {
				names = append(names, m.Table(prefix))
			}
		}
	}
	return names, nil
}
