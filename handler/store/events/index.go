package events

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// buckets is how many partitions a month's index has. Terms share them, so that
// the entries of a few hundred events fill whole transactions. The number is part
// of keys and never changes.
const buckets = 64

// A termKey is the key prefix of a term's posting list: one range of keys in one
// partition of every month.
type termKey struct {
	bucket string // PartitionKey
	prefix string // of the RowKey, up to the second
}

func keyOfTerm(t Term) termKey {
	sum := sha256.Sum256([]byte(t.value))
	return termKey{
		bucket: fmt.Sprintf("b%02d", sum[0]%buckets),
		prefix: string(t.letter) + "_" + hex.EncodeToString(sum[:8]) + "_",
	}
}

// name returns the term's name for [IndexTerms].
func (k termKey) name() string { return k.bucket + "/" + k.prefix }

// An entry is one entry of the index, which is all key: this event has this term.
// It is a function of the event alone.
type entry struct {
	month       keys.Month
	bucket, key string
}

func entryOf(t Term, e eventKey) entry {
	k := keyOfTerm(t)
	return entry{e.month, k.bucket, k.prefix + e.row()}
}

func (e entry) table() string { return e.month.Table(indexPrefix) }

// name returns the entry's table, PartitionKey and RowKey, for people.
func (e entry) name() string { return e.table() + "/" + e.bucket + "/" + e.key }

func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(b.month, a.month), cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.key, b.key))
}

// eventKeyOfEntry returns the event's key in the RowKey of an entry.
func eventKeyOfEntry(m keys.Month, rowKey string) (eventKey, error) {
	parts := strings.SplitN(rowKey, "_", 3)
	if len(parts) != 3 {
		return eventKey{}, fmt.Errorf("invalid index entry %q: %w", rowKey, storage.ErrCorrupt)
	}
	key, err := eventKeyOfRow(m, parts[2])
	if err != nil {
		return eventKey{}, fmt.Errorf("index entry %s: %w: %w", rowKey, storage.ErrCorrupt, err)
	}
	return key, nil
}

// entriesOf returns the entries of events, each once, in the order of their tables
// and keys.
func entriesOf(events []Event) []entry {
	var all []entry
	for _, e := range events {
		key := keyOf(e)
		for _, t := range termsOf(&e.Record) {
			all = append(all, entryOf(t, key))
		}
	}
	slices.SortFunc(all, compareEntries)
	return slices.Compact(all)
}

// entryBatches splits sorted entries into batches that one transaction can hold.
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

// writeIndex writes the index entries of events. Existing entries are written
// again. An event that lost a conflict gets entries too, so that the set of entries
// does not depend on the order of writes. They find the row that won, whose record
// may lack the term; readers check that.
func (ev *Events) writeIndex(ctx context.Context, events []Event) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(tables.InFlight)
	for batch := range entryBatches(entriesOf(events)) {
		g.Go(func() error { return ev.writeEntries(ctx, batch) })
	}
	return g.Wait()
}

// writeEntries writes one batch. It first tries to insert all entries, which is
// enough for new events. Azurite takes three times as long to replace them.
func (ev *Events) writeEntries(ctx context.Context, batch []entry) error {
	t := ev.tables.Table(batch[0].table())
	write := tables.Insert
	for range tables.MaxRounds {
		ops := make([]tables.Operation, len(batch))
		for i, e := range batch {
			ops[i] = write(tables.NewEntity(e.bucket, e.key))
		}
		verdict, err := t.Submit(ctx, ops)
		if err != nil || verdict == tables.Applied {
			return err
		}
		// Some exist, or all of them and the response was lost. It is cheaper to
		// write all of them again than to read which.
		write = tables.Put
	}
	return fmt.Errorf("write %s: %w %d times", t.Name, storage.ErrConflict, tables.MaxRounds)
}
