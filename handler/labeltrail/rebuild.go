package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
)

const rebuildUsage = `Usage: labeltrail rebuild [-drop -yes [-lossy]]

Makes the row and the index entries of every record of raw content that has none, and adds to the ledger the contents that it
lacks. What is there stays as it is. With -drop all rows and the index are dropped before and made again, if all raw content is there and whole. Questions find
less until that is done, and pulling fails until the tables may be made again, which Azure allows about a minute after.
Exit code 1 if some raw content was left out: its blob is damaged, or storage refused its rows.
`

// rebuild is the command.
func (p *program) rebuild(ctx context.Context, args []string) (int, error) {
	f := p.flags("rebuild", rebuildUsage)
	drop := f.Bool("drop", false, "drop the tables of events and their index first")
	yes := f.Bool("yes", false, "with -drop: do it")
	lossy := f.Bool("lossy", false, "with -drop: do it though some rows cannot be made again")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	trail, st, err := p.openTrail()
	if err != nil {
		return 0, err
	}
	if *drop {
		if err := p.drop(ctx, st, trail, *yes, *lossy); err != nil {
			return 0, err
		}
	}
	in := &ingest.Ingest{
		Store: st, Want: trail.RecordTypes, Concurrency: blobsInFlight, Now: p.now, Wait: p.waiting,
		Retain: func() time.Time { return store.OldestKept(p.now(), trail.RetentionDays) },
		Log:    slog.New(slog.NewTextHandler(p.stderr, nil)),
	}
	said := p.newProgress()
	stats, err := in.Rebuild(ctx, func(s ingest.Stats) {
		said.say("%d contents, %d records, %d rows", s.Fetched, s.Records, s.Rows)
	})
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(p.stdout, "contents %d, records %d, rows %d, duplicates %d, conflicts %d, rejected %d, added to the ledger %d, left out %d\n",
		stats.Fetched, stats.Records, stats.Rows, stats.Duplicates, stats.Conflicts, stats.Rejected, stats.Added, stats.Failed)
	if stats.Failed > 0 {
		return exitNotWell, nil
	}
	return exitWell, nil
}

// drop drops the tables that rebuild makes again. It names them, and asks for
// -yes: this is the only thing that the command line takes away. A row whose
// raw blob is gone is the last of its record; it goes only with -lossy.
func (p *program) drop(ctx context.Context, st *store.Store, trail settings.Trail, yes, lossy bool) error {
	names, err := st.EventTables(ctx)
	if err != nil {
		return err
	}
	if !yes && len(names) > 0 {
		return errors.New("-drop would drop " + strings.Join(names, ", ") + "; add -yes to do it")
	}
	if !lossy {
		n, err := p.damaged(ctx, st, trail)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%d raw blobs are missing or damaged (fsck names them), so that their rows could not be made again: "+
				"nothing is dropped; add -lossy to do it all the same", n)
		}
	}
	dropped, err := st.DropEvents(ctx)
	if len(dropped) > 0 {
		fmt.Fprintln(p.stderr, "dropped "+strings.Join(dropped, ", "))
	}
	return err
}

// damaged is how many raw blobs are missing or damaged, by fsck's first parts.
func (p *program) damaged(ctx context.Context, st *store.Store, trail settings.Trail) (int, error) {
	trail.RecordTypes = audit.Filter{} // no record need be looked into
	c, err := p.newCheck(st, trail, io.Discard)
	if err != nil {
		return 0, err
	}
	defer c.close()
	if err := c.ledger(ctx); err != nil {
		return 0, err
	}
	err = c.raw(ctx)
	return len(c.damaged), err
}

// waiting is wait, and says so.
func (p *program) waiting(ctx context.Context, d time.Duration) error {
	fmt.Fprintf(p.stderr, "waiting %v for dropped tables to be gone\n", d)
	return p.wait(ctx, d)
}
