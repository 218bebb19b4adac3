package main

import (
	"context"
	"io"
	"os"
	"path"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
)

const fsckUsage = `Usage: labeltrail fsck

Reads all of a trail, and changes nothing: every entry of the ledger, every raw blob, every row and the index. Each disagreement
between them is a line on standard output, a JSON object with kind, what, where, expected and found; lines with
"information": true are no disagreements. The last line is a summary of counts. Exit code 1 if there are disagreements.

RECORD_TYPES and RETENTION_DAYS must be those that the trail was made with. Temporary files, in TMPDIR, take about 2,000
bytes an event while it runs; they hold ids and checksums.`

// fsck is the command.
func (p *program) fsck(ctx context.Context, args []string) (int, error) {
	if err := parse(p.flags("fsck", fsckUsage), args); err != nil {
		return 0, err
	}
	trail, st, err := p.openTrail()
	if err != nil {
		return 0, err
	}
	c, err := p.newCheck(st, trail, p.stdout)
	if err != nil {
		return 0, err
	}
	defer c.close()
	for _, part := range []func(context.Context) error{c.ledger, c.raw, c.rows, c.explain, c.index, c.twice} {
		if err := part(ctx); err != nil {
			return 0, err
		}
	}
	if err := c.report.end(c.tally, p.stderr); err != nil {
		return 0, err
	}
	if c.report.disagreements() > 0 {
		return exitNotWell, nil
	}
	return exitWell, nil
}

// A check is one run of fsck. It reads the ledger, then every raw blob, then
// every row and the index, each once and in order, and puts what the next part
// needs into spools, sorted as that part comes upon it. So its memory is that
// of somewhat more than a day's events, 210 bytes each, which is 210 MB for a
// million, or of three hours' index, ten times as much an event, and of the
// contents in flight.
//
// The trail may grow meanwhile. What is read later is newer; so whatever looks
// wrong because of that is looked at once more before it is reported.
type check struct {
	store    *store.Store
	want     audit.Filter
	oldest   time.Time // records of events before it need no row
	report   *report
	progress *progress
	dir      string // of temporary files

	entries *spool[store.Entry] // of the ledger, by raw blob
	claims  *spool[claim]       // of raw content, by row
	strays  *spool[stray]       // rows that no claim explains, by raw blob
	leads   *spool[lead]        // what the index is to have, by row
	found   *spool[lead]        // what it has, by row
	ids     *spool[dated]       // events, by id

	mu      sync.Mutex      // guards claims, leads and what follows while raw blobs are read
	damaged map[string]bool // raw blobs that were reported as missing or not to be read
	tally   tally
}

// A tally is what was read.
type tally struct {
	Contents   int `json:"contents"` // entries of the ledger
	Done       int `json:"done"`
	Pending    int `json:"pending"`
	Lost       int `json:"lost"`
	Unreadable int `json:"unreadable"`
	Blobs      int `json:"blobs"`
	Records    int `json:"records"` // in raw content, of any type
	Events     int `json:"events"`  // among them, of wanted types and each once
	Rows       int `json:"rows"`
	Entries    int `json:"entries"`  // of the index
	Unproven   int `json:"unproven"` // rows that cannot be checked: their raw blob is missing or damaged
	Unwanted   int `json:"unwanted"` // rows in order, but of record types that are not wanted
}

// newCheck is a check whose findings go to out. The caller closes it.
func (p *program) newCheck(st *store.Store, trail settings.Trail, out io.Writer) (*check, error) {
	dir, err := os.MkdirTemp("", "labeltrail-fsck-")
	if err != nil {
		return nil, err
	}
	c := &check{
		store: st, want: trail.RecordTypes, oldest: store.OldestKept(p.now(), trail.RetentionDays),
		report: newReport(out), progress: p.newProgress(), dir: dir, damaged: map[string]bool{},
	}
	if err := c.makeSpools(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *check) makeSpools() (err error) {
	if c.entries, err = newSpool(c.dir, c.blobOf, path.Dir); err != nil {
		return err
	}
	if c.claims, err = newSpool(c.dir, claim.row, daily); err != nil {
		return err
	}
	c.claims.shrink = sharing
	if c.strays, err = newSpool(c.dir, stray.raw, path.Dir); err != nil {
		return err
	}
	if c.leads, err = newSpool(c.dir, lead.row, hourly); err != nil {
		return err
	}
	if c.found, err = newSpool(c.dir, lead.row, hourly); err != nil {
		return err
	}
	c.ids, err = newSpool(c.dir, dated.id, firstTwo)
	return err
}

// close removes the temporary files. What cannot be removed is the system's to
// remove: it is in the folder for such files.
func (c *check) close() { os.RemoveAll(c.dir) }

func (c *check) blobOf(e store.Entry) string { return c.store.RawName(e.Content) }

// damage notes a raw blob that was reported: what it would explain is not
// reported again.
func (c *check) damage(blob string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.damaged[blob] = true
}
