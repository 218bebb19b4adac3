package store

import (
	"errors"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// Columns of a ledger row, beside those that it shares with the rows of events.
// The pending row has the same: a drain reads pending rows alone.
const (
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
func ledgerRow(e Entry, key string) *row {
	r := newRow(typeKey(e.Type), key)
	r.text(colContentID, e.ID)
	r.text(colContentType, e.Type)
	r.moment(colContentCreated, e.Created)
	r.moment(colContentExpiration, e.Expiration)
	r.text(colState, string(e.State))
	r.count(colTries, e.Tries)
	r.moment(colNextTry, e.NextTry)
	r.text(colError, cut(e.Error, maxErrorText))
	r.text(colBlob, e.Blob)
	r.count(colRecords, e.Records)
	r.count(colRows, e.Rows)
	r.count(colDuplicates, e.Duplicates)
	r.count(colConflicts, e.Conflicts)
	r.count(colRejected, e.Rejected)
	r.moment(colSettled, e.Settled)
	if e.Noticed {
		r.boolean(colNoticed, true)
	}
	return r
}

// readEntry makes an Entry of either row.
func readEntry(f fields) (Entry, error) {
	created, err1 := f.moment(colContentCreated)
	expiration, err2 := f.moment(colContentExpiration)
	next, err3 := f.moment(colNextTry)
	settled, err4 := f.moment(colSettled)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Entry{}, fmt.Errorf("row %s: %w", f.key(), err)
	}
	return Entry{
		Content: audit.Content{ID: f.text(colContentID), Type: f.text(colContentType), Created: created, Expiration: expiration},
		State:   State(f.text(colState)),
		Tries:   f.count(colTries),
		NextTry: next,
		Error:   f.text(colError),
		Blob:    f.text(colBlob),
		Counts: Counts{
			Records:    f.count(colRecords),
			Rows:       f.count(colRows),
			Duplicates: f.count(colDuplicates),
			Conflicts:  f.count(colConflicts),
			Rejected:   f.count(colRejected),
		},
		Settled: settled,
		Noticed: f.boolean(colNoticed),
	}, nil
}
