package fsck

import (
	"cmp"
	"context"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// checkLedger reads the ledger. It reports entries that contradict themselves
// and hands the others to checkRaw.
func (c *check) checkLedger(ctx context.Context) error {
	for e, err := range c.Store.Ledger.Check(ctx) {
		if err != nil {
			return err
		}
		if e.Fault != "" {
			c.report.add(ledgerFinding(e))
			continue
		}
		c.Progress("ledger: %d content blobs", c.tally.LedgerEntries)
		c.countEntry(e)
		if blob := c.blobOf(e.Entry); e.Blob != blob && (e.Blob != "" || e.State == ledger.Done) {
			c.report.add(finding{Kind: ledgerBlob, What: e.ID, Where: e.Row, Expected: blob, Found: cmp.Or(e.Blob, "none")})
		}
		if err := c.ledgerEntries.add(e.Entry); err != nil {
			return err
		}
	}
	return nil
}

// ledgerFinding describes a row of the ledger that contradicts itself or its
// partner.
func ledgerFinding(e ledger.Checked) finding {
	f := finding{What: e.ID, Where: e.Row}
	switch e.Fault {
	case ledger.WithoutPendingRow:
		f.Kind, f.Expected, f.Found = pendingWithoutPointer, "a pending row", "none"
	case ledger.WithoutEntry:
		f.Kind, f.Expected, f.Found = pointerWithoutPending, "a pending entry", "none"
		if e.State != "" {
			f.Found = "an entry that is " + string(e.State)
		}
	default:
		f.Kind, f.Expected, f.Found = ledgerMisfiled, "the key of its content blob", keyText(e.Row)
	}
	return f
}

// countEntry counts an entry by its state and lists it unless it is done.
func (c *check) countEntry(e ledger.Checked) {
	c.tally.LedgerEntries++
	f := finding{What: e.ID, Where: e.Row, Found: e.Error}
	switch e.State {
	case ledger.Done:
		c.tally.Done++
		return
	case ledger.Pending:
		c.tally.Pending++
		f.Kind = contentPending
		if e.Error == "" {
			f.Found = fmt.Sprintf("tried %d times", e.Tries)
		}
	case ledger.Lost:
		c.tally.Lost++
		f.Kind = contentLost
	case ledger.Unreadable:
		c.tally.Unreadable++
		f.Kind = contentUnreadable
	}
	c.report.add(f)
}
