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

// entriesPerTransaction is how many entries one transaction settles. Each has two
// rows.
const entriesPerTransaction = tables.MaxOperations / 2

// Settle moves entries to their next state. It stores every field of an Entry
// except its Content, which must be as the ledger returned it. An entry that stays
// Pending is due for another attempt; in any other state it is settled. Settle
// sets Settled to the current time if it is zero and the state is not Pending.
//
// Both rows of an entry change together, and the pending row guards them: an entry
// that another run, or an earlier attempt of this call, has settled does not
// change. That is not an error.
func (l *Ledger) Settle(ctx context.Context, entries []Entry) error {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if err := keys.CheckContent(e.Content); err != nil {
			return fmt.Errorf("settle: %w", err)
		}
		if !e.State.isValid() {
			return fmt.Errorf("settle: invalid state %q for content blob %q", e.State, e.ID)
		}
		if e.State.isSettled() && e.Settled.IsZero() {
			e.Settled = l.now()
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range runs(sortEntries(entries), math.MaxInt64, entriesPerTransaction) {
		g.Go(func() error { return l.settleBatch(ctx, batch) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// settleBatch settles entries of one partition. If the transaction clashes, it
// settles those that are still pending.
func (l *Ledger) settleBatch(ctx context.Context, batch []Entry) error {
	t := l.tables.Table(keyOf(batch[0].Content).table())
	for range tables.MaxRounds {
		if len(batch) == 0 {
			return nil
		}
		var ops []tables.Operation
		for _, e := range batch {
			ops = append(ops, settleOperations(e)...)
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil || verdict == tables.Applied {
			return err
		}
		if batch, err = stillPending(ctx, t, batch); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: %w %d times", t.Name, storage.ErrConflict, tables.MaxRounds)
}

func settleOperations(e Entry) []tables.Operation {
	k := keyOf(e.Content)
	pending := k.pendingRow(e.Expiration)
	own := tables.Replace(newEntity(e, k.row()), azcore.ETagAny)
	if e.State == Pending {
		return []tables.Operation{own, tables.Replace(newEntity(e, pending), azcore.ETagAny)}
	}
	return []tables.Operation{own, tables.Delete(k.partition, pending)}
}

// stillPending returns the entries that have a pending row.
func stillPending(ctx context.Context, t tables.Table, batch []Entry) ([]Entry, error) {
	rows := make([]string, len(batch))
	for i, e := range batch {
		rows[i] = keyOf(e.Content).pendingRow(e.Expiration)
	}
	found, err := t.Keys(ctx, keyOf(batch[0].Content).partition, slices.Min(rows), slices.Max(rows))
	var pending []Entry
	for i, e := range batch {
		if found[rows[i]] {
			pending = append(pending, e)
		}
	}
	return pending, err
}

// AddSettled adds entries whose state is not Pending. It returns how many of them the
// ledger did not hold when the call began. Existing entries do not change.
// AddSettled can be repeated after any error, and run at the same time elsewhere.
func (l *Ledger) AddSettled(ctx context.Context, entries []Entry) (added int, err error) {
	settled := make([]Entry, len(entries))
	for i, e := range entries {
		if err := keys.CheckContent(e.Content); err != nil {
			return 0, fmt.Errorf("add settled entries: %w", err)
		}
		if !e.State.isSettled() {
			return 0, fmt.Errorf("add settled entries: state %q of content blob %q", e.State, e.ID)
		}
		if e.Settled.IsZero() {
			e.Settled = l.now()
		}
		settled[i] = e
	}
	for run := range runs(sortEntries(settled), longestGap, tables.MaxOperations) {
		n, err := l.addSettledRun(ctx, run)
		added += n
		if err != nil {
			return added, fmt.Errorf("add settled entries: %w", err)
		}
	}
	return added, nil
}

// addSettledRun inserts the missing ones of entries that lie close together. If
// another process adds them at the same time, or a response is lost, it reads
// their keys again.
func (l *Ledger) addSettledRun(ctx context.Context, run []Entry) (added int, err error) {
	t := l.tables.Table(keyOf(run[0].Content).table())
	first, last := keyOf(run[0].Content), keyOf(run[len(run)-1].Content)
	for round := range tables.MaxRounds {
		found, err := t.Keys(ctx, first.partition, first.row(), last.row())
		if err != nil {
			return added, err
		}
		var ops []tables.Operation
		for _, e := range run {
			if key := keyOf(e.Content).row(); !found[key] {
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
	return added, fmt.Errorf("%s: %w %d times", t.Name, storage.ErrConflict, tables.MaxRounds)
}
