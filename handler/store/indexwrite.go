package store

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// writeIndex writes the entries of events. Those that are there already are
// written again as they are. An event that lost a conflict has entries, too:
// they lead to the row that won, whose record then does not say what was
// asked for, and which entries there are does not depend on who was first.
func (s *Store) writeIndex(ctx context.Context, events []Event) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(batchesInFlight)
	for batch := range entryBatches(entries(events)) {
		g.Go(func() error { return s.writeEntries(ctx, batch) })
	}
	return g.Wait()
}

// writeEntries writes one batch. It first tries to insert all of it, which is
// what new events need: to replace takes the emulator three times as long.
func (s *Store) writeEntries(ctx context.Context, batch []entry) error {
	t := s.table(batch[0].table())
	write := insert
	for range maxRounds {
		ops := make([]operation, len(batch))
		for i, e := range batch {
			ops[i] = write(newRow(e.bucket, e.key))
		}
		verdict, err := t.submit(ctx, ops)
		if err != nil || verdict == applied {
			return err
		}
		// Some are there, or all of them and the answer did not say so. To
		// write them all as they are is cheaper than to look.
		write = put
	}
	return fmt.Errorf("write %s: %w %d times over", t.name, ErrConflict, maxRounds)
}
