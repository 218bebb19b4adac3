package ledger

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/seq"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// slowest is by how much our clock may be behind the one by which contents are
// created, without one of them being missed at the turn of a month.
const slowest = 7 * 24 * time.Hour

// unseenLedgerMonths is how many months a range may have before it is worth a
// request to know which of them have a table.
const unseenMonths = 2

// Pending returns the pending entries of a content type that were created in
// since's month or later, the nearest to its expiration first. It costs one
// request a month, and another if there may be more than two of them. Without
// since it looks through all months that there are, be they of the past or not.
// Entries may be settled while it runs.
func (l *Ledger) Pending(ctx context.Context, contentType string, since time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var until time.Time
		if !since.IsZero() {
			until = l.now().Add(slowest)
		}
		months, err := l.tables.MonthsBetween(ctx, tablePrefix, since, until, unseenMonths)
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
		yieldEntries("read pending", seq.Merge(byKey, sequences), func(Entry) bool { return true }, yield)
	}
}

// yieldEntries yields the rows that are wanted as entries; false if that was the end.
func yieldEntries(what string, rows iter.Seq2[tables.Properties, error], want func(Entry) bool, yield func(Entry, error) bool) bool {
	for f, err := range rows {
		var e Entry
		if err == nil {
			e, err = readEntry(f)
		}
		if err != nil {
			yield(Entry{}, fmt.Errorf("%s: %w", what, err))
			return false
		}
		if want(e) && !yield(e, nil) {
			return false
		}
	}
	return true
}

// Entry returns what the ledger knows of c; ErrNotFound if it has no such entry.
func (l *Ledger) Get(ctx context.Context, c audit.Content) (Entry, error) {
	if err := keys.CheckContent(c); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	k := keyOf(c)
	f, _, err := l.tables.Table(k.table()).Get(ctx, k.kind, k.row())
	if err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	return readEntry(f)
}

// LedgerQuery asks for entries. The zero value asks for all of them.
type Query struct {
	ContentType string        // "": all
	States      []State       // none: all
	From, To    time.Time     // contentCreated, [From, To); zero: no bound
	After       keys.Position // begin behind this one; "": at the newest
	Limit       int           // how many the caller expects to take; sets the size of pages, nothing else
}

// Entries returns what q asks for, newest contentCreated first; of one second,
// by content id's hash.
func (l *Ledger) List(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		months, after, err := l.ledgerMonths(ctx, q)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read ledger: %w", err))
			return
		}
		want := func(e Entry) bool { return e.Position() > q.After && keys.Within(e.Created, q.From, q.To) }
		for _, m := range months {
			rows, err := l.ledgerRows(ctx, m, q, after)
			if err != nil {
				yield(Entry{}, fmt.Errorf("read ledger: %w", err))
				return
			}
			if !yieldEntries("read ledger", rows, want, yield) {
				return
			}
		}
	}
}

// ledgerMonths returns the months that may have what q asks for, newest first,
// and the key to begin at.
func (l *Ledger) ledgerMonths(ctx context.Context, q Query) ([]keys.Month, entryKey, error) {
	var after entryKey
	months, err := l.tables.MonthsBetween(ctx, tablePrefix, q.From, q.To, unseenMonths)
	if err != nil || q.After == "" {
		return months, after, err
	}
	after, err = keyAt(q.After)
	return slices.DeleteFunc(months, func(m keys.Month) bool { return m > after.month }), after, err
}

// ledgerRows merges one month's rows of every content type that q asks for.
func (l *Ledger) ledgerRows(ctx context.Context, m keys.Month, q Query, after entryKey) (iter.Seq2[tables.Properties, error], error) {
	t := l.tables.Table(m.Table(tablePrefix))
	kinds := []string{keys.TypeKey(q.ContentType)}
	if q.ContentType == "" {
		var err error
		if kinds, err = t.Partitions(ctx); err != nil {
			return nil, err
		}
	}
	var sequences []iter.Seq2[tables.Properties, error]
	for _, kind := range kinds {
		f := q.filter(kind, m, after)
		sequences = append(sequences, t.Rows(ctx, tables.Query{Filter: f, Page: q.Limit}))
	}
	return seq.Merge(func(a, b tables.Properties) int {
		return cmp.Or(cmp.Compare(a.Key(), b.Key()), cmp.Compare(a.Partition(), b.Partition()))
	}, sequences), nil
}

func (q Query) filter(kind string, m keys.Month, after entryKey) tables.Filter {
	newest, oldest := keys.Bounds(q.From, q.To)
	first := rowPrefix + keys.InvertedSecond(newest)
	if q.After != "" && after.month == m {
		first = max(first, after.row())
	}
	var states []tables.Filter
	for _, state := range q.States {
		states = append(states, tables.Compare(colState, "eq", string(state)))
	}
	return tables.And(tables.InPartition(kind), tables.Compare("RowKey", "ge", first),
		tables.Compare("RowKey", "lt", keys.PrefixEnd(rowPrefix+keys.InvertedSecond(oldest))), tables.Or(states...))
}

// DayCount says how many contents of one type and UTC day of contentCreated
// are in each state.
type DayCount struct {
	Day                             time.Time // midnight
	Pending, Done, Lost, Unreadable int
}

// CountContents counts the contents of one type created on the UTC days from
// first to last, by day. It reads keys and states, a thousand in a request.
func (l *Ledger) CountByDay(ctx context.Context, contentType string, first, last time.Time) (map[time.Time]*DayCount, error) {
	counts := map[time.Time]*DayCount{}
	q := Query{ContentType: contentType, From: midnight(first), To: midnight(last).AddDate(0, 0, 1)}
	months, after, err := l.ledgerMonths(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count contents: %w", err)
	}
	for _, m := range months {
		rows := l.tables.Table(m.Table(tablePrefix)).Rows(ctx, tables.Query{
			Filter: q.filter(keys.TypeKey(contentType), m, after), Select: []string{"RowKey", colState, colNoticed},
		})
		for f, err := range rows {
			if err != nil {
				return nil, fmt.Errorf("count contents: %w", err)
			}
			if err := countRow(counts, f); err != nil {
				return nil, fmt.Errorf("count contents: %w", err)
			}
		}
	}
	return counts, nil
}

// countRow counts one ledger row. A content that only a notice spoke of, and
// that is not to be had, was never the API's to lose.
func countRow(counts map[time.Time]*DayCount, f tables.Properties) error {
	inverted, _, _ := strings.Cut(strings.TrimPrefix(f.Key(), rowPrefix), "_")
	second, err := keys.ParseInvertedSecond(inverted)
	if err != nil {
		return fmt.Errorf("row %s: %w", f.Key(), err)
	}
	day := midnight(time.Unix(second, 0))
	if counts[day] == nil {
		counts[day] = &DayCount{Day: day}
	}
	switch State(f.Text(colState)) {
	case Pending:
		counts[day].Pending++
	case Done:
		counts[day].Done++
	case Unreadable:
		counts[day].Unreadable++
	case Lost:
		if !f.Bool(colNoticed) {
			counts[day].Lost++
		}
	}
	return nil
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
