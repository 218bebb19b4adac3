package fsck

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// checkRows reads every event row and compares it with the claims to it. Rows
// that no claim matches go to checkStrays.
func (c *check) checkRows(ctx context.Context) error {
	claimed := keyed[claim]{c.claims.sorted(), claim.sortKey}
	stored := keyed[events.Checked]{c.placedRows(ctx), func(r events.Checked) string { return string(r.At) }}
	return mergeJoin(claimed, stored, func(_ string, claims []claim, rows []events.Checked) error {
		if err := c.addID(claims); err != nil {
			return err
		}
		if len(rows) == 0 {
			c.reportMissingRow(claims)
			return nil
		}
		return c.checkRow(claims, rows[0])
	})
}

// placedRows yields the rows whose key is that of an event. It reports the others.
func (c *check) placedRows(ctx context.Context) iter.Seq2[events.Checked, error] {
	return func(yield func(events.Checked, error) bool) {
		for row, err := range c.Store.Events.Check(ctx) {
			c.Progress("rows: %d", c.tally.Rows)
			if err == nil {
				c.tally.Rows++
			}
			if err == nil && row.At == "" {
				c.report.add(finding{Kind: rowUnexplained, What: row.Record.Key(), Where: row.Row,
					Expected: "the key of an event", Found: keyText(row.Row)})
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

func (c *check) reportMissingRow(claims []claim) {
	if i := firstRequired(claims); i < len(claims) {
		cl := claims[i]
		c.report.add(finding{Kind: rowMissing, What: cl.Event, Where: c.Store.RawName(cl.Content),
			Expected: "a row of " + sourceText(cl.Content, cl.Index), Found: "none"})
	}
}

// keyText describes the key of a row, of which row is the name: table,
// PartitionKey and RowKey.
func keyText(row string) string {
	_, key, _ := strings.Cut(row, "/")
	return "the key " + key
}

// checkRow compares a row with the claims to it, which are in order of
// precedence. A row that names a record without a claim is a stray.
func (c *check) checkRow(claims []claim, row events.Checked) error {
	named := slices.IndexFunc(claims, func(cl claim) bool { return cl.Content.ID == row.Content.ID && cl.Index == row.Index })
	if named < 0 && row.Err != nil {
		c.reportUnreadableRow(claims, row)
		return nil
	}
	if named < 0 {
		return c.strays.add(c.newStray(claims, row))
	}
	cl := claims[named]
	// A required claim that precedes the named one should have replaced it in
	// the row.
	owner := min(named, firstRequired(claims))
	if owner < named || !sameContent(cl.Content, row.Content) {
		c.report.add(finding{Kind: rowSource, What: cl.Event, Where: row.Row,
			Expected: sourceText(claims[owner].Content, claims[owner].Index), Found: sourceText(row.Content, row.Index)})
	}
	if row.Err != nil {
		c.reportUnreadableRow(claims[named:], row)
		return nil
	}
	if !bytes.Equal(cl.SHA256, row.SHA256[:]) {
		c.report.add(finding{Kind: rowRecord, What: cl.Event, Where: row.Row,
			Expected: fmt.Sprintf("SHA-256: %x, the JSON of %s", cl.SHA256, sourceText(cl.Content, cl.Index)),
			Found:    fmt.Sprintf("SHA-256: %x", row.SHA256)})
		return nil
	}
	c.reportColumns(cl.Event, row.Row, row.Differs)
	return nil
}

// reportUnreadableRow reports a row whose record cannot be read. A large
// record is kept in the raw blob alone; if that blob was reported, the row is
// only counted.
func (c *check) reportUnreadableRow(claims []claim, row events.Checked) {
	if c.damaged[c.Store.RawName(row.Content)] {
		c.tally.Unproven++
		return
	}
	f := finding{Kind: rowUnexplained, Where: row.Row, Expected: "a record in a raw blob", Found: "a row that cannot be read"}
	if len(claims) > 0 {
		f.Kind, f.What = rowRecord, claims[0].Event
		f.Expected = "the JSON of " + sourceText(claims[0].Content, claims[0].Index)
	}
	c.report.add(f)
}

// reportColumns names the columns that differ. It leaves out their values,
// which are personal data.
func (c *check) reportColumns(event, row string, differ []string) {
	if len(differ) > 0 {
		c.report.add(finding{Kind: rowColumns, What: event, Where: row,
			Expected: "columns as the record gives them", Found: "different: " + strings.Join(differ, ",")})
	}
}

func sameContent(a, b audit.Content) bool {
	return a.ID == b.ID && a.Type == b.Type && a.Created.Equal(b.Created)
}

// sourceText describes a record by its content blob and its index in there.
func sourceText(c audit.Content, index int) string {
	return fmt.Sprintf("record %d of %s %s created %s", index, c.Type, c.ID, c.Created.UTC().Format(time.RFC3339Nano))
}
