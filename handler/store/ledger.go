package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

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
func (e Entry) Position() Position { return ledgerKeyOf(e.Content).position() }

// ledgerKey is where a content's entry is: a function of its id, type and
// created time alone.
type ledgerKey struct {
	month  month
	kind   string // of content, as a key
	second int64  // created
	hash   string // of the content id
}

func ledgerKeyOf(c audit.Content) ledgerKey {
	return ledgerKey{monthOf(c.Created), typeKey(c.Type), keySecond(c.Created), contentHash(c.ID)}
}

func (k ledgerKey) table() string { return k.month.table(contentPrefix) }

// row is the key of the entry's own row, newest first.
func (k ledgerKey) row() string { return rowPrefix + invertedSecond(k.second) + "_" + k.hash }

// pendingRow is the key of the row that is there while the entry is pending,
// in the same partition, the nearest expiration first.
func (k ledgerKey) pendingRow(expiration time.Time) string {
	return pendingPrefix + ascendingSecond(expiration) + "_" + invertedSecond(k.second) + "_" + k.hash
}

const (
	rowPrefix     = "c_"
	pendingPrefix = "p_"
)

func (k ledgerKey) position() Position {
	return Position(strings.Join([]string{k.month.inverted(), invertedSecond(k.second), k.hash, k.kind}, "_"))
}

// ledgerKeyAt reads what position wrote.
func ledgerKeyAt(p Position) (ledgerKey, error) {
	parts := strings.SplitN(string(p), "_", 4)
	if len(parts) != 4 || !validKey(parts[2]) || !validKey(parts[3]) {
		return ledgerKey{}, fmt.Errorf("%w of a content: %q", ErrPosition, p)
	}
	m, err := monthOfInverted(parts[0])
	if err != nil {
		return ledgerKey{}, fmt.Errorf("%w of a content: %w", ErrPosition, err)
	}
	second, err := secondOf(parts[1])
	if err != nil {
		return ledgerKey{}, fmt.Errorf("%w of a content: %w", ErrPosition, err)
	}
	return ledgerKey{m, parts[3], second, parts[2]}, nil
}
