package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A cursor says where a page of a question ended. To callers it is base64url
// text that they pass on; inside it is JSON with a checksum.
//
// There is no secret in it, and none is needed: it can name a place among the
// events, and the caller may see all of them. The checksum finds what was
// damaged or made up before it is taken for an answer.
type cursor struct {
	Version  int            `json:"v"`
	Question string         `json:"q"` // hash of the question
	Start    int64          `json:"s"` // where the question's range begins, Unix seconds
	From     int64          `json:"f"` // the window that the page ended in, [From, To)
	To       int64          `json:"t"`
	After    store.Position `json:"p,omitempty"` // the last event of it that was read; "": none
	Sum      string         `json:"c"`
}

const cursorVersion = 1

var errCursor = errors.New("not a cursor")

// cursorAt is the cursor of the page of q that ended at p.
func cursorAt(q *question, p place) cursor {
	return cursor{
		Version: cursorVersion, Question: q.hash(),
		Start: q.from.Unix(), From: p.from.Unix(), To: p.to.Unix(), After: p.after,
	}
}

func (c cursor) start() time.Time { return time.Unix(c.Start, 0).UTC() }

func (c cursor) place() place {
	return place{time.Unix(c.From, 0).UTC(), time.Unix(c.To, 0).UTC(), c.After}
}

// String is the cursor as callers see it.
func (c cursor) String() string {
	c.Sum = ""
	sum := sha256.Sum256(c.json())
	c.Sum = hex.EncodeToString(sum[:8])
	return base64.RawURLEncoding.EncodeToString(c.json())
}

func (c cursor) json() []byte {
	// Numbers and strings can always be encoded.
	b, _ := json.Marshal(c)
	return b
}

// parseCursor reads what String wrote, and nothing else: no other spelling
// of the same cursor either.
func parseCursor(s string) (cursor, error) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	if json.Unmarshal(text, &c) != nil || c.String() != s {
		return cursor{}, errCursor
	}
	if c.Version != cursorVersion || !c.plausible() {
		return cursor{}, errCursor
	}
	return c, nil
}

// plausible reports whether the times are in order, and years that dates can
// be written in.
func (c cursor) plausible() bool {
	const first, last = -62167219200, 253402300799 // years 0 to 9999
	return first <= c.Start && c.Start <= c.From && c.From <= c.To && c.To <= last
}
