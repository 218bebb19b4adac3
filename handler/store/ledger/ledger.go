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

// ErrInvalid is returned for a content that no key or name can be made of.
var ErrInvalid = errors.New("not a content that can be kept")

// tablePrefix begins the names of the ledger's tables, one a month.
const tablePrefix = "content"

// A Ledger says of every content how far it has come.
type Ledger struct {
	tables *tables.Service
	now    func() time.Time
}

// NewLedger returns the ledger in these tables. now says when entries are
// settled.
func New(tables *tables.Service, now func() time.Time) *Ledger { return &Ledger{tables, now} }

// State says how far a content has come.
type State string

// A content begins as Pending and ends as one of the others.
const (
	Pending    State = "pending"    // to be ingested, or tried again
	Done       State = "done"       // its body and all its rows are stored
	Lost       State = "lost"       // gone at the source before it could be read
	Unreadable State = "unreadable" // no record can be had of it: its body is stored and is no array, or was too large to be taken
)

func (s State) valid() bool { return s == Pending || s == Done || s == Lost || s == Unreadable }

// Counts says what a content held and what became of it.
type Counts struct {
	Records, Rows, Duplicates, Conflicts, Rejected int
}

// Entry is what the ledger knows of one content.
type Entry struct {
	audit.Content
	State   State
	Tries   int       // that ended with an error
	NextTry time.Time // zero: at once
	Error   string    // of the last try: a code and words that are safe to show
	Blob    string    // name of the raw blob, once there is one
	Counts
	Settled time.Time // when it stopped being pending; zero before
	Noticed bool      // known from a notice alone: not listed by the API yet
}

// Position returns the entry's place among all entries.
func (e Entry) Position() keys.Position { return keyOf(e.Content).position() }

// ledgerKey is where a content's entry is: a function of its id, type and
// created time alone.
type entryKey struct {
	month  keys.Month
	kind   string // of content, as a key
	second int64  // created
	hash   string // of the content id
}

func keyOf(c audit.Content) entryKey {
	return entryKey{keys.MonthOf(c.Created), keys.TypeKey(c.Type), keys.Second(c.Created), keys.ContentHash(c.ID)}
}

func (k entryKey) table() string { return k.month.Table(tablePrefix) }

// row is the key of the entry's own row, newest first.
func (k entryKey) row() string { return rowPrefix + keys.InvertedSecond(k.second) + "_" + k.hash }

// pendingRow is the key of the row that is there while the entry is pending,
// in the same partition, the nearest expiration first.
func (k entryKey) pendingRow(expiration time.Time) string {
	return pendingPrefix + keys.AscendingSecond(expiration) + "_" + keys.InvertedSecond(k.second) + "_" + k.hash
}

const (
	rowPrefix     = "c_"
	pendingPrefix = "p_"
)

func (k entryKey) position() keys.Position {
	return keys.Position(strings.Join([]string{k.month.Inverted(), keys.InvertedSecond(k.second), k.hash, k.kind}, "_"))
}

// ledgerKeyAt reads what position wrote.
func keyAt(p keys.Position) (entryKey, error) {
	parts := strings.SplitN(string(p), "_", 4)
	if len(parts) != 4 || !keys.Valid(parts[2]) || !keys.Valid(parts[3]) {
		return entryKey{}, fmt.Errorf("%w of a content: %q", keys.ErrPosition, p)
	}
	m, err := keys.ParseInvertedMonth(parts[0])
	if err != nil {
		return entryKey{}, fmt.Errorf("%w of a content: %w", keys.ErrPosition, err)
	}
	second, err := keys.ParseInvertedSecond(parts[1])
	if err != nil {
		return entryKey{}, fmt.Errorf("%w of a content: %w", keys.ErrPosition, err)
	}
	return entryKey{m, parts[3], second, parts[2]}, nil
}
