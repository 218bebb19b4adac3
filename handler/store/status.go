package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The documents of package state that more than one package reads. Their
// JSON is that of /api/v1/status, so that what pull saves is what an
// operator sees.

// A Fault is an error as it is shown: a code, and words that are safe to
// show and that an administrator can act on.
type Fault struct {
	Time    time.Time `json:"time,omitzero"`
	Code    string    `json:"code"`
	Message string    `json:"message"`
}

// A Gap is an interval of contentCreated, [From, To), that could not be
// listed any more when its turn came.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// TypeStatus is how one content type stood at the end of the last tick that
// worked on it.
type TypeStatus struct {
	ContentType     string    `json:"contentType"`
	Subscription    string    `json:"subscription"`             // the API's word: enabled, disabled; "none" where there is none
	Webhook         string    `json:"webhook"`                  // none, enabled, disabled, expired
	ListedThrough   time.Time `json:"listedThrough,omitzero"`   // all that was created before it is in the ledger
	CompleteThrough time.Time `json:"completeThrough,omitzero"` // all that the API listed as created before it is in the store
	OldestPending   time.Time `json:"oldestPending,omitzero"`   // contentCreated of the oldest pending content
	NextExpiration  time.Time `json:"nextExpiration,omitzero"`  // the nearest contentExpiration of a pending content
	Gaps            []Gap     `json:"-"`                        // by From; see SaveGap
	LastError       *Fault    `json:"lastError,omitempty"`

	// Days are the content counts of the last days, oldest first, each
	// recounted from the ledger when a tick touched its contents.
	Days []ledger.DayCount `json:"days"`
	// Uncounted: a tick has begun to change the states of contents, and not
	// counted them since. Found by the next one, it did not live to do so.
	Uncounted bool `json:"uncounted,omitempty"`
	// SavedBy tells the saves of one tick from those of another.
	SavedBy string `json:"savedBy,omitempty"`

	// Started is when the subscription was last asked to start. The API
	// wants 15 minutes between two such calls.
	Started time.Time `json:"subscriptionStarted,omitzero"`
}

// Run is the record of one tick of the pull function.
type Run struct {
	Started         time.Time `json:"started"`
	Finished        time.Time `json:"finished"`
	Listed          int       `json:"listed"`  // contents that were new to the ledger
	Fetched         int       `json:"fetched"` // contents read, from the API or from an earlier try's raw blob
	Records         int       `json:"records"`
	Rows            int       `json:"rows"`
	Duplicates      int       `json:"duplicates"`
	Conflicts       int       `json:"conflicts"`
	Rejected        int       `json:"rejected"`
	StorageRequests int64     `json:"storageRequests"`
	APIRequests     int64     `json:"apiRequests"`
	Error           *Fault    `json:"error,omitempty"`
}

const (
	kindType = "type"
	kindRun  = "run"
)

// SaveTypeStatus replaces the status of one content type, but for its gaps.
func (s *Store) SaveTypeStatus(ctx context.Context, t TypeStatus) error {
	return s.SaveState(ctx, kindType, keys.TypeKey(t.ContentType), t)
}

// SavedBy returns the SavedBy of a content type's stored status, and its
// CompleteThrough; zero values before the first.
func (s *Store) SavedBy(ctx context.Context, contentType string) (string, time.Time, error) {
	var t TypeStatus
	_, err := s.LoadState(ctx, kindType, keys.TypeKey(contentType), &t)
	return t.SavedBy, t.CompleteThrough, err
}

// gapOf tells the documents of gaps, which no content type's name has.
const gapOf = "-"

// SaveGap records a gap of a content type, in place of the one that begins at
// the same second. One that ends where it begins is none.
//
// It is a document of its own: of two runs at once each saves the status that
// it began with, and must not hide what the other has found missing.
func (s *Store) SaveGap(ctx context.Context, contentType string, g Gap) error {
	name := fmt.Sprint(keys.TypeKey(contentType), gapOf, g.From.Unix())
	return s.SaveState(ctx, kindType, name, gapDocument{contentType, g})
}

type gapDocument struct {
	ContentType string `json:"contentType"`
	Gap
}

// TypeStatuses returns the status of every content type that pull ever
// worked on, by content type.
func (s *Store) TypeStatuses(ctx context.Context) (map[string]TypeStatus, error) {
	statuses := map[string]TypeStatus{}
	for doc, err := range s.ListState(ctx, kindType) { // a type's own document comes before its gaps
		if err != nil {
			return nil, err
		}
		if err := addDocument(statuses, doc); err != nil {
			return nil, fmt.Errorf("read the status of %s: %w", doc.Name, err)
		}
	}
	return statuses, nil
}

func addDocument(statuses map[string]TypeStatus, doc Named) error {
	if strings.Contains(doc.Name, gapOf) {
		var g gapDocument
		if err := json.Unmarshal(doc.JSON, &g); err != nil || !g.From.Before(g.To) {
			return err
		}
		t := statuses[g.ContentType]
		t.ContentType, t.Gaps = g.ContentType, append(t.Gaps, g.Gap)
		statuses[g.ContentType] = t
		return nil
	}
	var t TypeStatus
	if err := json.Unmarshal(doc.JSON, &t); err != nil {
		return err
	}
	statuses[t.ContentType] = t
	return nil
}

// SaveRun records the last tick.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	return s.SaveState(ctx, kindRun, "last", r)
}

// LastRun returns the last tick's record; false before the first.
func (s *Store) LastRun(ctx context.Context) (Run, bool, error) {
	var r Run
	found, err := s.LoadState(ctx, kindRun, "last", &r)
	return r, found, err
}
