package ledger

import (
	"context"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// AddSettled adds entries that are final to the ledger, and returns how many
// contents had none when it began. An entry that is there stays as it is,
// whatever it says. It may be called again with the same entries after any
// error, and at the same time by another run.
func (l *Ledger) AddSettled(ctx context.Context, entries []Entry) (added int, err error) {
	settled := make([]Entry, len(entries))
	for i, e := range entries {
		if err := keys.CheckContent(e.Content); err != nil {
			return 0, fmt.Errorf("restore ledger: %w", err)
		}
		if !e.State.valid() || e.State == Pending {
			return 0, fmt.Errorf("restore ledger: state %q of content %q is not final", e.State, e.ID)
		}
		if e.Settled.IsZero() {
			e.Settled = l.now()
		}
		settled[i] = e
	}
	for run := range runs(sortEntries(settled), longestGap, tables.MaxOperations) {
		n, err := l.restore(ctx, run)
		added += n
		if err != nil {
			return added, fmt.Errorf("restore ledger: %w", err)
		}
	}
	return added, nil
}

// restore adds what a run lacks. Where another run adds the same entries at
// the same time, or an answer is lost, it looks again.
func (l *Ledger) restore(ctx context.Context, run []Entry) (added int, err error) {
	t := l.tables.Table(keyOf(run[0].Content).table())
	first, last := keyOf(run[0].Content), keyOf(run[len(run)-1].Content)
	for round := range tables.MaxRounds {
		there, err := t.Keys(ctx, first.kind, first.row(), last.row())
		if err != nil {
			return added, err
		}
		var ops []tables.Operation
		for _, e := range run {
			if key := keyOf(e.Content).row(); !there[key] {
				ops = append(ops, tables.Insert(newEntity(e, key)))
			}
		}
		if round == 0 {
			added = len(ops)
		}
		if len(ops) == 0 {
			return added, nil
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil || verdict == tables.Applied {
			return added, err
		}
	}
	return added, fmt.Errorf("%s: %w %d times over", t.Name, storage.ErrConflict, tables.MaxRounds)
}
