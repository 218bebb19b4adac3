package ledger

import (
	"errors"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// Columns of both rows of an entry. The pending row has all of them too, because
// a drain reads only pending rows.
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
	colNotified          = "Noticed" // true or absent; stored rows have this name, so it cannot change
)

// maxErrorText is how many UTF-16 units of an error's text are stored.
const maxErrorText = 1000

// newEntity returns the entry as an entity with this RowKey.
func newEntity(e Entry, key string) *tables.Entity {
	n := tables.NewEntity(keyOf(e.Content).partition, key)
	n.Text(colContentID, e.ID)
	n.Text(colContentType, e.Type)
	n.Time(colContentCreated, e.Created)
	n.Time(colContentExpiration, e.Expiration)
	n.Text(colState, string(e.State))
	n.Count(colTries, e.Tries)
	n.Time(colNextTry, e.NextTry)
	n.Text(colError, tables.Cut(e.Error, maxErrorText))
	n.Text(colBlob, e.Blob)
	n.Count(colRecords, e.Records)
	n.Count(colRows, e.Rows)
	n.Count(colDuplicates, e.Duplicates)
	n.Count(colConflicts, e.Conflicts)
	n.Count(colRejected, e.Rejected)
	n.Time(colSettled, e.Settled)
	if e.Notified {
		n.Bool(colNotified, true)
	}
	return n
}

// readEntry returns the entry that either of its rows holds.
func readEntry(row tables.Properties) (Entry, error) {
	created, err1 := row.Time(colContentCreated)
	expiration, err2 := row.Time(colContentExpiration)
	next, err3 := row.Time(colNextTry)
	settled, err4 := row.Time(colSettled)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return Entry{}, fmt.Errorf("row %s: %w", row.Key(), err)
	}
	return Entry{
		Content: audit.Content{ID: row.Text(colContentID), Type: row.Text(colContentType), Created: created, Expiration: expiration},
		State:   State(row.Text(colState)),
		Tries:   row.Count(colTries),
		NextTry: next,
		Error:   row.Text(colError),
		Blob:    row.Text(colBlob),
		Counts: Counts{
			Records:    row.Count(colRecords),
			Rows:       row.Count(colRows),
			Duplicates: row.Count(colDuplicates),
			Conflicts:  row.Count(colConflicts),
			Rejected:   row.Count(colRejected),
		},
		Settled:  settled,
		Notified: row.Bool(colNotified),
	}, nil
}
