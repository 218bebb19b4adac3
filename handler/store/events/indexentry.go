package events

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// buckets is how many partitions the index of a month has. Terms share them,
// so that the entries of a few hundred events fill whole transactions; it is
// part of keys and never changes.
const buckets = 64

// A termKey is where the entries of a term are: one range of keys in one
// partition of every month.
type termKey struct {
	bucket string // PartitionKey
	start  string // of the RowKey, up to the second
}

func keyOfTerm(t Term) termKey {
	sum := sha256.Sum256([]byte(t.value))
	return termKey{
		bucket: fmt.Sprintf("b%02d", sum[0]%buckets),
		start:  string(t.kind) + "_" + hex.EncodeToString(sum[:8]) + "_",
	}
}

// An entry is one row of the index, which is all key: that this event has this
// term. It is a function of the event alone, like the event's row.
type entry struct {
	month       keys.Month
	bucket, key string
}

func entryOf(t Term, e eventKey) entry {
	k := keyOfTerm(t)
	return entry{e.month, k.bucket, k.start + e.row()}
}

func (e entry) table() string { return e.month.Table(indexPrefix) }

// name is where the entry is, for people.
func (e entry) name() string { return e.table() + "/" + e.bucket + "/" + e.key }

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.key, b.key))
}

// eventKeyOf reads the event's key out of an entry's.
func eventKeyOf(m keys.Month, rowKey string) (eventKey, error) {
	parts := strings.SplitN(rowKey, "_", 3)
	if len(parts) != 3 {
		return eventKey{}, fmt.Errorf("%q is no index entry: %w", rowKey, storage.ErrCorrupt)
	}
	key, err := eventKeyOfRow(m, parts[2])
	if err != nil {
		return eventKey{}, fmt.Errorf("index entry %s: %w: %w", rowKey, storage.ErrCorrupt, err)
	}
	return key, nil
}

// entries are all entries of these events, each once, in the order of their
// tables and keys.
func entries(events []Event) []entry {
	var all []entry
	for _, e := range events {
		key := keyOf(e)
		for _, t := range terms(&e.Record) {
			all = append(all, entryOf(t, key))
		}
	}
	slices.SortFunc(all, compareEntries)
	return slices.Compact(all)
}

// entryBatches cuts sorted entries into what one transaction may hold.
func entryBatches(entries []entry) iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && n < tables.MaxOperations &&
				entries[n].month == entries[0].month && entries[n].bucket == entries[0].bucket {
				n++
			}
			if !yield(entries[:n:n]) {
				return
			}
			entries = entries[n:]
		}
	}
}
