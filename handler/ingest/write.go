package ingest

import (
	"context"

	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Log messages, at level ERROR, for content blobs whose events will not be in
// the trail. The alert rules in infra/alerts.bicep match them, and a test there
// keeps the two in step.
const (
	logLost       = "content lost"
	logUnreadable = "content unreadable"
)

// Limits on one write batch. All records of a batch are in memory at once,
// plus up to Concurrency bodies (at most bodyRoom bytes). Concurrent drains
// divide batchRecords, Concurrency and bodyRoom between them.
//
// The first batch is small and each further one may be twice as large, so that
// a process that is killed again and again makes progress every time.
const (
	firstRecords = 500    // in the first batch
	batchRecords = 10_000 // in a full batch, so that the transactions of an hour are full as well
	batchBlobs   = 500    // content blobs in a batch, however few records they have
)

// inBatches gathers what was loaded into batches and calls write with each. A
// batch ends once it holds enough records (records, or fewer for the first ones)
// or batchBlobs content blobs. A content blob is never divided.
func inBatches(ctx context.Context, in <-chan loaded, records int, write func([]loaded) error) error {
	var batch []loaded
	n, full := 0, min(firstRecords, records)
	for l := range in {
		batch = append(batch, l)
		n += len(l.events)
		if n < full && len(batch) < batchBlobs {
			continue
		}
		if err := write(batch); err != nil {
			return err
		}
		batch, n, full = nil, 0, min(2*full, records)
	}
	if ctx.Err() != nil || len(batch) == 0 {
		return ctx.Err()
	}
	return write(batch)
}

// write writes the rows of a batch and then settles its ledger entries. A crash
// between the two leaves the entries pending: the next attempt finds the rows
// as they must be, and settles.
func (d *drain) write(ctx context.Context, batch []loaded) error {
	err := d.writeRows(ctx, batch)
	if err != nil && !storageRefuses(ctx, err) {
		return err
	}
	if err != nil {
		d.writeEach(ctx, batch, func(i int, err error) {
			batch[i].entry = d.refused(ctx, batch[i].entry, "RowsRefused", err)
		})
	}
	entries := make([]ledger.Entry, len(batch))
	for i, l := range batch {
		entries[i] = l.entry
	}
	if err := d.beforeSettle(ctx); err != nil {
		return err
	}
	for _, e := range entries {
		d.logGivenUp(ctx, e)
	}
	if err := d.cfg.Store.Ledger.Settle(ctx, entries); err != nil {
		return err
	}
	for _, l := range batch {
		d.stats.Touched[ledger.Day(l.entry.Created)] = true
		d.stats.add(l)
	}
	return nil
}

// beforeSettle calls BeforeSettle, once in a drain.
func (d *drain) beforeSettle(ctx context.Context) error {
	if d.announced || d.BeforeSettle == nil {
		return nil
	}
	d.announced = true
	return d.BeforeSettle(ctx)
}

// logGivenUp logs an entry that is lost or unreadable. It comes before the
// ledger's write: after a crash between the two the log says it twice, rather
// than never. A lost content blob that was only notified is not logged; the API
// may never have had it.
func (d *drain) logGivenUp(ctx context.Context, e ledger.Entry) {
	message := logLost
	switch {
	case e.State == ledger.Unreadable:
		message = logUnreadable
	case e.State != ledger.Lost || e.Notified:
		return
	}
	d.cfg.Log.ErrorContext(ctx, message, "contentType", e.Type, "contentId", e.ID, "created", e.Created,
		"expiration", e.Expiration, "tries", e.Tries, "error", e.Error)
}

// writeRows writes the rows of all content blobs of a batch together, and
// counts in each entry what its records became.
func (p *Pipeline) writeRows(ctx context.Context, batch []loaded) error {
	var all []events.Event
	for _, l := range batch {
		all = append(all, l.events...)
	}
	outcomes, err := p.cfg.Store.Events.Write(ctx, all)
	if err != nil {
		return err
	}
	for i := range batch {
		n := len(batch[i].events)
		count(&batch[i].entry.Counts, outcomes[:n])
		outcomes = outcomes[n:]
	}
	return nil
}

// writeEach writes the rows of each content blob by itself, after storage
// refused the batch. It calls refused with the index of each that is refused
// again.
func (p *Pipeline) writeEach(ctx context.Context, batch []loaded, refused func(int, error)) {
	for i := range batch {
		if err := p.writeRows(ctx, batch[i:i+1]); err != nil {
			refused(i, err)
		}
	}
}

func count(counts *ledger.Counts, outcomes []events.Outcome) {
	for _, outcome := range outcomes {
		switch outcome {
		case events.Row:
			counts.Rows++
		case events.Duplicate:
			counts.Duplicates++
		case events.Conflict:
			counts.Conflicts++
		}
	}
}
