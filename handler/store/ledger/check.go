package ledger

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// A Fault is how a row of the ledger contradicts itself or its partner.
type Fault string

const (
	// Misfiled means that the row's columns do not give its key.
	Misfiled Fault = "misfiled"
	// WithoutPendingRow means that the entry is pending but has no pending row, so no
	// drain will find it. Its text, like the findings of fsck, says pointer for the
	// pending row: operators may search for it.
	WithoutPendingRow Fault = "without pointer"
	// WithoutEntry means that there is a pending row, but the entry is not pending,
	// or does not exist. In the latter case State is "".
	WithoutEntry Fault = "without entry"
)

// Checked is an entry that is in order, or a row of the ledger and its Fault.
type Checked struct {
	Entry
	Fault Fault
	Row   string // its table, PartitionKey and RowKey
}

// Check reads the whole ledger, newest month first. It yields every entry that is
// stored under its key, and every fault. It holds the pending entries of one
// content type and month in memory. Entries may be added and settled while it
// runs: it reads what looks like a fault again before it yields it.
func (l *Ledger) Check(ctx context.Context) iter.Seq2[Checked, error] {
	return func(yield func(Checked, error) bool) {
		c := checker{yield: yield}
		if err := c.run(ctx, l.tables); err != nil {
			yield(Checked{}, fmt.Errorf("check ledger: %w", err))
		}
	}
}

// A checker is one call of [Ledger.Check]. It checks one partition at a time.
type checker struct {
	yield   func(Checked, error) bool
	stopped bool // the caller has stopped reading

	table     tables.Table
	month     keys.Month
	partition string           // the partition; "" before the first row
	pending   map[string]Entry // entries whose pending row has not come yet, by its RowKey
}

// run reads the rows in key order: in a partition, entries come before pending
// rows.
func (c *checker) run(ctx context.Context, service *tables.Service) error {
	for row, err := range service.AllRows(ctx, tablePrefix, tables.Query{}) {
		if err != nil {
			return err
		}
		if row.Month != c.month || row.Partition() != c.partition {
			if err := c.endPartition(ctx); err != nil || c.stopped {
				return err
			}
			c.table, c.month, c.partition, c.pending = row.Table, row.Month, strings.Clone(row.Partition()), map[string]Entry{}
		}
		if err := c.check(ctx, row); err != nil || c.stopped {
			return err
		}
	}
	return c.endPartition(ctx)
}

func (c *checker) check(ctx context.Context, row tables.MonthRow) error {
	e, err := readEntry(row.Properties)
	k := keyOf(e.Content)
	isFiled := err == nil && e.State.isValid() && keys.CheckContent(e.Content) == nil && k.month == c.month && k.partition == c.partition
	switch {
	case isFiled && row.Key() == k.row():
		if e.State == Pending {
			c.pending[k.pendingRow(e.Expiration)] = e
		}
		c.emit(Checked{Entry: e, Row: row.Name()})
	case isFiled && row.Key() == k.pendingRow(e.Expiration):
		if _, found := c.pending[row.Key()]; !found {
			return c.checkOrphan(ctx, e)
		}
		delete(c.pending, row.Key())
	default:
		c.emit(Checked{Entry: e, Fault: Misfiled, Row: row.Name()})
	}
	return nil
}

// endPartition yields the pending entries of the partition that have no pending
// row. It reads the pending row before the entry: an entry that has been settled
// meanwhile is no longer pending, and one that has been listed after a notification
// may have another expiration, and so another pending row.
func (c *checker) endPartition(ctx context.Context) error {
	for key, e := range c.pending {
		found, err := c.hasPendingRow(ctx, e)
		if err != nil {
			return err
		}
		own, err := c.reread(ctx, e)
		if err != nil {
			return err
		}
		if own.State == Pending && own.Expiration.Equal(e.Expiration) && !found {
			c.emit(Checked{Entry: own, Fault: WithoutPendingRow, Row: c.name(key)})
		}
	}
	return nil
}

// checkOrphan yields the pending row of e unless its entry has appeared meanwhile.
// It reads the pending row after the entry: the pending row of an entry that has
// been settled is gone by then.
func (c *checker) checkOrphan(ctx context.Context, e Entry) error {
	own, err := c.reread(ctx, e)
	if err != nil || own.State == Pending && own.Expiration.Equal(e.Expiration) {
		return err
	}
	found, err := c.hasPendingRow(ctx, e)
	if err != nil || !found {
		return err
	}
	e.State = own.State
	c.emit(Checked{Entry: e, Fault: WithoutEntry, Row: c.name(keyOf(e.Content).pendingRow(e.Expiration))})
	return nil
}

// reread returns the stored entry; the zero Entry if the ledger does not hold it.
func (c *checker) reread(ctx context.Context, e Entry) (Entry, error) {
	row, _, err := c.table.Get(ctx, c.partition, keyOf(e.Content).row())
	if errors.Is(err, storage.ErrNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	return readEntry(row)
}

// hasPendingRow reports whether the entry's pending row is stored now.
func (c *checker) hasPendingRow(ctx context.Context, e Entry) (bool, error) {
	_, _, err := c.table.Get(ctx, c.partition, keyOf(e.Content).pendingRow(e.Expiration))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *checker) emit(e Checked) {
	if !c.stopped {
		c.stopped = !c.yield(e, nil)
	}
}

func (c *checker) name(key string) string { return c.table.Name + "/" + c.partition + "/" + key }
