package ledger

import (
	"errors"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Columns of a ledger row, beside those that it shares with the rows of events.
// The pending row has the same: a drain reads pending rows alone.
const (
	colContentID         = "ContentId"
	colContentType       = "ContentType"
	colContentCreated    = "ContentCreated"
	colContentExpiration = "ContentExpiration"
	colState             = "State"
	colTries             = "Tries"
	colNextTry           = "NextTry"
	colError             = "Error"
	colBlob              = "Blob"
	colRecords           = "Records"
	colRows              = "Rows"
	colDuplicates        = "Duplicates"
	colConflicts         = "Conflicts"
	colRejected          = "Rejected"
	colSettled           = "Settled"
	colNoticed           = "Noticed" // true or absent
)

// maxErrorText is how much of an error's text is kept.
const maxErrorText = 1000

// ledgerRow is the entry as a row with this RowKey.
func newEntity(e Entry, key string) *tables.Entity {
	r := tables.NewEntity(keys.TypeKey(e.Type), key)
	r.Text(colContentID, e.ID)
	r.Text(colContentType, e.Type)
	r.Time(colContentCreated, e.Created)
	r.Time(colContentExpiration, e.Expiration)
	r.Text(colState, string(e.State))
	r.Count(colTries, e.Tries)
	r.Time(colNextTry, e.NextTry)
	r.Text(colError, tables.Cut(e.Error, maxErrorText))
	r.Text(colBlob, e.Blob)
	r.Count(colRecords, e.Records)
	r.Count(colRows, e.Rows)
	r.Count(colDuplicates, e.Duplicates)
	r.Count(colConflicts, e.Conflicts)
	r.Count(colRejected, e.Rejected)
	r.Time(colSettled, e.Settled)
	if e.Noticed {
		r.Bool(colNoticed, true)
	}
	return r
}

// readEntry makes an Entry of either row.
func readEntry(f tables.Properties) (Entry, error) {
	created, err1 := f.Time(colContentCreated)
	expiration, err2 := f.Time(colContentExpiration)
	next, err3 := f.Time(colNextTry)
	settled, err4 := f.Time(colSettled)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Entry{}, fmt.Errorf("row %s: %w", f.Key(), err)
	}
	return Entry{
		Content: audit.Content{ID: f.Text(colContentID), Type: f.Text(colContentType), Created: created, Expiration: expiration},
		State:   State(f.Text(colState)),
		Tries:   f.Count(colTries),
		NextTry: next,
		Error:   f.Text(colError),
		Blob:    f.Text(colBlob),
		Counts: Counts{
			Records:    f.Count(colRecords),
			Rows:       f.Count(colRows),
			Duplicates: f.Count(colDuplicates),
			Conflicts:  f.Count(colConflicts),
			Rejected:   f.Count(colRejected),
		},
		Settled: settled,
		Noticed: f.Bool(colNoticed),
	}, nil
}
