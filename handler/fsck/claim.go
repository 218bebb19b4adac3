package fsck

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A claim says that a record of a raw blob belongs in an event row. Several
// content blobs may hold the same event; the row belongs to the earliest.
type claim struct {
	At      string // position of the row
	Event   string // the event's id, in its key form
	Created time.Time
	Content audit.Content
	Index   int
	SHA256  []byte // of the record's JSON

	// Optional claims need no row: the content blob is not done, its entry is
	// missing, or retention drops the row.
	Optional bool
}

func newClaim(item audit.Item, content audit.Content, optional bool) claim {
	record := item.Record
	sum := sha256.Sum256(record.JSON)
	return claim{
		At:       string(events.Event{Record: record}.Position()),
		Event:    record.Key(),
		Created:  record.CreationTime,
		Content:  content,
		Index:    item.Index,
		SHA256:   sum[:],
		Optional: optional,
	}
}

func (c claim) row() string { return c.At }

// source is where the record lies, in the form that the store compares.
func (c claim) source() events.Event { return events.Event{Content: c.Content, Index: c.Index} }

// compareClaims orders claims by row, and those to one row by precedence.
func compareClaims(a, b claim) int {
	switch {
	case a.At != b.At:
		return strings.Compare(a.At, b.At)
	case a.source().Precedes(b.source()):
		return -1
	case b.source().Precedes(a.source()):
		return 1
	}
	return 0
}

// firstRequired returns the index of the first claim that must have a row. An
// earlier, optional claim may own the row instead. If all are optional it
// returns len(claims).
func firstRequired(claims []claim) int {
	i := slices.IndexFunc(claims, func(cl claim) bool { return !cl.Optional })
	if i < 0 {
		return len(claims)
	}
	return i
}
