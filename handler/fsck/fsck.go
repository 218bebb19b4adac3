package fsck

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Config is what a check needs.
type Config struct {
	Store *store.Store
	Want  audit.Filter // the record types that the trail was made with

	// Oldest is retention's cut-off: an event before it needs no row. The zero
	// time requires a row of every event.
	Oldest time.Time

	// Out receives the findings, one JSON object a line, and the summary last.
	Out io.Writer

	// Progress, if set, is called often with the state of the check. Calls come
	// from one goroutine at a time.
	Progress func(format string, args ...any)
}

// Run checks the whole trail. It writes each finding to cfg.Out at once, and
// the summary last. An error means that the check could not be completed;
// disagreements are counted in the summary and are not an error.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	c, err := newCheck(ctx, cfg)
	if err != nil {
		return Summary{}, err
	}
	defer c.close()
	for _, part := range []func(context.Context) error{
		c.checkLedger, c.checkRaw, c.checkRows, c.checkStrays, c.checkIndex, c.checkIDs,
	} {
		if err := part(ctx); err != nil {
			return Summary{}, err
		}
	}
	return c.report.end(c.tally)
}

// DamagedRaw returns how many raw blobs are missing or damaged. Rows of these
// blobs cannot be rebuilt.
func DamagedRaw(ctx context.Context, cfg Config) (int, error) {
	cfg.Want = audit.Filter{} // no record needs to be parsed
	cfg.Out = io.Discard
	c, err := newCheck(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer c.close()
	if err := c.checkLedger(ctx); err != nil {
		return 0, err
	}
	err = c.checkRaw(ctx)
	return len(c.damaged), err
}

// A check is one call of [Run] or [DamagedRaw].
type check struct {
	Config
	report *report
	dir    string // temporary files

	ledgerEntries *sorter[ledger.Entry] // by the name of their raw blob
	claims        *sorter[claim]        // one for each record, by the position of its row
	strays        *sorter[stray]        // by the raw blob that the row names
	impliedTerms  *sorter[eventTerms]   // terms that records imply, by the position of the row
	indexedTerms  *sorter[eventTerms]   // terms that the index has, by the position of the row
	ids           *sorter[datedID]      // ids of events

	mu      sync.Mutex      // guards what follows, claims and impliedTerms while raw blobs are read concurrently
	damaged map[string]bool // raw blobs reported as missing or unreadable
	tally   Tally
}

func newCheck(ctx context.Context, cfg Config) (*check, error) {
	if cfg.Store == nil || cfg.Out == nil {
		return nil, errors.New("fsck: missing store or output")
	}
	if cfg.Progress == nil {
		cfg.Progress = func(string, ...any) {}
	}
	dir, err := os.MkdirTemp("", "labeltrail-fsck-")
	if err != nil {
		return nil, err
	}
	c := &check{Config: cfg, report: newReport(cfg.Out), dir: dir, damaged: map[string]bool{}}
	c.ledgerEntries = newSorter(ctx, dir, c.compareEntries)
	c.claims = newSorter(ctx, dir, compareClaims)
	c.strays = newSorter(ctx, dir, compareStrays)
	c.impliedTerms = newSorter(ctx, dir, compareTerms)
	c.indexedTerms = newSorter(ctx, dir, compareTerms)
	c.ids = newSorter(ctx, dir, compareIDs)
	return c, nil
}

// close ends the sorts and removes the temporary files. An error is ignored:
// the files are in the system's folder for temporary files, which cleans up.
func (c *check) close() {
	c.ledgerEntries.close()
	c.claims.close()
	c.strays.close()
	c.impliedTerms.close()
	c.indexedTerms.close()
	c.ids.close()
	_ = os.RemoveAll(c.dir)
}

func (c *check) blobOf(e ledger.Entry) string { return c.Store.RawName(e.Content) }

func (c *check) compareEntries(a, b ledger.Entry) int {
	return cmp.Or(strings.Compare(c.blobOf(a), c.blobOf(b)), strings.Compare(a.ID, b.ID))
}

// markDamaged remembers a raw blob that was reported. Rows whose record is in it
// cannot be checked.
func (c *check) markDamaged(blob string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.damaged[blob] = true
}
