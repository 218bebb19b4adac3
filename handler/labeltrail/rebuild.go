package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/fsck"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

const rebuildUsage = `Usage: labeltrail rebuild [-drop -yes [-lossy]]

Makes the missing rows and index entries of all records in raw content, and adds missing content blobs to the ledger. It changes
no row that exists. -drop first drops all rows and the index, provided that no raw blob is missing or damaged. Until the rebuild
is done, queries find less; and pulling fails until Azure allows the tables to be created again, about a minute later.
Exit code 1 if some raw content was left out: its blob is damaged, or storage rejected its rows.
`

// rebuildConcurrency is how many content blobs are rebuilt at the same time:
// enough to hide the latency of storage, few enough to hold their bodies in
// memory.
const rebuildConcurrency = 8

// rebuild runs the rebuild command: it rewrites the rows from raw content.
func (p *program) rebuild(ctx context.Context, args []string) (int, error) {
	f := p.flags("rebuild", rebuildUsage)
	drop := f.Bool("drop", false, "drop the tables of events and their index first")
	yes := f.Bool("yes", false, "with -drop: do it")
	lossy := f.Bool("lossy", false, "with -drop: do it although some rows cannot be rebuilt")
	if err := parse(f, args); err != nil {
		return 0, err
	}
	t, err := p.openTrail()
	if err != nil {
		return 0, err
	}
	if *drop {
		if err := p.drop(ctx, t, *yes, *lossy); err != nil {
			return 0, err
		}
	}
	pipeline, err := p.pipeline(t)
	if err != nil {
		return 0, err
	}
	progress := p.progress()
	stats, err := pipeline.Rebuild(ctx, func(s ingest.Stats) {
		progress("%d content blobs, %d records, %d rows", s.Fetched, s.Records, s.Rows)
	})
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(p.stdout, "contents %d, records %d, rows %d, duplicates %d, conflicts %d, rejected %d, added to the ledger %d, left out %d\n",
		stats.Fetched, stats.Records, stats.Rows, stats.Duplicates, stats.Conflicts, stats.Rejected, stats.Added, stats.Failed)
	if stats.Failed > 0 {
		return exitFindings, nil
	}
	return exitOK, nil
}

func (p *program) pipeline(t trail) (*ingest.Pipeline, error) {
	return ingest.New(ingest.Config{
		Store: t.store, Want: t.RecordTypes, Concurrency: rebuildConcurrency, Clock: clock.New(p.now, nil), Wait: p.waitForDrop,
		Retain: func() time.Time { return store.OldestKept(p.now(), t.RetentionDays) },
		Log:    slog.New(slog.NewTextHandler(p.stderr, nil)),
	})
}

// drop drops the tables that rebuild fills again. It is the only command that
// deletes anything, so it names the tables and requires -yes. A row whose raw
// blob is gone is the last copy of its record; dropping it requires -lossy.
func (p *program) drop(ctx context.Context, t trail, yes, lossy bool) error {
	names, err := t.store.Events.Tables(ctx)
	if err != nil {
		return err
	}
	if !yes && len(names) > 0 {
		return errors.New("-drop would drop " + strings.Join(names, ", ") + "; add -yes to do it")
	}
	if !lossy {
		n, err := fsck.DamagedRaw(ctx, p.fsckConfig(t))
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%d raw blobs are missing or damaged (fsck names them), so their rows cannot be rebuilt: "+
				"nothing is dropped; add -lossy to do it anyway", n)
		}
	}
	dropped, err := t.store.Events.Drop(ctx)
	if len(dropped) > 0 {
		fmt.Fprintln(p.stderr, "dropped "+strings.Join(dropped, ", "))
	}
	return err
}

// waitForDrop waits until a dropped table can be created again, and prints
// that it does.
func (p *program) waitForDrop(ctx context.Context, d time.Duration) error {
	fmt.Fprintf(p.stderr, "waiting %v for dropped tables to be gone\n", d)
	return p.wait(ctx, d)
}
