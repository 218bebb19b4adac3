package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Fault, Gap and Run have the JSON of /api/v1/status, which shows them unchanged.
// The query package makes the status of a content type from a TypeStatus, whose
// own JSON is only stored.

const (
	kindType = "type"
	kindRun  = "run"
)

// A Fault is an error as the status shows it: a code, and words that are safe to
// show and that an administrator can act on.
type Fault struct {
	Time    time.Time `json:"time,omitzero"`
	Code    string    `json:"code"`
	Message string    `json:"message"`
}

// StatusDays is the number of days of contentCreated that TypeStatus.Days
// covers, including today.
const StatusDays = 30

// TypeStatus is the status of one content type as the last tick that worked on it
// saved it. A tick also saves it before it changes entries: see Uncounted.
type TypeStatus struct {
	ContentType     string    `json:"contentType"`
	Subscription    string    `json:"subscription"`             // the API's word: enabled, disabled; "none" if it is absent
	Webhook         string    `json:"webhook"`                  // none, enabled, disabled, expired
	ListedThrough   time.Time `json:"listedThrough,omitzero"`   // every content blob listed as created before it is in the ledger
	CompleteThrough time.Time `json:"completeThrough,omitzero"` // every content blob listed as created before it is processed: stored, lost or unreadable
	OldestPending   time.Time `json:"oldestPending,omitzero"`   // contentCreated of the oldest pending entry
	NextExpiration  time.Time `json:"nextExpiration,omitzero"`  // the nearest contentExpiration of a pending entry
	LastError       *Fault    `json:"lastError,omitempty"`

	// Days are the counts of the last StatusDays, oldest first. A tick counts a day
	// again, from the ledger, when its entries have changed.
	Days []ledger.DayCount `json:"days"`
	// Uncounted means that a tick has started to change entries and has not
	// counted them since: it still runs, was killed, or overlapped with another
	// tick. The next tick that finds it counts every day again.
	Uncounted bool `json:"uncounted,omitempty"`

	// Started is when the subscription was last asked to start. The API wants
	// 15 minutes between two such calls.
	Started time.Time `json:"subscriptionStarted,omitzero"`

	Gaps []Gap  `json:"-"` // by From; stored apart from the status: see AddGap
	ETag string `json:"-"` // of the stored status; "": none is stored yet
}

// TypeStatus returns the stored status of a content type, without its gaps, or
// one with its ContentType alone before the first.
func (s *Store) TypeStatus(ctx context.Context, contentType string) (TypeStatus, error) {
	t := TypeStatus{ContentType: contentType}
	d, err := s.readDocument(ctx, kindType, keys.TypeKey(contentType))
	if err == nil {
		err = d.decode(&t)
	}
	if err != nil {
		return TypeStatus{}, fmt.Errorf("read status of %s: %w", contentType, err)
	}
	t.ETag = string(d.etag)
	return t, nil
}

// SaveTypeStatus stores t, without its gaps, if the stored status is still the
// one that t was made from, by its ETag, and returns t with its new ETag.
// Otherwise it changes nothing, and the error is ErrConflict.
func (s *Store) SaveTypeStatus(ctx context.Context, t TypeStatus) (TypeStatus, error) {
	from := document{kind: kindType, name: keys.TypeKey(t.ContentType), etag: azcore.ETag(t.ETag)}
	d, err := s.saveDocument(ctx, from, t)
	if err != nil {
		return TypeStatus{}, fmt.Errorf("save status of %s: %w", t.ContentType, err)
	}
	t.ETag = string(d.etag)
	return t, nil
}

// TypeStatuses returns the status of every content type that pull ever worked
// on, with its gaps, by content type. It costs one request.
func (s *Store) TypeStatuses(ctx context.Context) (map[string]TypeStatus, error) {
	statuses := map[string]TypeStatus{}
	for d, err := range s.listDocuments(ctx, kindType) { // a type's status comes before its gaps
		if err == nil {
			err = addTo(statuses, d)
		}
		if err != nil {
			return nil, fmt.Errorf("read statuses: %w", err)
		}
	}
	return statuses, nil
}

// addTo adds a status or a gap to statuses.
func addTo(statuses map[string]TypeStatus, d document) error {
	if strings.Contains(d.name, gapMark) {
		var g gapDocument
		if err := d.decode(&g); err != nil || g.isEmpty() {
			return err
		}
		t := statuses[g.ContentType]
		t.ContentType, t.Gaps = g.ContentType, append(t.Gaps, g.Gap)
		statuses[g.ContentType] = t
		return nil
	}
	var t TypeStatus
	if err := d.decode(&t); err != nil {
		return err
	}
	t.ETag = string(d.etag)
	statuses[t.ContentType] = t
	return nil
}

// A Gap is an interval of contentCreated, [From, To), that the API no longer
// listed when its turn came.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (g Gap) isEmpty() bool { return !g.From.Before(g.To) }

// gapMark is in the names of gaps, and not in those of content types.
const gapMark = "-"

type gapDocument struct {
	ContentType string `json:"contentType"`
	Gap
}

// AddGap records a gap of a content type. If one that begins at the same second
// is recorded, the longer of the two stays, so that a crash or another run hides
// nothing that is missing.
//
// Each gap is one document. A run that overlaps with this one saves the
// status that it began with, and must not hide what this one found missing.
func (s *Store) AddGap(ctx context.Context, contentType string, g Gap) error {
	return s.changeGap(ctx, contentType, g.From, func(stored Gap) Gap {
		if stored.isEmpty() || g.To.After(stored.To) {
			return g
		}
		return stored
	})
}

// ShortenGap makes the recorded gap that begins at g.From end at g.To, if it
// ends later. A gap that ends where it begins does not count as one any more.
func (s *Store) ShortenGap(ctx context.Context, contentType string, g Gap) error {
	return s.changeGap(ctx, contentType, g.From, func(stored Gap) Gap {
		if g.To.Before(stored.To) {
			stored.To = g.To
		}
		return stored
	})
}

// changeGap changes the gap that begins at from. If another run changes it at
// the same time, it reads it again and decides again.
func (s *Store) changeGap(ctx context.Context, contentType string, from time.Time, change func(Gap) Gap) error {
	name := fmt.Sprint(keys.TypeKey(contentType), gapMark, from.Unix())
	for range tables.MaxRounds {
		d, err := s.readDocument(ctx, kindType, name)
		var stored gapDocument
		if err == nil {
			err = d.decode(&stored)
		}
		if err != nil {
			return fmt.Errorf("read gap of %s: %w", contentType, err)
		}
		changed := change(stored.Gap)
		if changed == stored.Gap {
			return nil
		}
		_, err = s.saveDocument(ctx, d, gapDocument{contentType, changed})
		if errors.Is(err, storage.ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("save gap of %s: %w", contentType, err)
		}
		return nil
	}
	return fmt.Errorf("save gap of %s: %w %d times", contentType, storage.ErrConflict, tables.MaxRounds)
}

// Run is the record of one tick of the pull function.
type Run struct {
	Started         time.Time `json:"started"`
	Finished        time.Time `json:"finished"`
	Listed          int       `json:"listed"`  // content blobs that were new to the ledger
	Fetched         int       `json:"fetched"` // content blobs read, from the API or from an earlier attempt's raw blob
	Records         int       `json:"records"`
	Rows            int       `json:"rows"`
	Duplicates      int       `json:"duplicates"`
	Conflicts       int       `json:"conflicts"`
	Rejected        int       `json:"rejected"`
	StorageRequests int64     `json:"storageRequests"`
	APIRequests     int64     `json:"apiRequests"`
	Error           *Fault    `json:"error,omitempty"`
}

// lastRun is the name of the only run record.
const lastRun = "last"

// SaveRun records the last tick. It replaces the record of the tick before as a
// whole and is derived from nothing stored. If two ticks overlap, the record of
// the one that ends last stays.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	if err := s.putDocument(ctx, kindRun, lastRun, r); err != nil {
		return fmt.Errorf("save run: %w", err)
	}
	return nil
}

// LastRun returns the last tick's record; false before the first.
func (s *Store) LastRun(ctx context.Context) (Run, bool, error) {
	var r Run
	d, err := s.readDocument(ctx, kindRun, lastRun)
	if err == nil {
		err = d.decode(&r)
	}
	if err != nil {
		return Run{}, false, fmt.Errorf("read last run: %w", err)
	}
	return r, d.etag != "", nil
}
