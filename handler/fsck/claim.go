package fsck

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A claim says that a record of a raw blob belongs in the event row at a
// position. Several records may claim one row: see the package's Terms.
type claim struct {
	At      string // the row's position
	Event   string // the event's id, in its key form
	Created time.Time
	Content audit.Content
	Index   int
	SHA256  []byte // of the record's JSON

	// Optional means that the row need not exist: the content blob is not done,
	// its entry is missing, or retention drops the row.
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

// sortKey returns the position of the row.
func (c claim) sortKey() string { return c.At }

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

// firstRequired returns the index of the first required claim to a row. The row
// must hold its record, or that of an earlier claim. If all claims are optional,
// firstRequired returns len(claims), and the row need not exist.
func firstRequired(claims []claim) int {
	i := slices.IndexFunc(claims, func(cl claim) bool { return !cl.Optional })
	if i < 0 {
		return len(claims)
	}
	return i
}
