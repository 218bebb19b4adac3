package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A stray is a row whose source none of the claims to it is. That may still be
// in order: the content came in after raw content was read, or the record is
// of a type that was wanted once.
type stray struct {
	Blob     string // of its source
	Event    string
	At       string
	Row      string
	Content  audit.Content
	Index    int
	SHA256   string
	Unwanted bool
	Differs  []string

	// Rightful is the claim that it is there instead of; nil if there is none.
	Rightful *claim
}

func (s stray) raw() string { return s.Blob }

func (c *check) strayOf(claims []claim, row store.CheckedEvent) stray {
	s := stray{
		Blob: c.store.RawName(row.Content), At: string(row.At), Row: row.Row, Content: row.Content, Index: row.Index,
		SHA256: string(row.SHA256[:]), Event: row.Record.Key(), Unwanted: !c.want.Wants(row.Record.RecordType), Differs: row.Differs,
	}
	if i := rightful(claims); i < len(claims) {
		s.Rightful = &claims[i]
	}
	return s
}

// explain looks once more for what explains the strays, blob by blob.
func (c *check) explain(ctx context.Context) error {
	strays, err := newCursor(c.strays.sorted(), stray.raw)
	defer strays.stop()
	for err == nil && strays.ok {
		var list []stray
		if list, err = strays.take(strays.at); err == nil {
			err = c.explainAll(ctx, list)
		}
	}
	return err
}

// explainAll is explain for the strays of one blob.
func (c *check) explainAll(ctx context.Context, list []stray) error {
	if c.damaged[list[0].Blob] {
		c.tally.Unproven += len(list)
		return nil
	}
	items, err := c.items(ctx, list[0].Content)
	if err != nil {
		return err
	}
	entry, err := c.store.Entry(ctx, list[0].Content)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for _, s := range list {
		if !s.explained(items) || known && !sameContent(entry.Content, s.Content) {
			c.unexplained(s)
			continue
		}
		if s.Unwanted {
			c.tally.Unwanted++
		}
		c.columns(s.Event, s.Row, s.Differs)
	}
	return nil
}

// items are all records of a content, of any type; none if there is no such
// content that can be read.
func (c *check) items(ctx context.Context, content audit.Content) ([]audit.Item, error) {
	body, err := c.store.Raw(ctx, content)
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

// explained reports whether the record is where the row says, the same, and
// not later than the one that the row should be of.
func (s stray) explained(items []audit.Item) bool {
	i := slices.IndexFunc(items, func(item audit.Item) bool { return item.Index == s.Index })
	if i < 0 {
		return false
	}
	record := items[i].Record
	sum := sha256.Sum256(record.JSON)
	return string(store.Event{Record: record}.Position()) == s.At && string(sum[:]) == s.SHA256 &&
		(s.Rightful == nil || store.Event{Content: s.Content, Index: s.Index}.Precedes(s.Rightful.source()))
}

func (c *check) unexplained(s stray) {
	f := finding{Kind: rowUnexplained, What: s.Event, Where: s.Row,
		Expected: "a record in raw content", Found: "none that is " + source(s.Content, s.Index)}
	if s.Rightful != nil {
		f.Kind, f.What = rowSource, s.Rightful.Event
		f.Expected, f.Found = source(*s.Rightful.Content, s.Rightful.Index), source(s.Content, s.Index)
	}
	c.report.add(f)
}
