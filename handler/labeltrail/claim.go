package main

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A claim is a record of raw content that claims a row: that of its event. Of
// several claims to one row, that of the earliest content is right.
type claim struct {
	At      string // position of the row
	Event   string // the event's id, as it is in keys
	Created time.Time
	Content *audit.Content
	Index   int
	SHA256  string // of the record's JSON

	// Optional: the row need not be there. The content is not done, or its
	// entry is missing, or retention has dropped or will drop the row.
	Optional bool
}

func claimOf(item audit.Item, content audit.Content, optional bool) claim {
	record := item.Record
	sum := sha256.Sum256(record.JSON)
	return claim{
		At:       string(store.Event{Record: record}.Position()),
		Event:    record.Key(),
		Created:  record.CreationTime,
		Content:  &content,
		Index:    item.Index,
		SHA256:   string(sum[:]),
		Optional: optional,
	}
}

func (c claim) row() string { return c.At }

// source is where the record lies, as the store compares it.
func (c claim) source() store.Event { return store.Event{Content: *c.Content, Index: c.Index} }

// daily is as much of a position as the events of somewhat more than a day
// have in common: its month and the first digits of its second.
func daily(at string) string { return at[:min(len(at), len("120000_99999"))] }

// sharing makes claims share the memory of their contents and their ids.
func sharing() func(*claim) {
	contents := map[audit.Content]*audit.Content{}
	return func(c *claim) {
		if contents[*c.Content] == nil {
			contents[*c.Content] = c.Content
		}
		c.Content = contents[*c.Content]
		if strings.HasSuffix(c.At, c.Event) {
			c.Event = c.At[len(c.At)-len(c.Event):]
		}
	}
}
