package main

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// rows reads every row and holds it against the claims to it.
func (c *check) rows(ctx context.Context) error {
	return join(c.claims.sorted(), claim.row, c.keyed(ctx), func(r store.CheckedEvent) string { return string(r.At) },
		func(_ string, claims []claim, rows []store.CheckedEvent) error {
			slices.SortStableFunc(claims, func(a, b claim) int {
				if a.source().Precedes(b.source()) {
					return -1
				}
				return 1
			})
			if err := c.date(claims); err != nil {
				return err
			}
			if len(rows) == 0 {
				c.withoutRow(claims)
				return nil
			}
			return c.row(claims, rows[0])
		})
}

// keyed are the rows that lie where an event may lie. The others it reports.
func (c *check) keyed(ctx context.Context) iter.Seq2[store.CheckedEvent, error] {
	return func(yield func(store.CheckedEvent, error) bool) {
		for row, err := range c.store.CheckedEvents(ctx) {
			c.progress.say("rows: %d", c.tally.Rows)
			if err == nil {
				c.tally.Rows++
			}
			if err == nil && row.At == "" {
				c.report.add(finding{Kind: rowUnexplained, What: row.Record.Key(), Where: row.Row, Expected: "the key of an event", Found: "another"})
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// rightful is the number of the first claim that must be met: the row is its,
// or that of one before it whose content is not done yet.
func rightful(claims []claim) int {
	i := slices.IndexFunc(claims, func(cl claim) bool { return !cl.Optional })
	if i < 0 {
		return len(claims)
	}
	return i
}

func (c *check) withoutRow(claims []claim) {
	if i := rightful(claims); i < len(claims) {
		cl := claims[i]
		c.report.add(finding{Kind: rowMissing, What: cl.Event, Where: c.store.RawName(*cl.Content),
			Expected: "a row of " + source(*cl.Content, cl.Index), Found: "none"})
	}
}

// row checks one row against the claims to it, the earliest first.
func (c *check) row(claims []claim, row store.CheckedEvent) error {
	last := rightful(claims)
	i := slices.IndexFunc(claims, func(cl claim) bool { return cl.Content.ID == row.Content.ID && cl.Index == row.Index })
	if i < 0 && row.Err != nil {
		c.unreadable(claims, row)
		return nil
	}
	if i < 0 {
		return c.strays.add(c.strayOf(claims, row))
	}
	cl := claims[i]
	if from := min(i, last); from < i || !sameContent(*cl.Content, row.Content) {
		c.report.add(finding{Kind: rowSource, What: cl.Event, Where: row.Row,
			Expected: source(*claims[from].Content, claims[from].Index), Found: source(row.Content, row.Index)})
	}
	if row.Err != nil {
		c.unreadable(claims[i:], row)
		return nil
	}
	if cl.SHA256 != string(row.SHA256[:]) {
		c.report.add(finding{Kind: rowRecord, What: cl.Event, Where: row.Row,
			Expected: "the JSON of " + source(*cl.Content, cl.Index), Found: "another"})
		return nil
	}
	c.columns(cl.Event, row.Row, row.Differs)
	return nil
}

// unreadable reports a row whose record cannot be read, unless it is kept in
// raw content alone, and that was reported.
func (c *check) unreadable(claims []claim, row store.CheckedEvent) {
	if c.damaged[c.store.RawName(row.Content)] {
		c.tally.Unproven++
		return
	}
	f := finding{Kind: rowUnexplained, Where: row.Row, Expected: "a record in raw content", Found: "a row that cannot be read"}
	if len(claims) > 0 {
		f.Kind, f.What = rowRecord, claims[0].Event
		f.Expected = "the JSON of " + source(*claims[0].Content, claims[0].Index)
	}
	c.report.add(f)
}

// columns reports columns by their names: their values are no one's business.
func (c *check) columns(event, row string, differ []string) {
	if len(differ) > 0 {
		c.report.add(finding{Kind: rowColumns, What: event, Where: row,
			Expected: "columns as the record gives them", Found: "different: " + strings.Join(differ, ",")})
	}
}

func sameContent(a, b audit.Content) bool {
	return a.ID == b.ID && a.Type == b.Type && a.Created.Equal(b.Created)
}

// source names a place in raw content.
func source(c audit.Content, index int) string {
	return fmt.Sprintf("record %d of %s %s created %s", index, c.Type, c.ID, c.Created.UTC().Format(time.RFC3339Nano))
}
