package ingest

import "context"

// Limits on one write batch. All records of a batch are in memory at once,
// plus up to Concurrency bodies (at most bodyRoom bytes). Concurrent drains
// divide these limits between them.
//
// The first batch is small and each further one may be twice as large, so that
// a process that is killed again and again makes progress every time.
const (
	firstRecords  = 500    // in the first batch
	batchRecords  = 10_000 // in a full batch, so that the transactions of an hour are full as well
	batchContents = 500    // content blobs in a batch, however few records they have
)

// inBatches reads what was loaded, gathers it into batches of at most records
// records, except that one content blob is never divided, and calls write with
// each.
func inBatches(ctx context.Context, in <-chan loaded, records int, write func([]loaded) error) error {
	var batch []loaded
	n, full := 0, min(firstRecords, records)
	for l := range in {
		batch = append(batch, l)
		n += len(l.events)
		if n < full && len(batch) < batchContents {
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
