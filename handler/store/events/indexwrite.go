package events

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// writeIndex writes the entries of events. Those that are there already are
// written again as they are. An event that lost a conflict has entries, too:
// they lead to the row that won, whose record then does not say what was
// asked for, and which entries there are does not depend on who was first.
func (s *Events) writeIndex(ctx context.Context, events []Event) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range entryBatches(entries(events)) {
		g.Go(func() error { return s.writeEntries(ctx, batch) })
	}
	return g.Wait()
}

// writeEntries writes one batch. It first tries to insert all of it, which is
// what new events need: to replace takes the emulator three times as long.
func (s *Events) writeEntries(ctx context.Context, batch []entry) error {
	t := s.tables.Table(batch[0].table())
	write := tables.Insert
	for range tables.MaxRounds {
		ops := make([]tables.Operation, len(batch))
		for i, e := range batch {
			ops[i] = write(tables.NewEntity(e.bucket, e.key))
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil || verdict == tables.Applied {
			return err
		}
		// Some are there, or all of them and the answer did not say so. To
		// write them all as they are is cheaper than to look.
		write = tables.Put
	}
	return fmt.Errorf("write %s: %w %d times over", t.Name, storage.ErrConflict, tables.MaxRounds)
}
