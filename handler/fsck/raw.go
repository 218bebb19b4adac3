package fsck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// checkConcurrency is how many raw blobs are checked at the same time. Eight
// hide the latency of storage; each holds one decompressed body in memory.
const checkConcurrency = 8

// checkRaw reads every raw blob and compares it with its ledger entry. Its
// records claim the event rows and index entries that must exist.
func (c *check) checkRaw(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(checkConcurrency)
	read := 0
	inLedger := keyed[ledger.Entry]{c.ledgerEntries.sorted(), c.blobOf}
	stored := keyed[store.RawBlob]{c.Store.RawBlobs(ctx), func(b store.RawBlob) string { return b.Name }}
	err := mergeJoin(inLedger, stored, func(name string, entries []ledger.Entry, blobs []store.RawBlob) error {
		if len(blobs) == 0 {
			c.reportMissingBlob(name, entries)
			return nil
		}
		read++
		c.Progress("raw content: %d blobs, now at %s", read, name)
		g.Go(func() error { return c.checkBlob(ctx, blobs[0], entries) })
		return nil
	})
	return cmp.Or(g.Wait(), err)
}

// reportMissingBlob reports the entries that claim to have a blob. A blob is
// stored before its entry says so and is never deleted by the handler.
func (c *check) reportMissingBlob(name string, entries []ledger.Entry) {
	for _, e := range entries {
		if e.State == ledger.Done || e.Blob != "" {
			c.markDamaged(name)
			c.report.add(finding{Kind: rawMissing, What: e.ID, Where: name, Expected: "a raw blob: the content blob is " + string(e.State), Found: "none"})
		}
	}
}

func (c *check) checkBlob(ctx context.Context, blob store.RawBlob, entries []ledger.Entry) error {
	if blob.Err != nil {
		c.markDamaged(blob.Name)
		c.report.add(finding{Kind: rawMetadata, What: blob.Content.ID, Where: blob.Name,
			Expected: "metadata that give the blob's name", Found: metadataText(blob)})
		return nil
	}
	entries, err := c.entriesOf(ctx, blob, entries)
	if err != nil {
		return err
	}
	body, err := c.Store.Raw(ctx, blob.Content)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.reportMissingBlob(blob.Name, entries)
		return nil
	case errors.Is(err, store.ErrCorrupt):
		c.markDamaged(blob.Name)
		c.report.add(changedFinding(blob, err))
		return nil
	case err != nil:
		return err
	}
	parsed, parseErr := audit.Parse(body, c.Want)
	for _, e := range entries {
		c.checkState(e, parseErr)
		c.checkCounts(e, parsed)
	}
	return c.claimRecords(entries, parsed)
}

// metadataText describes what a raw blob's metadata say about its content
// blob. A value that is missing or invalid is empty, or the zero time.
func metadataText(blob store.RawBlob) string {
	return fmt.Sprintf("content id %q, created %s", blob.Content.ID, blob.Content.Created.Format(time.RFC3339Nano))
}

// changedFinding describes a raw blob whose bytes are not those that were
// stored. Its error says which bytes they are.
func changedFinding(blob store.RawBlob, err error) finding {
	f := finding{Kind: rawChanged, What: blob.Content.ID, Where: blob.Name, Expected: "the bytes that were stored", Found: "bytes that cannot be decompressed"}
	if sum, ok := errors.AsType[*store.ChecksumError](err); ok {
		f.Expected, f.Found = "SHA-256: "+cmp.Or(sum.Recorded, "none"), "SHA-256: "+sum.Actual
	}
	return f
}

// entriesOf returns the ledger entries of a raw blob. An entry that was added
// after the ledger was read is read now. An entry without a state stands in for
// a missing one, so that the blob's records are still claimed.
func (c *check) entriesOf(ctx context.Context, blob store.RawBlob, entries []ledger.Entry) ([]ledger.Entry, error) {
	for _, e := range entries {
		if created := blob.Content.Created; !created.Equal(e.Created) {
			c.report.add(finding{Kind: rawMetadata, What: e.ID, Where: blob.Name,
				Expected: "created " + e.Created.Format(time.RFC3339Nano), Found: "created " + created.Format(time.RFC3339Nano)})
		}
	}
	if len(entries) > 0 {
		return entries, nil
	}
	e, err := c.Store.Ledger.Get(ctx, blob.Content)
	if errors.Is(err, store.ErrNotFound) {
		c.report.add(finding{Kind: rawUnknown, What: blob.Content.ID, Where: blob.Name, Expected: "a ledger entry", Found: "none"})
		return []ledger.Entry{{Content: blob.Content}}, nil
	}
	return []ledger.Entry{e}, err
}

// checkState reports an entry whose state contradicts its raw blob.
func (c *check) checkState(e ledger.Entry, parseErr error) {
	expected := ledger.Done
	if parseErr != nil {
		expected = ledger.Unreadable
	}
	if e.State != "" && e.State != ledger.Pending && e.State != expected {
		c.report.add(finding{Kind: ledgerState, What: e.ID, Where: c.blobOf(e), Expected: string(expected), Found: string(e.State)})
	}
}

// checkCounts reports a done entry whose counts differ from those of its raw
// blob. A record older than the cut-off may or may not have been counted: it
// depends on the day of ingestion. So the number of rows may lie in a range.
func (c *check) checkCounts(e ledger.Entry, parsed audit.Parsed) {
	if e.State != ledger.Done {
		return
	}
	least, most := 0, len(parsed.Records)
	for _, item := range parsed.Records {
		if !item.Record.CreationTime.Before(c.Oldest) {
			least++
		}
	}
	events := e.Rows + e.Duplicates + e.Conflicts
	if e.Records == parsed.Total && e.Rejected == len(parsed.Rejects) && least <= events && events <= most {
		return
	}
	expected := fmt.Sprint(most)
	if least < most {
		expected = fmt.Sprintf("%d to %d", least, most)
	}
	const format = "records %d, rows and duplicates and conflicts %v, rejected %d"
	c.report.add(finding{Kind: ledgerCounts, What: e.ID, Where: c.blobOf(e),
		Expected: fmt.Sprintf(format, parsed.Total, expected, len(parsed.Rejects)),
		Found:    fmt.Sprintf(format, e.Records, events, e.Rejected)})
}

// claimRecords claims the row and the index entries of every record of a raw
// blob, once for each of the blob's entries.
func (c *check) claimRecords(entries []ledger.Entry, parsed audit.Parsed) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.Blobs++
	c.tally.Records += parsed.Total
	for _, e := range entries {
		for _, item := range parsed.Records {
			optional := e.State != ledger.Done || item.Record.CreationTime.Before(c.Oldest)
			if err := c.claims.add(newClaim(item, e.Content, optional)); err != nil {
				return err
			}
			if err := c.impliedTerms.add(newImpliedTerms(item.Record, optional)); err != nil {
				return err
			}
		}
	}
	return nil
}
