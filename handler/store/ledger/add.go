package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// longestGap is how far apart, in seconds, the contents of one run may have
// been created: a run's keys are read as one range.
const longestGap = 6 * 3600

// AddPending adds contents that the API listed to the ledger as pending, and
// returns how many of them were not in it when it began. A content that has an
// entry keeps it as it is, whatever its state, but for one that was only
// noticed: pending, it goes on as a listed one, with the expiration that the
// API says; given up, because it could not be retrieved yet, it begins anew.
// It may be called again with the same contents after any error, and at the
// same time by another run.
//
// Contents that no key can be made of are left out, and the error, which then
// is ErrInvalid, names them.
func (l *Ledger) AddPending(ctx context.Context, contents []audit.Content) (added int, err error) {
	return l.add(ctx, contents, false)
}

// AddNoticed is AddPending for contents that the API has not listed but sent a
// notice of, or someone else has. Every content that has an entry keeps it.
func (l *Ledger) AddNoticed(ctx context.Context, contents []audit.Content) (added int, err error) {
	return l.add(ctx, contents, true)
}

func (l *Ledger) add(ctx context.Context, contents []audit.Content, noticed bool) (added int, err error) {
	var invalid []error
	entries := make([]Entry, 0, len(contents))
	for _, c := range contents {
		if err := keys.CheckContent(c); err != nil {
			invalid = append(invalid, fmt.Errorf("add to ledger: %w: %w", ErrInvalid, err))
			continue
		}
		entries = append(entries, Entry{Content: c, State: Pending, Noticed: noticed})
	}
	for run := range runs(sortEntries(entries), longestGap, len(entries)) {
		n, err := l.addRun(ctx, run)
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
	slices.SortStableFunc(entries, func(a, b Entry) int { return compareKeys(keyOf(a.Content), keyOf(b.Content)) })
	return slices.CompactFunc(entries, func(a, b Entry) bool { return keyOf(a.Content) == keyOf(b.Content) })
}

func compareKeys(a, b entryKey) int {
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
	x, y := keyOf(a.Content), keyOf(b.Content)
	return x.month == y.month && x.kind == y.kind && x.second-y.second <= gap
}

// addRun adds the entries of a run that are not there. Another run may add
// them at the same time, and an answer may be lost: then it looks again.
func (l *Ledger) addRun(ctx context.Context, run []Entry) (added int, err error) {
	t := l.tables.Table(keyOf(run[0].Content).table())
	for round := range tables.MaxRounds {
		missing, err := missing(ctx, t, run)
		if err != nil {
			return added, err
		}
		if round == 0 {
			added = countNew(missing)
		}
		sure, err := insertPairs(ctx, t, missing)
		if err != nil || sure {
			return added, err
		}
	}
	return added, fmt.Errorf("%s: %w %d times over", t.Name, storage.ErrConflict, tables.MaxRounds)
}

// An addition is an entry to add: both its rows are new; or its own row is
// there and says that it was given up, and must not have changed since; or both
// rows are there, of a content that was only noticed, and go on as a listed one's.
type addition struct {
	Entry
	givenUp azcore.ETag // of its own row; "": it was not
	pointer string      // RowKey of its pending row; "": it has none
}

// operations change both rows together. Of one that is pending the pending row
// guards them, as it does in Settle: it is gone if another run has made the
// entry final.
func (a addition) operations() []tables.Operation {
	k := keyOf(a.Content)
	own, pending := newEntity(a.Entry, k.row()), newEntity(a.Entry, k.pendingRow(a.Expiration))
	switch {
	case a.pointer == pending.Key:
		return []tables.Operation{tables.Replace(own, azcore.ETagAny), tables.Replace(pending, azcore.ETagAny)}
	case a.pointer != "":
		return []tables.Operation{tables.Replace(own, azcore.ETagAny), tables.Delete(k.kind, a.pointer), tables.Insert(pending)}
	case a.givenUp != "":
		return []tables.Operation{tables.Replace(own, a.givenUp), tables.Insert(pending)}
	}
	return []tables.Operation{tables.Insert(own), tables.Insert(pending)}
}

// countNew counts the additions that have not been pending.
func countNew(additions []addition) (n int) {
	for _, a := range additions {
		if a.pointer == "" {
			n++
		}
	}
	return n
}

// missing returns the entries of a run that are to be added.
func missing(ctx context.Context, t tables.Table, run []Entry) ([]addition, error) {
	first, last := keyOf(run[0].Content), keyOf(run[len(run)-1].Content)
	there := map[string]tables.Properties{}
	q := tables.Query{
		Filter: tables.And(tables.InPartition(first.kind), tables.Between("RowKey", first.row(), last.row())),
		Select: []string{"RowKey", colContentID, colContentType, colContentCreated, colContentExpiration,
			colState, colTries, colNextTry, colError, colBlob, colNoticed},
	}
	for f, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		there[f.Key()] = f
	}
	var missing []addition
	for _, e := range run {
		f, found := there[keyOf(e.Content).row()]
		if !found {
			missing = append(missing, addition{Entry: e})
			continue
		}
		if e.Noticed || !f.Bool(colNoticed) {
			continue
		}
		a, err := listed(ctx, t, e, f)
		if err != nil {
			return nil, err
		}
		missing = append(missing, a...)
	}
	return missing, nil
}

// listed returns what is to change in an entry that was only noticed, as its
// row f says, and is listed now; nothing if it is done.
func listed(ctx context.Context, t tables.Table, e Entry, f tables.Properties) ([]addition, error) {
	switch State(f.Text(colState)) {
	case Pending:
		pending, err := readEntry(f)
		if err != nil {
			return nil, err
		}
		pointer := keyOf(pending.Content).pendingRow(pending.Expiration)
		pending.Expiration, pending.Noticed = e.Expiration, false
		return []addition{{Entry: pending, pointer: pointer}}, nil
	case Lost:
		k := keyOf(e.Content)
		f, etag, err := t.Get(ctx, k.kind, k.row())
		if err != nil || State(f.Text(colState)) != Lost || !f.Bool(colNoticed) {
			return nil, err
		}
		return []addition{{Entry: e, givenUp: etag}}, nil
	}
	return nil, nil
}

// insertPairs writes both rows of each entry; false if it can't say that all
// of them are there now.
func insertPairs(ctx context.Context, t tables.Table, entries []addition) (sure bool, err error) {
	var unsure atomic.Bool
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for ops := range transactions(entries) {
		g.Go(func() error {
			verdict, err := t.Submit(ctx, ops)
			if verdict != tables.Applied {
				unsure.Store(true)
			}
			return err
		})
	}
	err = g.Wait()
	return !unsure.Load(), err
}

// transactions are the operations of entries, as many together as a
// transaction holds, and those of one entry always.
func transactions(entries []addition) iter.Seq[[]tables.Operation] {
	return func(yield func([]tables.Operation) bool) {
		var ops []tables.Operation
		for _, a := range entries {
			more := a.operations()
			if len(ops)+len(more) > tables.MaxOperations {
				if !yield(ops) {
					return
				}
				ops = nil
			}
			ops = append(ops, more...)
		}
		if len(ops) > 0 {
			yield(ops)
		}
	}
}
