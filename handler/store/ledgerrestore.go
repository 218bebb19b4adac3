package store

import (
	"context"
	"fmt"
)

// AddSettled adds entries that are final to the ledger, and returns how many
// contents had none when it began. An entry that is there stays as it is,
// whatever it says. It may be called again with the same entries after any
// error, and at the same time by another run.
func (s *Store) AddSettled(ctx context.Context, entries []Entry) (added int, err error) {
	settled := make([]Entry, len(entries))
	for i, e := range entries {
		if err := checkContent(e.Content); err != nil {
			return 0, fmt.Errorf("restore ledger: %w", err)
		}
		if !e.State.valid() || e.State == Pending {
			return 0, fmt.Errorf("restore ledger: state %q of content %q is not final", e.State, e.ID)
		}
		if e.Settled.IsZero() {
			e.Settled = s.now()
		}
		settled[i] = e
	}
	for run := range runs(sortEntries(settled), longestGap, maxOperations) {
		n, err := s.restore(ctx, run)
		added += n
		if err != nil {
			return added, fmt.Errorf("restore ledger: %w", err)
		}
	}
	return added, nil
}

// restore adds what a run lacks. Where another run adds the same entries at
// the same time, or an answer is lost, it looks again.
func (s *Store) restore(ctx context.Context, run []Entry) (added int, err error) {
	t := s.table(ledgerKeyOf(run[0].Content).table())
	first, last := ledgerKeyOf(run[0].Content), ledgerKeyOf(run[len(run)-1].Content)
	for round := range maxRounds {
		there, err := t.keys(ctx, first.kind, first.row(), last.row())
		if err != nil {
			return added, err
		}
		var ops []operation
		for _, e := range run {
			if key := ledgerKeyOf(e.Content).row(); !there[key] {
				ops = append(ops, insert(ledgerRow(e, key)))
			}
		}
		if round == 0 {
			added = len(ops)
		}
		if len(ops) == 0 {
			return added, nil
		}
		verdict, err := t.submit(ctx, ops)
		if err != nil || verdict == applied {
			return added, err
		}
	}
	return added, fmt.Errorf("%s: %w %d times over", t.name, ErrConflict, maxRounds)
}
