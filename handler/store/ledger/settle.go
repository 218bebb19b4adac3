package ledger

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// pairsPerBatch is how many entries a transaction settles: two rows each.
const pairsPerBatch = tables.MaxOperations / 2

// Settle records how far each entry has come: all that an Entry says but its
// Content, which must be as the ledger gave it. An entry that is Pending stays
// so, for another try; any other state is final, and Settled is set to now if
// it is zero.
//
// Both rows of an entry change together, and the pending row guards them: an
// entry that another run, or an earlier try of this call, has made final stays
// as it is, and that is no error.
func (l *Ledger) Settle(ctx context.Context, entries []Entry) error {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if err := keys.CheckContent(e.Content); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		if !e.State.valid() {
			return fmt.Errorf("settle: state %q of content %q is none", e.State, e.ID)
		}
		if e.State != Pending && e.Settled.IsZero() {
			e.Settled = l.now()
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range runs(sortEntries(entries), math.MaxInt64, pairsPerBatch) {
		g.Go(func() error { return l.settle(ctx, batch) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// settle settles a batch of one partition, and where that clashes, those of it
// that still are pending.
func (l *Ledger) settle(ctx context.Context, batch []Entry) error {
	t := l.tables.Table(keyOf(batch[0].Content).table())
	for range tables.MaxRounds {
		if len(batch) == 0 {
			return nil
		}
		var ops []tables.Operation
		for _, e := range batch {
			ops = append(ops, settling(e)...)
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil || verdict == tables.Applied {
			return err
		}
		if batch, err = stillPending(ctx, t, batch); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w %d times over", t.Name, storage.ErrConflict, tables.MaxRounds)
}

func settling(e Entry) []tables.Operation {
	k := keyOf(e.Content)
	pending := k.pendingRow(e.Expiration)
	own := tables.Replace(newEntity(e, k.row()), azcore.ETagAny)
	if e.State == Pending {
		return []tables.Operation{own, tables.Replace(newEntity(e, pending), azcore.ETagAny)}
	}
	return []tables.Operation{own, tables.Delete(k.kind, pending)}
}

// stillPending returns the entries that have a pending row.
func stillPending(ctx context.Context, t tables.Table, batch []Entry) ([]Entry, error) {
	rows := make([]string, len(batch))
	for i, e := range batch {
		rows[i] = keyOf(e.Content).pendingRow(e.Expiration)
	}
	there, err := t.Keys(ctx, keys.TypeKey(batch[0].Type), slices.Min(rows), slices.Max(rows))
	var pending []Entry
	for i, e := range batch {
		if there[rows[i]] {
			pending = append(pending, e)
		}
	}
	return pending, err
}
