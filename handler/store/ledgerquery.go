package store

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// slowest is by how much our clock may be behind the one by which contents are
// created, without one of them being missed at the turn of a month.
const slowest = 7 * 24 * time.Hour

// Pending returns the pending entries of a content type that were created in
// since's month or later, the nearest to its expiration first. It costs one
// request a month, and another if there may be more than two of them. Without
// since it looks through all months that there are, be they of the past or not.
// Entries may be settled while it runs.
func (s *Store) Pending(ctx context.Context, contentType string, since time.Time) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var until time.Time
		if !since.IsZero() {
			until = s.now().Add(slowest)
		}
		months, err := s.monthsBetween(ctx, contentPrefix, since, until, unseenMonths)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read pending: %w", err))
			return
		}
		q := query{filter: all(inPartition(typeKey(contentType)),
			compare("RowKey", "ge", pendingPrefix), compare("RowKey", "lt", behind(pendingPrefix)))}
		var sequences []iter.Seq2[fields, error]
		for _, m := range months {
			sequences = append(sequences, s.table(m.table(contentPrefix)).rows(ctx, q))
		}
		byKey := func(a, b fields) int { return cmp.Compare(a.key(), b.key()) }
		yieldEntries("read pending", merge(byKey, sequences), func(Entry) bool { return true }, yield)
	}
}

// yieldEntries yields the rows that are wanted as entries; false if that was the end.
func yieldEntries(what string, rows iter.Seq2[fields, error], want func(Entry) bool, yield func(Entry, error) bool) bool {
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
func (s *Store) Entry(ctx context.Context, c audit.Content) (Entry, error) {
	if err := checkContent(c); err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	k := ledgerKeyOf(c)
	f, _, err := s.table(k.table()).get(ctx, k.kind, k.row())
	if err != nil {
		return Entry{}, fmt.Errorf("read entry: %w", err)
	}
	return readEntry(f)
}

// LedgerQuery asks for entries. The zero value asks for all of them.
type LedgerQuery struct {
	ContentType string    // "": all
	States      []State   // none: all
	From, To    time.Time // contentCreated, [From, To); zero: no bound
	After       Position  // begin behind this one; "": at the newest
	Limit       int       // how many the caller expects to take; sets the size of pages, nothing else
}

// Entries returns what q asks for, newest contentCreated first; of one second,
// by content id's hash.
func (s *Store) Entries(ctx context.Context, q LedgerQuery) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		months, after, err := s.ledgerMonths(ctx, q)
		if err != nil {
			yield(Entry{}, fmt.Errorf("read ledger: %w", err))
			return
		}
		want := func(e Entry) bool { return e.Position() > q.After && within(e.Created, q.From, q.To) }
		for _, m := range months {
			rows, err := s.ledgerRows(ctx, m, q, after)
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
func (s *Store) ledgerMonths(ctx context.Context, q LedgerQuery) ([]month, ledgerKey, error) {
	var after ledgerKey
	months, err := s.monthsBetween(ctx, contentPrefix, q.From, q.To, unseenMonths)
	if err != nil || q.After == "" {
		return months, after, err
	}
	after, err = ledgerKeyAt(q.After)
	return slices.DeleteFunc(months, func(m month) bool { return m > after.month }), after, err
}

// ledgerRows merges one month's rows of every content type that q asks for.
func (s *Store) ledgerRows(ctx context.Context, m month, q LedgerQuery, after ledgerKey) (iter.Seq2[fields, error], error) {
	t := s.table(m.table(contentPrefix))
	kinds := []string{typeKey(q.ContentType)}
	if q.ContentType == "" {
		var err error
		if kinds, err = t.partitions(ctx); err != nil {
			return nil, err
		}
	}
	var sequences []iter.Seq2[fields, error]
	for _, kind := range kinds {
		f := q.filter(kind, m, after)
		sequences = append(sequences, t.rows(ctx, query{filter: f, page: q.Limit}))
	}
	return merge(func(a, b fields) int {
		return cmp.Or(cmp.Compare(a.key(), b.key()), cmp.Compare(a.partition(), b.partition()))
	}, sequences), nil
}

func (q LedgerQuery) filter(kind string, m month, after ledgerKey) filter {
	newest, oldest := bounds(q.From, q.To)
	first := rowPrefix + invertedSecond(newest)
	if q.After != "" && after.month == m {
		first = max(first, after.row())
	}
	var states []filter
	for _, state := range q.States {
		states = append(states, compare(colState, "eq", string(state)))
	}
	return all(inPartition(kind), compare("RowKey", "ge", first),
		compare("RowKey", "lt", behind(rowPrefix+invertedSecond(oldest))), anyOf(states...))
}

// partitions lists a table's partitions: one small request for each, whatever
// they hold.
func (t table) partitions(ctx context.Context) ([]string, error) {
	var found []string
	last := ""
	for {
		next := ""
		q := query{filter: compare("PartitionKey", "gt", last), fields: []string{"PartitionKey"}, page: 1}
		for f, err := range t.rows(ctx, q) {
			if err != nil {
				return nil, err
			}
			next = f.partition()
			break
		}
		if next == "" {
			return found, nil
		}
		found = append(found, strings.Clone(next))
		last = next
	}
}

// CountContents counts the contents of one type created on the UTC days from
// first to last, by day. It reads keys and states, a thousand in a request.
func (s *Store) CountContents(ctx context.Context, contentType string, first, last time.Time) (map[time.Time]*DayCount, error) {
	counts := map[time.Time]*DayCount{}
	q := LedgerQuery{ContentType: contentType, From: midnight(first), To: midnight(last).AddDate(0, 0, 1)}
	months, after, err := s.ledgerMonths(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count contents: %w", err)
	}
	for _, m := range months {
		rows := s.table(m.table(contentPrefix)).rows(ctx, query{
			filter: q.filter(typeKey(contentType), m, after), fields: []string{"RowKey", colState, colNoticed},
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
func countRow(counts map[time.Time]*DayCount, f fields) error {
	inverted, _, _ := strings.Cut(strings.TrimPrefix(f.key(), rowPrefix), "_")
	second, err := secondOf(inverted)
	if err != nil {
		return fmt.Errorf("row %s: %w", f.key(), err)
	}
	day := midnight(time.Unix(second, 0))
	if counts[day] == nil {
		counts[day] = &DayCount{Day: day}
	}
	switch State(f.text(colState)) {
	case Pending:
		counts[day].Pending++
	case Done:
		counts[day].Done++
	case Unreadable:
		counts[day].Unreadable++
	case Lost:
		if !f.boolean(colNoticed) {
			counts[day].Lost++
		}
	}
	return nil
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
