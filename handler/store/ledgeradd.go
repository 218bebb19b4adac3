package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
)

const (
	// pairsPerBatch is how many entries a transaction holds: two rows each.
	pairsPerBatch = maxOperations / 2
	// longestGap is how far apart, in seconds, the contents of one run may have
	// been created: a run's keys are read as one range.
	longestGap = 6 * 3600
)

// AddPending adds contents that the API listed to the ledger as pending, and
// returns how many of them were not in it when it began. A content that has an
// entry keeps it as it is, whatever its state, but for one: a content that was
// noticed before it could be retrieved, and given up, begins anew. It may be
// called again with the same contents after any error, and at the same time by
// another run.
//
// Contents that no key can be made of are left out, and the error, which then
// is ErrInvalid, names them.
func (s *Store) AddPending(ctx context.Context, contents []audit.Content) (added int, err error) {
	return s.add(ctx, contents, false)
}

// AddNoticed is AddPending for contents that the API has not listed but sent a
// notice of, or someone else has. Every content that has an entry keeps it.
func (s *Store) AddNoticed(ctx context.Context, contents []audit.Content) (added int, err error) {
	return s.add(ctx, contents, true)
}

func (s *Store) add(ctx context.Context, contents []audit.Content, noticed bool) (added int, err error) {
	var invalid []error
	entries := make([]Entry, 0, len(contents))
	for _, c := range contents {
		if err := checkContent(c); err != nil {
			invalid = append(invalid, fmt.Errorf("add to ledger: %w: %w", ErrInvalid, err))
			continue
		}
		entries = append(entries, Entry{Content: c, State: Pending, Noticed: noticed})
	}
	for run := range runs(sortEntries(entries), longestGap, len(entries)) {
		n, err := s.addRun(ctx, run)
		added += n
		if err != nil {
			return added, fmt.Errorf("add to ledger: %w", err)
		}
	}
	return added, errors.Join(invalid...)
}

// sortEntries brings entries into the order of their rows; of a content that
// occurs several times the last remains.
func sortEntries(entries []Entry) []Entry {
	slices.Reverse(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int { return compareLedgerKeys(ledgerKeyOf(a.Content), ledgerKeyOf(b.Content)) })
	return slices.CompactFunc(entries, func(a, b Entry) bool { return ledgerKeyOf(a.Content) == ledgerKeyOf(b.Content) })
}

func compareLedgerKeys(a, b ledgerKey) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(a.kind, b.kind),
		cmp.Compare(b.second, a.second), cmp.Compare(a.hash, b.hash))
}

// runs cuts sorted entries into at most size of one table and partition, with
// no gap between their times that is longer than gap.
func runs(entries []Entry, gap int64, size int) func(yield func([]Entry) bool) {
	return func(yield func([]Entry) bool) {
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && n < size && near(entries[n-1], entries[n], gap) {
				n++
			}
			if !yield(entries[:n:n]) {
				return
			}
			entries = entries[n:]
		}
	}
}

func near(a, b Entry, gap int64) bool {
	x, y := ledgerKeyOf(a.Content), ledgerKeyOf(b.Content)
	return x.month == y.month && x.kind == y.kind && x.second-y.second <= gap
}

// addRun adds the entries of a run that are not there. Another run may add
// them at the same time, and an answer may be lost: then it looks again.
func (s *Store) addRun(ctx context.Context, run []Entry) (added int, err error) {
	t := s.table(ledgerKeyOf(run[0].Content).table())
	for round := range maxRounds {
		missing, err := t.missing(ctx, run)
		if err != nil {
			return added, err
		}
		if round == 0 {
			added = len(missing)
		}
		sure, err := t.insertPairs(ctx, missing)
		if err != nil || sure {
			return added, err
		}
	}
	return added, fmt.Errorf("%s: %w %d times over", t.name, ErrConflict, maxRounds)
}

// An addition is an entry to add: both its rows are new, or its own row is
// there and says that it was given up, and must not have changed since.
type addition struct {
	Entry
	givenUp azcore.ETag // of its own row; "": it has none
}

func (a addition) operations() []operation {
	k := ledgerKeyOf(a.Content)
	own, pending := ledgerRow(a.Entry, k.row()), ledgerRow(a.Entry, k.pendingRow(a.Expiration))
	if a.givenUp != "" {
		return []operation{replace(own, a.givenUp), insert(pending)}
	}
	return []operation{insert(own), insert(pending)}
}

// missing returns the entries of a run that are to be added.
func (t table) missing(ctx context.Context, run []Entry) ([]addition, error) {
	first, last := ledgerKeyOf(run[0].Content), ledgerKeyOf(run[len(run)-1].Content)
	there := map[string]fields{}
	q := query{
		filter: all(inPartition(first.kind), keyBetween("RowKey", first.row(), last.row())),
		fields: []string{"RowKey", colState, colNoticed},
	}
	for f, err := range t.rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		there[f.key()] = f
	}
	var missing []addition
	for _, e := range run {
		f, found := there[ledgerKeyOf(e.Content).row()]
		if !found {
			missing = append(missing, addition{Entry: e})
			continue
		}
		etag, err := t.givenUp(ctx, e, f)
		if err != nil {
			return nil, err
		}
		if etag != "" {
			missing = append(missing, addition{e, etag})
		}
	}
	return missing, nil
}

// givenUp returns the ETag of an entry's row if the entry is listed now, and
// the row says that it was only noticed, and given up; else "".
func (t table) givenUp(ctx context.Context, e Entry, f fields) (azcore.ETag, error) {
	if e.Noticed || !wasGivenUp(f) {
		return "", nil
	}
	k := ledgerKeyOf(e.Content)
	f, etag, err := t.get(ctx, k.kind, k.row())
	if err != nil || !wasGivenUp(f) {
		return "", err
	}
	return etag, nil
}

func wasGivenUp(f fields) bool { return State(f.text(colState)) == Lost && f.boolean(colNoticed) }

// keys reads which RowKeys from first to last there are.
func (t table) keys(ctx context.Context, partition, first, last string) (map[string]bool, error) {
	there := map[string]bool{}
	q := query{filter: all(inPartition(partition), keyBetween("RowKey", first, last)), fields: []string{"RowKey"}}
	for f, err := range t.rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		there[f.key()] = true
	}
	return there, nil
}

// insertPairs inserts both rows of each entry; false if it can't say that all
// of them are there now.
func (t table) insertPairs(ctx context.Context, entries []addition) (sure bool, err error) {
	var unsure atomic.Bool
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(batchesInFlight)
	for batch := range slices.Chunk(entries, pairsPerBatch) {
		g.Go(func() error {
			var ops []operation
			for _, a := range batch {
				ops = append(ops, a.operations()...)
			}
			verdict, err := t.submit(ctx, ops)
			if verdict != applied {
				unsure.Store(true)
			}
			return err
		})
	}
	err = g.Wait()
	return !unsure.Load(), err
}
