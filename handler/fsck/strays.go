package fsck

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A stray is a row that names a record without a claim. It may still be right:
// its content blob was ingested after the raw blobs were read, or its record
// type was wanted in the past.
type stray struct {
	Blob     string // the raw blob that it names
	Event    string // the event's id, in its key form
	At       string // the row's position
	Row      string // the row's table, PartitionKey and RowKey
	Content  audit.Content
	Index    int
	SHA256   []byte // of the record's JSON
	Unwanted bool   // by its record type
	Differs  []string

	// Required is the first required claim to the row; nil if all are optional.
	Required *claim
}

// sortKey returns the raw blob.
func (s stray) sortKey() string { return s.Blob }

func compareStrays(a, b stray) int {
	return cmp.Or(strings.Compare(a.Blob, b.Blob), strings.Compare(a.At, b.At))
}

func (c *check) newStray(claims []claim, row events.Checked) stray {
	s := stray{
		Blob: c.Store.RawName(row.Content), At: string(row.At), Row: row.Row, Content: row.Content, Index: row.Index,
		SHA256: row.SHA256[:], Event: row.Record.Key(), Unwanted: !c.Want.Wants(row.Record.RecordType), Differs: row.Differs,
	}
	if i := firstRequired(claims); i < len(claims) {
		s.Required = &claims[i]
	}
	return s
}

// checkStrays reads the raw blob of every stray again, for all record types,
// and reports the strays that it does not account for.
func (c *check) checkStrays(ctx context.Context) error {
	for list, err := range groups(keyed[stray]{c.strays.sorted(), stray.sortKey}) {
		if err != nil {
			return err
		}
		if err := c.checkStraysOf(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

// checkStraysOf checks the strays of one raw blob.
func (c *check) checkStraysOf(ctx context.Context, list []stray) error {
	if c.damaged[list[0].Blob] {
		c.tally.Unproven += len(list)
		return nil
	}
	items, err := c.allRecords(ctx, list[0].Content)
	if err != nil {
		return err
	}
	entry, err := c.Store.Ledger.Get(ctx, list[0].Content)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, s := range list {
		if !s.isExplained(items) || known && !sameContent(entry.Content, s.Content) {
			c.reportStray(s)
			continue
		}
		if s.Unwanted {
			c.tally.Unwanted++
		}
		c.reportColumns(s.Event, s.Row, s.Differs)
	}
	return nil
}

// allRecords returns the records of a raw blob, of any type. A blob that is
// missing or unreadable has none.
func (c *check) allRecords(ctx context.Context, content audit.Content) ([]audit.Item, error) {
	body, err := c.Store.Raw(ctx, content)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrCorrupt) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	parsed, err := audit.Parse(body, audit.Everything)
	if errors.Is(err, audit.ErrNotArray) {
		return nil, nil
	}
	return parsed.Records, err
}

// isExplained reports whether the raw blob has the same record at the row's
// index, and this record precedes that of the first required claim.
func (s stray) isExplained(items []audit.Item) bool {
	i := slices.IndexFunc(items, func(item audit.Item) bool { return item.Index == s.Index })
	if i < 0 {
		return false
	}
	record := items[i].Record
	sum := sha256.Sum256(record.JSON)
	return string(events.Event{Record: record}.Position()) == s.At && bytes.Equal(sum[:], s.SHA256) &&
		(s.Required == nil || events.Event{Content: s.Content, Index: s.Index}.Precedes(s.Required.source()))
}

func (c *check) reportStray(s stray) {
	f := finding{Kind: rowUnexplained, What: s.Event, Where: s.Row,
		Expected: "a record in a raw blob", Found: "none: the row names " + sourceText(s.Content, s.Index)}
	if s.Required != nil {
		f.Kind, f.What = rowSource, s.Required.Event
		f.Expected, f.Found = sourceText(s.Required.Content, s.Required.Index), sourceText(s.Content, s.Index)
	}
	c.report.add(f)
}
