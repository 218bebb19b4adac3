package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// LedgerFault says how a row of the ledger contradicts itself or its partner.
type LedgerFault string

const (
	// Misfiled: what the row says of its content does not lead to its key.
	Misfiled LedgerFault = "misfiled"
	// WithoutPointer: the entry is pending, but has no pending row, so that no
	// drain will come upon it.
	WithoutPointer LedgerFault = "without pointer"
	// WithoutEntry: the pending row is of an entry that is not pending, or not
	// there at all, in which case the State is "".
	WithoutEntry LedgerFault = "without entry"
)

// CheckedEntry is an entry, or, if there is a Fault, a row of the ledger and
// what is wrong with it.
type CheckedEntry struct {
	Entry
	Fault LedgerFault
	Row   string // its table, PartitionKey and RowKey
}

// CheckedEntries reads the whole ledger, month by month, and yields every
// entry that lies where it belongs, and every fault. Its memory is that of the
// pending entries of one content type and month. Entries may be added and
// settled meanwhile: what looks like a fault is read again before it is one.
func (s *Store) CheckedEntries(ctx context.Context) iter.Seq2[CheckedEntry, error] {
	return func(yield func(CheckedEntry, error) bool) {
		months, err := s.months(ctx, contentPrefix)
		if err != nil {
			yield(CheckedEntry{}, fmt.Errorf("check ledger: %w", err))
			return
		}
		for _, m := range months {
			c := ledgerCheck{table: s.table(m.table(contentPrefix)), month: m, yield: yield}
			if err := c.run(ctx); err != nil {
				yield(CheckedEntry{}, fmt.Errorf("check ledger: %w", err))
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
	table   table
	month   month
	yield   func(CheckedEntry, error) bool
	ended   bool // the caller takes no more
	kind    string
	pending map[string]Entry // entries of this kind that need a pending row, by its key
}

// run reads the rows in their order: within a kind of content, the entries
// come before the pending rows.
func (c *ledgerCheck) run(ctx context.Context) error {
	for f, err := range c.table.rows(ctx, query{}) {
		if err != nil {
			return err
		}
		if f.partition() != c.kind {
			if err := c.unpointed(ctx); err != nil {
				return err
			}
			c.kind, c.pending = strings.Clone(f.partition()), map[string]Entry{}
		}
		if err := c.row(ctx, f); err != nil || c.ended {
			return err
		}
	}
	return c.unpointed(ctx)
}

func (c *ledgerCheck) row(ctx context.Context, f fields) error {
	e, err := readEntry(f)
	k := ledgerKeyOf(e.Content)
	filed := err == nil && e.State.valid() && checkContent(e.Content) == nil && k.month == c.month && k.kind == c.kind
	switch {
	case filed && f.key() == k.row():
		if e.State == Pending {
			c.pending[k.pendingRow(e.Expiration)] = e
		}
		c.emit(CheckedEntry{Entry: e, Row: c.name(f.key())})
	case filed && f.key() == k.pendingRow(e.Expiration):
		if _, found := c.pending[f.key()]; !found {
			return c.withoutEntry(ctx, e)
		}
		delete(c.pending, f.key())
	default:
		c.emit(CheckedEntry{Entry: e, Fault: Misfiled, Row: c.name(f.key())})
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
			c.emit(CheckedEntry{Entry: own, Fault: WithoutPointer, Row: c.name(key)})
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
	c.emit(CheckedEntry{Entry: e, Fault: WithoutEntry, Row: c.name(ledgerKeyOf(e.Content).pendingRow(e.Expiration))})
	return nil
}

// own reads the entry as it is now: the zero Entry if there is none.
func (c *ledgerCheck) own(ctx context.Context, e Entry) (Entry, error) {
	f, _, err := c.table.get(ctx, c.kind, ledgerKeyOf(e.Content).row())
	if errors.Is(err, ErrNotFound) {
		return Entry{}, nil
	}
	if err != nil {
		return Entry{}, err
	}
	return readEntry(f)
}

// pointed reports whether the entry's pending row is there now.
func (c *ledgerCheck) pointed(ctx context.Context, e Entry) (bool, error) {
	_, _, err := c.table.get(ctx, c.kind, ledgerKeyOf(e.Content).pendingRow(e.Expiration))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (c *ledgerCheck) emit(e CheckedEntry) {
	if !c.ended {
		c.ended = !c.yield(e, nil)
	}
}

func (c *ledgerCheck) name(key string) string { return c.table.name + "/" + c.kind + "/" + key }
