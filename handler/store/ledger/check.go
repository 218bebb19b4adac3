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

// LedgerFault says how a row of the ledger contradicts itself or its partner.
type Fault string

const (
	// Misfiled: what the row says of its content does not lead to its key.
	Misfiled Fault = "misfiled"
	// WithoutPointer: the entry is pending, but has no pending row, so that no
	// drain will come upon it.
	WithoutPointer Fault = "without pointer"
	// WithoutEntry: the pending row is of an entry that is not pending, or not
	// there at all, in which case the State is "".
	WithoutEntry Fault = "without entry"
)

// CheckedEntry is an entry, or, if there is a Fault, a row of the ledger and
// what is wrong with it.
type Checked struct {
	Entry
	Fault Fault
	Row   string // its table, PartitionKey and RowKey
}

// CheckedEntries reads the whole ledger, month by month, and yields every
// entry that lies where it belongs, and every fault. Its memory is that of the
// pending entries of one content type and month. Entries may be added and
// settled meanwhile: what looks like a fault is read again before it is one.
func (l *Ledger) Check(ctx context.Context) iter.Seq2[Checked, error] {
	return func(yield func(Checked, error) bool) {
		months, err := l.tables.Months(ctx, tablePrefix)
		if err != nil {
			yield(Checked{}, fmt.Errorf("check ledger: %w", err))
			return
		}
		for _, m := range months {
			c := ledgerCheck{table: l.tables.Table(m.Table(tablePrefix)), month: m, yield: yield}
			if err := c.run(ctx); err != nil {
				yield(Checked{}, fmt.Errorf("check ledger: %w", err))
				return
			}
			if c.ended {
				return
			}
		}
	}
}

// ledgerCheck is the check of one month's table.
type ledgerCheck struct {
	table   tables.Table
	month   keys.Month
	yield   func(Checked, error) bool
	ended   bool // the caller takes no more
	kind    string
	pending map[string]Entry // entries of this kind that need a pending row, by its key
}

// run reads the rows in their order: within a kind of content, the entries
// come before the pending rows.
func (c *ledgerCheck) run(ctx context.Context) error {
	for f, err := range c.table.Rows(ctx, tables.Query{}) {
		if err != nil {
			return err
		}
		if f.Partition() != c.kind {
			if err := c.unpointed(ctx); err != nil {
				return err
			}
			c.kind, c.pending = strings.Clone(f.Partition()), map[string]Entry{}
		}
		if err := c.row(ctx, f); err != nil || c.ended {
			return err
		}
	}
	return c.unpointed(ctx)
}

func (c *ledgerCheck) row(ctx context.Context, f tables.Properties) error {
	e, err := readEntry(f)
	k := keyOf(e.Content)
	filed := err == nil && e.State.valid() && keys.CheckContent(e.Content) == nil && k.month == c.month && k.kind == c.kind
	switch {
	case filed && f.Key() == k.row():
		if e.State == Pending {
			c.pending[k.pendingRow(e.Expiration)] = e
		}
		c.emit(Checked{Entry: e, Row: c.name(f.Key())})
	case filed && f.Key() == k.pendingRow(e.Expiration):
		if _, found := c.pending[f.Key()]; !found {
			return c.withoutEntry(ctx, e)
		}
		delete(c.pending, f.Key())
	default:
		c.emit(Checked{Entry: e, Fault: Misfiled, Row: c.name(f.Key())})
	}
	return nil
}

// unpointed reports the entries of the kind that is at its end whose pending
// row did not come, and is not there now. It is read before the entry is: one
// that was settled in the meantime is not pending any more, and one that was
// listed after a notice may have another expiration and with it another row.
func (c *ledgerCheck) unpointed(ctx context.Context) error {
	for key, e := range c.pending {
		pointed, err := c.pointed(ctx, e)
		if err != nil {
			return err
		}
		own, err := c.own(ctx, e)
		if err != nil {
			return err
		}
		if own.State == Pending && own.Expiration.Equal(e.Expiration) && !pointed {
			c.emit(Checked{Entry: own, Fault: WithoutPointer, Row: c.name(key)})
		}
	}
	return nil
}

// withoutEntry reports the pending row of e unless all is in order by now. It
// is read after the entry is: one that is final has lost it by then.
func (c *ledgerCheck) withoutEntry(ctx context.Context, e Entry) error {
	own, err := c.own(ctx, e)
	if err != nil || own.State == Pending && own.Expiration.Equal(e.Expiration) {
		return err
	}
	pointed, err := c.pointed(ctx, e)
	if err != nil || !pointed {
		return err
	}
	e.State = own.State
	c.emit(Checked{Entry: e, Fault: WithoutEntry, Row: c.name(keyOf(e.Content).pendingRow(e.Expiration))})
	return nil
}

// own reads the entry as it is now: the zero Entry if there is none.
func (c *ledgerCheck) own(ctx context.Context, e Entry) (Entry, error) {
	f, _, err := c.table.Get(ctx, c.kind, keyOf(e.Content).row())
	if errors.Is(err, storage.ErrNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	return readEntry(f)
}

// pointed reports whether the entry's pending row is there now.
func (c *ledgerCheck) pointed(ctx context.Context, e Entry) (bool, error) {
	_, _, err := c.table.Get(ctx, c.kind, keyOf(e.Content).pendingRow(e.Expiration))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *ledgerCheck) emit(e Checked) {
	if !c.ended {
		c.ended = !c.yield(e, nil)
	}
}

func (c *ledgerCheck) name(key string) string { return c.table.Name + "/" + c.kind + "/" + key }
