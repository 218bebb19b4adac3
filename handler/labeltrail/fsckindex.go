package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A lead is what raw content says that the index has of an event, or what the
// index has of it.
type lead struct {
	At       string // position of the event's row
	Terms    []string
	Optional bool // the index need not have them
}

func (l lead) row() string { return l.At }

// hourly is as much of a position as the events of somewhat less than three
// hours have in common. An event has about ten entries in the index.
func hourly(at string) string { return at[:min(len(at), len("120000_999999"))] }

// leadOf is what the index is to have of a record, be its event's row that of
// another record of the same id or not.
func leadOf(r audit.Record, optional bool) lead {
	e := store.Event{Record: r}
	return lead{string(e.Position()), store.IndexTerms(e), optional}
}

// index reads the index and holds it against raw content.
func (c *check) index(ctx context.Context) error {
	for entry, err := range c.store.IndexEntries(ctx) {
		if err != nil {
			return err
		}
		c.tally.Entries++
		c.progress.say("index: %d entries", c.tally.Entries)
		if entry.At == "" {
			c.report.add(finding{Kind: indexUnexplained, Where: entry.Row, Expected: "a key that leads to an event", Found: "another"})
			continue
		}
		if err := c.found.add(lead{At: string(entry.At), Terms: []string{entry.Term}}); err != nil {
			return err
		}
	}
	return join(c.leads.sorted(), lead.row, c.found.sorted(), lead.row, func(at string, claimed, found []lead) error {
		return c.indexOf(ctx, store.Position(at), claimed, found)
	})
}

// indexOf checks what the index has of one event.
func (c *check) indexOf(ctx context.Context, at store.Position, claimed, found []lead) error {
	required, allowed, there := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, l := range claimed {
		for _, term := range l.Terms {
			allowed[term] = true
			required[term] = required[term] || !l.Optional
		}
	}
	for _, l := range found {
		there[l.Terms[0]] = true
	}
	var missing, unexplained []string
	for term := range allowed {
		if required[term] && !there[term] {
			missing = append(missing, term)
		}
	}
	for term := range there {
		if !allowed[term] {
			unexplained = append(unexplained, term)
		}
	}
	return errors.Join(c.missing(ctx, at, missing), c.surplus(ctx, at, unexplained))
}

// missing reports the terms that the index does not have of an event, unless
// they came in since it was read.
func (c *check) missing(ctx context.Context, at store.Position, terms []string) error {
	var absent []string
	for _, term := range terms {
		has, err := c.store.HasIndexEntry(ctx, at, term)
		if err != nil {
			return err
		}
		if !has {
			absent = append(absent, term)
		}
	}
	c.reportTerms(indexMissing, at, absent, "what leads to the event by what its record says", "none")
	return nil
}

// surplus reports the terms that the index has of an event and that no raw
// content explains, unless the event's row does: the row is checked by itself.
func (c *check) surplus(ctx context.Context, at store.Position, terms []string) error {
	if len(terms) == 0 {
		return nil
	}
	e, err := c.store.EventAt(ctx, at)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrCorrupt) {
		return err
	}
	if err == nil {
		explained := store.IndexTerms(e)
		terms = slices.DeleteFunc(terms, func(term string) bool { return slices.Contains(explained, term) })
	}
	c.reportTerms(indexUnexplained, at, terms, "a record that says so", "none")
	return nil
}

func (c *check) reportTerms(k kind, at store.Position, terms []string, expected, found string) {
	if len(terms) == 0 {
		return
	}
	slices.Sort(terms)
	var rows []string
	for _, term := range terms {
		rows = append(rows, store.IndexRow(at, term))
	}
	c.report.add(finding{Kind: k, What: events.KeyAt(at), Where: strings.Join(rows, ","), Expected: expected, Found: found})
}
