package fsck

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// eventTerms are index terms of one event: those that a record implies, or
// one that the index has.
type eventTerms struct {
	At       string // position of the event's row
	Terms    []string
	Optional bool // the index need not have them
}

// sortKey returns the position of the event's row.
func (t eventTerms) sortKey() string { return t.At }

func compareTerms(a, b eventTerms) int { return strings.Compare(a.At, b.At) }

// newImpliedTerms returns the terms that the index must have of a record. They
// are required even if the event's row holds another record of the same id.
func newImpliedTerms(r audit.Record, optional bool) eventTerms {
	e := events.Event{Record: r}
	return eventTerms{string(e.Position()), events.IndexTerms(e), optional}
}

// checkIndex reads the event index and compares it with the terms that raw
// blobs imply.
func (c *check) checkIndex(ctx context.Context) error {
	for entry, err := range c.Store.Events.ListIndex(ctx) {
		if err != nil {
			return err
		}
		c.tally.IndexEntries++
		c.Progress("index: %d entries", c.tally.IndexEntries)
		if entry.At == "" {
			c.report.add(finding{Kind: indexUnexplained, Where: entry.Row, Expected: "the key of an index entry", Found: keyText(entry.Row)})
			continue
		}
		if err := c.indexedTerms.add(eventTerms{At: string(entry.At), Terms: []string{entry.Term}}); err != nil {
			return err
		}
	}
	inRecords := keyed[eventTerms]{c.impliedTerms.sorted(), eventTerms.sortKey}
	inIndex := keyed[eventTerms]{c.indexedTerms.sorted(), eventTerms.sortKey}
	return mergeJoin(inRecords, inIndex, func(at string, implied, indexed []eventTerms) error {
		missing, surplus := compareIndex(implied, indexed)
		return errors.Join(c.reportMissingTerms(ctx, store.Position(at), missing), c.reportSurplusTerms(ctx, store.Position(at), surplus))
	})
}

// compareIndex returns the required terms of one event that the index lacks,
// and the terms that it has though no record implies them.
func compareIndex(implied, indexed []eventTerms) (missing, surplus []string) {
	required, allowed, present := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, t := range implied {
		for _, term := range t.Terms {
			allowed[term] = true
			required[term] = required[term] || !t.Optional
		}
	}
	for _, t := range indexed {
		present[t.Terms[0]] = true
	}
	for term := range allowed {
		if required[term] && !present[term] {
			missing = append(missing, term)
		}
	}
	for term := range present {
		if !allowed[term] {
			surplus = append(surplus, term)
		}
	}
	return missing, surplus
}

// reportMissingTerms reports the terms that the index lacks. It reads each
// again first: the entry may have been written since.
func (c *check) reportMissingTerms(ctx context.Context, at store.Position, terms []string) error {
	var absent []string
	for _, term := range terms {
		has, err := c.Store.Events.HasIndexEntry(ctx, at, term)
		if err != nil {
			return err
		}
		if !has {
			absent = append(absent, term)
		}
	}
	c.reportTerms(indexMissing, at, absent, "an index entry for each term of the record")
	return nil
}

// reportSurplusTerms reports the terms that no raw blob implies. It reads the
// event's row first: a row that was written since explains its own terms, and
// checkRows has checked all others.
func (c *check) reportSurplusTerms(ctx context.Context, at store.Position, terms []string) error {
	if len(terms) == 0 {
		return nil
	}
	e, err := c.Store.Events.Get(ctx, at)
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrCorrupt) {
		return err
	}
	if err == nil {
		explained := events.IndexTerms(e)
		terms = slices.DeleteFunc(terms, func(term string) bool { return slices.Contains(explained, term) })
	}
	c.reportTerms(indexUnexplained, at, terms, "a record with this term")
	return nil
}

func (c *check) reportTerms(k findingKind, at store.Position, terms []string, expected string) {
	if len(terms) == 0 {
		return
	}
	slices.Sort(terms)
	var rows []string
	for _, term := range terms {
		rows = append(rows, events.IndexRow(at, term))
	}
	c.report.add(finding{Kind: k, What: events.KeyAt(at), Where: strings.Join(rows, ","), Expected: expected, Found: "none"})
}
