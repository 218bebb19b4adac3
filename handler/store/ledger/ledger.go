package ledger

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// ErrInvalid means that no key can be made of a content blob's id, type or time.
var ErrInvalid = errors.New("invalid content blob")

// tablePrefix begins the name of every ledger table.
const tablePrefix = "content"

// unlistedMonths is how many months a query may span before it asks the service
// which of them have a table: two queries that find nothing cost as much.
const unlistedMonths = 2

// A Ledger is the content ledger of one tenant. It is safe for concurrent use.
type Ledger struct {
	tables *tables.Service
	now    func() time.Time
}

// New returns the ledger in these tables. now is the clock that dates settled
// entries.
func New(service *tables.Service, now func() time.Time) *Ledger { return &Ledger{service, now} }

// A State is how far a content blob has been processed.
type State string

// An entry starts as Pending and is settled in one of the other states. It then
// keeps that state, with one exception: a Lost entry that is known only from a
// notification becomes Pending again when the API lists it. See [Ledger.AddPending].
const (
	Pending    State = "pending"    // waiting to be fetched, or to be retried
	Done       State = "done"       // the raw blob and all rows are stored
	Lost       State = "lost"       // gone at the source before it could be fetched
	Unreadable State = "unreadable" // no records can be read: the body is not a JSON array or too large to fetch, or the raw blob is damaged
)

func (s State) isValid() bool { return s == Pending || s.isSettled() }

func (s State) isSettled() bool { return s == Done || s == Lost || s == Unreadable }

// Counts are the records of a content blob, and what became of them.
type Counts struct {
	Records, Rows, Duplicates, Conflicts, Rejected int
}

// An Entry is what the ledger knows of one content blob.
type Entry struct {
	audit.Content
	State   State
	Tries   int       // attempts that failed
	NextTry time.Time // earliest time of the next attempt; zero: now
	Error   string    // of the last attempt: a code and text that is safe to show
	Blob    string    // name of the raw blob, once it is stored
	Counts
	Settled  time.Time // when the state stopped being Pending; zero while it is Pending
	Notified bool      // known only from a notification: the API has not listed it yet
}

// A Position is where an entry comes in the order of [Ledger.List].
type Position = keys.Position

// Position returns the position of the entry.
func (e Entry) Position() Position { return keyOf(e.Content).position() }

// An entryKey is the key of an entry: a function of the id, type and
// contentCreated alone.
type entryKey struct {
	month     keys.Month
	partition string // the content type as a key: the PartitionKey
	second    int64  // of contentCreated
	hash      string // of the content id
}

func keyOf(c audit.Content) entryKey {
	return entryKey{keys.MonthOf(c.Created), keys.TypeKey(c.Type), keys.Second(c.Created), keys.ContentHash(c.ID)}
}

const (
	rowPrefix     = "c_"
	pendingPrefix = "p_"
)

func (k entryKey) table() string { return k.month.Table(tablePrefix) }

// row returns the RowKey of the entry's own row.
func (k entryKey) row() string { return rowPrefix + keys.InvertedSecond(k.second) + "_" + k.hash }

// pendingRow returns the RowKey of the pending row, which exists while the entry
// is pending. Pending rows sort by expiration.
func (k entryKey) pendingRow(expiration time.Time) string {
	return pendingPrefix + keys.AscendingSecond(expiration) + "_" + keys.InvertedSecond(k.second) + "_" + k.hash
}

func (k entryKey) position() Position {
	return Position(strings.Join([]string{k.month.Inverted(), keys.InvertedSecond(k.second), k.hash, k.partition}, "_"))
}

// keyAt is the inverse of [entryKey.position].
func keyAt(p Position) (entryKey, error) {
	parts := strings.SplitN(string(p), "_", 4)
	if len(parts) != 4 || !keys.Valid(parts[2]) || !keys.Valid(parts[3]) {
		return entryKey{}, fmt.Errorf("%w in the ledger: %q", keys.ErrPosition, p)
	}
	m, err := keys.ParseInvertedMonth(parts[0])
	if err != nil {
		return entryKey{}, fmt.Errorf("%w in the ledger: %w", keys.ErrPosition, err)
	}
	second, err := keys.ParseInvertedSecond(parts[1])
	if err != nil {
		return entryKey{}, fmt.Errorf("%w in the ledger: %w", keys.ErrPosition, err)
	}
	return entryKey{m, parts[3], second, parts[2]}, nil
}
