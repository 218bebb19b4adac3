package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// blobsInFlight is how many raw blobs are read at the same time.
const blobsInFlight = 8

// raw reads every raw blob, holds it against the ledger, and claims the rows
// and the index entries of its records.
func (c *check) raw(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(blobsInFlight)
	read := 0
	err := join(c.entries.sorted(), c.blobOf, c.store.RawBlobs(ctx), func(b store.RawBlob) string { return b.Name },
		func(name string, entries []store.Entry, blobs []store.RawBlob) error {
			if len(blobs) == 0 {
				c.withoutBlob(name, entries)
				return nil
			}
			read++
			c.progress.say("raw content: %d blobs, now at %s", read, name)
			g.Go(func() error { return c.blob(ctx, blobs[0], entries) })
			return nil
		})
	return cmp.Or(g.Wait(), err)
}

// withoutBlob reports the entries that say that there is a blob. Every blob is
// stored before its entry says so, and none is ever deleted.
func (c *check) withoutBlob(name string, entries []store.Entry) {
	for _, e := range entries {
		if e.State == store.Done || e.Blob != "" {
			c.damage(name)
			c.report.add(finding{Kind: rawMissing, What: e.ID, Where: name, Expected: "a blob: the content is " + string(e.State), Found: "none"})
		}
	}
}

// blob checks one raw blob.
func (c *check) blob(ctx context.Context, blob store.RawBlob, entries []store.Entry) error {
	if blob.Err != nil {
		c.damage(blob.Name)
		c.report.add(finding{Kind: rawMetadata, What: blob.Content.ID, Where: blob.Name, Expected: "metadata that lead to the blob's name", Found: "others"})
		return nil
	}
	entries, err := c.known(ctx, blob, entries)
	if err != nil {
		return err
	}
	body, err := c.store.Raw(ctx, blob.Content)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.withoutBlob(blob.Name, entries)
		return nil
	case errors.Is(err, store.ErrCorrupt):
		c.damage(blob.Name)
		c.report.add(finding{Kind: rawChanged, What: blob.Content.ID, Where: blob.Name, Expected: "the bytes of the recorded SHA-256", Found: "others"})
		return nil
	case err != nil:
		return err
	}
	parsed, parseErr := audit.Parse(body, c.want)
	for _, e := range entries {
		c.state(e, parseErr)
		c.counts(e, parsed)
	}
	return c.claim(blob, entries, parsed)
}

// known returns the entries of a blob's content. One that came into the
// ledger after it was read is read now; if there is none, one without a state
// stands for it.
func (c *check) known(ctx context.Context, blob store.RawBlob, entries []store.Entry) ([]store.Entry, error) {
	for _, e := range entries {
		if created := blob.Content.Created; !created.Equal(e.Created) {
			c.report.add(finding{Kind: rawMetadata, What: e.ID, Where: blob.Name,
				Expected: "created " + e.Created.Format(time.RFC3339Nano), Found: "created " + created.Format(time.RFC3339Nano)})
		}
	}
	if len(entries) > 0 {
		return entries, nil
	}
	e, err := c.store.Entry(ctx, blob.Content)
	if errors.Is(err, store.ErrNotFound) {
		c.report.add(finding{Kind: rawUnknown, What: blob.Content.ID, Where: blob.Name, Expected: "an entry of the ledger", Found: "none"})
		return []store.Entry{{Content: blob.Content}}, nil
	}
	return []store.Entry{e}, err
}

// state reports an entry whose state raw content contradicts.
func (c *check) state(e store.Entry, parseErr error) {
	expected := store.Done
	if parseErr != nil {
		expected = store.Unreadable
	}
	if e.State != "" && e.State != store.Pending && e.State != expected {
		c.report.add(finding{Kind: ledgerState, What: e.ID, Where: c.blobOf(e), Expected: string(expected), Found: string(e.State)})
	}
}

// counts reports an entry that is done and whose counts are not those of its
// content. A record that is older than retention keeps may have been counted
// before it was.
func (c *check) counts(e store.Entry, parsed audit.Parsed) {
	if e.State != store.Done {
		return
	}
	least, most := 0, len(parsed.Records)
	for _, item := range parsed.Records {
		if !item.Record.CreationTime.Before(c.oldest) {
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

// claim claims the rows and index entries of a content's records, for every entry that it has.
func (c *check) claim(blob store.RawBlob, entries []store.Entry, parsed audit.Parsed) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.Blobs++
	c.tally.Records += parsed.Total
	for _, e := range entries {
		for _, item := range parsed.Records {
			optional := e.State != store.Done || item.Record.CreationTime.Before(c.oldest)
			if err := c.claims.add(claimOf(item, e.Content, optional)); err != nil {
				return err
			}
			if err := c.leads.add(leadOf(item.Record, optional)); err != nil {
				return err
			}
		}
	}
	return nil
}
