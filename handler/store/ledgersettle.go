package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"
)

// pairsPerBatch is how many entries a transaction settles: two rows each.
const pairsPerBatch = maxOperations / 2

// Settle records how far each entry has come: all that an Entry says but its
// Content, which must be as the ledger gave it. An entry that is Pending stays
// so, for another try; any other state is final, and Settled is set to now if
// it is zero.
//
// Both rows of an entry change together, and the pending row guards them: an
// entry that another run, or an earlier try of this call, has made final stays
// as it is, and that is no error.
func (s *Store) Settle(ctx context.Context, entries []Entry) error {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if err := checkContent(e.Content); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		if !e.State.valid() {
			return fmt.Errorf("settle: state %q of content %q is none", e.State, e.ID)
		}
		if e.State != Pending && e.Settled.IsZero() {
			e.Settled = s.now()
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(batchesInFlight)
	for batch := range runs(sortEntries(entries), math.MaxInt64, pairsPerBatch) {
		g.Go(func() error { return s.settle(ctx, batch) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// settle settles a batch of one partition, and where that clashes, those of it
// that still are pending.
func (s *Store) settle(ctx context.Context, batch []Entry) error {
	t := s.table(ledgerKeyOf(batch[0].Content).table())
	for range maxRounds {
		if len(batch) == 0 {
			return nil
		}
		var ops []operation
		for _, e := range batch {
			ops = append(ops, settling(e)...)
		}
		verdict, err := t.submit(ctx, ops)
		if err != nil || verdict == applied {
			return err
		}
		if batch, err = t.stillPending(ctx, batch); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w %d times over", t.name, ErrConflict, maxRounds)
}

func settling(e Entry) []operation {
	k := ledgerKeyOf(e.Content)
	pending := k.pendingRow(e.Expiration)
	own := replace(ledgerRow(e, k.row()), azcore.ETagAny)
	if e.State == Pending {
		return []operation{own, replace(ledgerRow(e, pending), azcore.ETagAny)}
	}
	return []operation{own, remove(k.kind, pending)}
}

// stillPending returns the entries that have a pending row.
func (t table) stillPending(ctx context.Context, batch []Entry) ([]Entry, error) {
	keys := make([]string, len(batch))
	for i, e := range batch {
		keys[i] = ledgerKeyOf(e.Content).pendingRow(e.Expiration)
	}
	there, err := t.keys(ctx, typeKey(batch[0].Type), slices.Min(keys), slices.Max(keys))
	var pending []Entry
	for i, e := range batch {
		if there[keys[i]] {
			pending = append(pending, e)
		}
	}
	return pending, err
}
