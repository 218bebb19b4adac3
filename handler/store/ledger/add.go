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

// longestGap is how far apart, in seconds, neighbors in a run may have been
// created. The keys of a run are read as one range, so a wider gap would read the
// entries in between.
const longestGap = 6 * 3600

// AddPending adds content blobs that the API listed as pending entries. It returns
// how many of them the ledger did not hold when the call began.
//
// An existing entry does not change, unless it is known only from a notification.
// Such an entry becomes a listed one: a pending entry keeps its attempts and takes
// the expiration that the API states, and a lost entry starts again as pending,
// because it may not have been retrievable yet.
//
// AddPending can be repeated after any error, and run at the same time elsewhere.
// It skips content blobs that no key can be made of; the error is then ErrInvalid
// and names them.
func (l *Ledger) AddPending(ctx context.Context, contents []audit.Content) (added int, err error) {
	return l.add(ctx, contents, false)
}

// AddNotified is like AddPending for content blobs that only a notification named,
// whoever sent it. Existing entries do not change.
func (l *Ledger) AddNotified(ctx context.Context, contents []audit.Content) (added int, err error) {
	return l.add(ctx, contents, true)
}

func (l *Ledger) add(ctx context.Context, contents []audit.Content, notified bool) (added int, err error) {
	var invalid []error
	entries := make([]Entry, 0, len(contents))
	for _, c := range contents {
		if err := keys.CheckContent(c); err != nil {
			invalid = append(invalid, fmt.Errorf("add to ledger: %w: %w", ErrInvalid, err))
			continue
		}
		entries = append(entries, Entry{Content: c, State: Pending, Notified: notified})
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

// sortEntries sorts entries by key. If a content blob occurs more than once, the
// last one remains.
func sortEntries(entries []Entry) []Entry {
	slices.Reverse(entries)
	slices.SortStableFunc(entries, func(a, b Entry) int { return compareKeys(keyOf(a.Content), keyOf(b.Content)) })
	return slices.CompactFunc(entries, func(a, b Entry) bool { return keyOf(a.Content) == keyOf(b.Content) })
}

func compareKeys(a, b entryKey) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(a.partition, b.partition),
		cmp.Compare(b.second, a.second), cmp.Compare(a.hash, b.hash))
}

// runs splits sorted entries into runs of at most size entries of one partition,
// whose neighbors are at most gap seconds apart.
func runs(entries []Entry, gap int64, size int) iter.Seq[[]Entry] {
	return func(yield func([]Entry) bool) {
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && n < size && areNear(entries[n-1], entries[n], gap) {
				n++
			}
			if !yield(entries[:n:n]) {
				return
			}
			entries = entries[n:]
		}
	}
}

func areNear(a, b Entry, gap int64) bool {
	x, y := keyOf(a.Content), keyOf(b.Content)
	return x.month == y.month && x.partition == y.partition && x.second-y.second <= gap
}

// addRun adds the missing ones of entries that lie close together. If another
// process adds them at the same time, or a response is lost, it reads them again.
func (l *Ledger) addRun(ctx context.Context, run []Entry) (added int, err error) {
	t := l.tables.Table(keyOf(run[0].Content).table())
	for round := range tables.MaxRounds {
		additions, err := findAdditions(ctx, t, run)
		if err != nil {
			return added, err
		}
		if round == 0 {
			added = countNew(additions)
		}
		applied, err := writeAdditions(ctx, t, additions)
		if err != nil || applied {
			return added, err
		}
	}
	return added, fmt.Errorf("%s: %w %d times", t.Name, storage.ErrConflict, tables.MaxRounds)
}

// An addition is an entry to write as pending. There are three cases:
//
//   - The entry is new: both rows are inserted.
//   - It was lost and known only from a notification: its own row is replaced,
//     provided it has not changed, and the pending row is inserted.
//   - It is pending and known only from a notification: both rows are replaced. The
//     pending row moves if the expiration differs.
type addition struct {
	Entry
	lost    azcore.ETag // of the own row of a lost entry; otherwise ""
	pending string      // RowKey of the pending row of a pending entry; otherwise ""
}

// operations change both rows together. The pending row guards a pending entry, as
// it does in Settle: it is gone if another run has settled the entry.
func (a addition) operations() []tables.Operation {
	k := keyOf(a.Content)
	key := k.pendingRow(a.Expiration)
	own, pending := newEntity(a.Entry, k.row()), newEntity(a.Entry, key)
	switch {
	case a.pending == key:
		return []tables.Operation{tables.Replace(own, azcore.ETagAny), tables.Replace(pending, azcore.ETagAny)}
	case a.pending != "":
		return []tables.Operation{tables.Replace(own, azcore.ETagAny), tables.Delete(k.partition, a.pending), tables.Insert(pending)}
	case a.lost != "":
		return []tables.Operation{tables.Replace(own, a.lost), tables.Insert(pending)}
	}
	return []tables.Operation{tables.Insert(own), tables.Insert(pending)}
}

// countNew counts the additions that are not pending yet.
func countNew(additions []addition) (n int) {
	for _, a := range additions {
		if a.pending == "" {
			n++
		}
	}
	return n
}

// findAdditions returns the entries of a run that must be written.
func findAdditions(ctx context.Context, t tables.Table, run []Entry) ([]addition, error) {
	first, last := keyOf(run[0].Content), keyOf(run[len(run)-1].Content)
	stored := map[string]tables.Properties{}
	q := tables.Query{
		Filter: tables.And(tables.InPartition(first.partition), tables.Between("RowKey", first.row(), last.row())),
		Select: []string{"RowKey", colContentID, colContentType, colContentCreated, colContentExpiration,
			colState, colTries, colNextTry, colError, colBlob, colNotified},
	}
	for row, err := range t.Rows(ctx, q) {
		if err != nil {
			return nil, err
		}
		stored[row.Key()] = row
	}
	var additions []addition
	for _, e := range run {
		row, found := stored[keyOf(e.Content).row()]
		if !found {
			additions = append(additions, addition{Entry: e})
			continue
		}
		if e.Notified || !row.Bool(colNotified) {
			continue
		}
		a, err := promote(ctx, t, e, row)
		if err != nil {
			return nil, err
		}
		additions = append(additions, a...)
	}
	return additions, nil
}

// promote returns how an entry known only from a notification, as its row says,
// becomes the listed entry e. It returns nothing if the entry is done or
// unreadable.
func promote(ctx context.Context, t tables.Table, e Entry, row tables.Properties) ([]addition, error) {
	switch State(row.Text(colState)) {
	case Pending:
		stored, err := readEntry(row)
		if err != nil {
			return nil, err
		}
		key := keyOf(stored.Content).pendingRow(stored.Expiration)
		stored.Expiration, stored.Notified = e.Expiration, false
		return []addition{{Entry: stored, pending: key}}, nil
	case Lost:
		k := keyOf(e.Content)
		row, etag, err := t.Get(ctx, k.partition, k.row())
		if err != nil || State(row.Text(colState)) != Lost || !row.Bool(colNotified) {
			return nil, err
		}
		return []addition{{Entry: e, lost: etag}}, nil
	}
	return nil, nil
}

// writeAdditions writes both rows of each addition. It reports whether all of them
// are certainly stored.
func writeAdditions(ctx context.Context, t tables.Table, additions []addition) (applied bool, err error) {
	var uncertain atomic.Bool
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for ops := range transactions(additions) {
		g.Go(func() error {
			verdict, err := t.Submit(ctx, ops)
			if verdict != tables.Applied {
				uncertain.Store(true)
			}
			return err
		})
	}
	err = g.Wait()
	return !uncertain.Load(), err
}

// transactions groups the operations of additions into full transactions. The
// operations of one addition stay together.
func transactions(additions []addition) iter.Seq[[]tables.Operation] {
	return func(yield func([]tables.Operation) bool) {
		var ops []tables.Operation
		for _, a := range additions {
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
