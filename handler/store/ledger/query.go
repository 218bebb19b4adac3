package ledger

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Get returns the entry of a content blob. The error is ErrNotFound if the ledger
// does not hold it.
func (l *Ledger) Get(ctx context.Context, c audit.Content) (Entry, error) {
	if err := keys.CheckContent(c); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	k := keyOf(c)
	row, _, err := l.tables.Table(k.table()).Get(ctx, k.partition, k.row())
	if err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	return readEntry(row)
}

// Pending returns the pending entries of a content type that were created in
// since's month or later, nearest expiration first. It costs one request a month,
// and one more if there may be more than two months. A zero since searches every
// month, including future ones. Entries may be settled while the caller reads.
func (l *Ledger) Pending(ctx context.Context, contentType string, since time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var until time.Time
		if !since.IsZero() {
			until = l.now().Add(clock.MaxLag)
		}
		months, err := l.tables.MonthsIn(ctx, tablePrefix, keys.Range{From: since, To: until}, unlistedMonths)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read pending: %w", err))
			return
		}
		q := tables.Query{Filter: tables.And(tables.InPartition(keys.TypeKey(contentType)),
			tables.Compare("RowKey", "ge", pendingPrefix), tables.Compare("RowKey", "lt", keys.PrefixEnd(pendingPrefix)))}
		var sequences []iter.Seq2[tables.Properties, error]
		for _, m := range months {
			sequences = append(sequences, l.tables.Table(m.Table(tablePrefix)).Rows(ctx, q))
		}
		byKey := func(a, b tables.Properties) int { return cmp.Compare(a.Key(), b.Key()) }
		for e, err := range entriesOf("read pending", seq.Merge(byKey, sequences)) {
			if !yield(e, err) {
				return
			}
		}
	}
}

// entriesOf returns the entries that rows hold. It ends with an error in the first
// row that has one.
func entriesOf(operation string, rows iter.Seq2[tables.Properties, error]) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for row, err := range rows {
			var e Entry
			if err == nil {
				e, err = readEntry(row)
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("%s: %w", operation, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// A Query selects entries. The zero value selects all of them.
type Query struct {
	ContentType string    // "": all
	States      []State   // none: all
	From, To    time.Time // contentCreated, [From, To); zero: no bound
	After       Position  // start after this one; "": with the newest
	Limit       int       // how many entries the caller expects to read; only sets the page size
}

// List returns the entries that q selects, newest contentCreated first. Entries of
// one second are in the order of their content ids' hashes.
func (l *Ledger) List(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		months, after, err := l.monthsOf(ctx, q)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read ledger: %w", err))
			return
		}
		for _, m := range months {
			rows, err := l.rows(ctx, m, q, after)
			if err != nil {
				yield(Entry{}, fmt.Errorf("read ledger: %w", err))
				return
			}
			for e, err := range entriesOf("read ledger", rows) {
				if err == nil && !q.matches(e) {
					continue
				}
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// matches checks what keys leave open: fractions of a second, and the order of
// content types within one hash.
func (q Query) matches(e Entry) bool { return e.Position() > q.After && q.times().Contains(e.Created) }

func (q Query) times() keys.Range { return keys.Range{From: q.From, To: q.To} }

// monthsOf returns the months that may hold what q selects, newest first, and the
// key of q.After.
func (l *Ledger) monthsOf(ctx context.Context, q Query) ([]keys.Month, entryKey, error) {
	var after entryKey
	months, err := l.tables.MonthsIn(ctx, tablePrefix, q.times(), unlistedMonths)
	if err != nil || q.After == "" {
		return months, after, err
	}
	after, err = keyAt(q.After)
	return slices.DeleteFunc(months, func(m keys.Month) bool { return m > after.month }), after, err
}

// rows merges one month's rows of every content type that q selects.
func (l *Ledger) rows(ctx context.Context, m keys.Month, q Query, after entryKey) (iter.Seq2[tables.Properties, error], error) {
	t := l.tables.Table(m.Table(tablePrefix))
	partitions := []string{keys.TypeKey(q.ContentType)}
	if q.ContentType == "" {
		var err error
		if partitions, err = t.Partitions(ctx); err != nil {
			return nil, err
		}
	}
	var sequences []iter.Seq2[tables.Properties, error]
	for _, partition := range partitions {
		f := q.filter(partition, m, after)
		sequences = append(sequences, t.Rows(ctx, tables.Query{Filter: f, PageSize: q.Limit}))
	}
	return seq.Merge(func(a, b tables.Properties) int {
		return cmp.Or(cmp.Compare(a.Key(), b.Key()), cmp.Compare(a.Partition(), b.Partition()))
	}, sequences), nil
}

// filter selects the own rows of one content type in one month.
func (q Query) filter(partition string, m keys.Month, after entryKey) tables.Filter {
	newest, oldest := q.times().Seconds()
	first := rowPrefix + keys.InvertedSecond(newest)
	if q.After != "" && after.month == m {
		first = max(first, after.row())
	}
	var states []tables.Filter
	for _, state := range q.States {
		states = append(states, tables.Compare(colState, "eq", string(state)))
	}
	return tables.And(tables.InPartition(partition), tables.Compare("RowKey", "ge", first),
		tables.Compare("RowKey", "lt", keys.PrefixEnd(rowPrefix+keys.InvertedSecond(oldest))), tables.Or(states...))
}
