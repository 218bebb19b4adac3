package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Record is one audit record: its bytes as sent, and what can be asked of it.
// It is made by Parse or ParseRecord and does not change.
type Record struct {
	ID           string     // Id as sent, without space around; "" if the record has none
	CreationTime time.Time  // when the event happened, UTC, in the years 1601 to 9999
	RecordType   RecordType // may be a number that has no name yet
	JSON         []byte     // the record's bytes, valid JSON; a copy that shares nothing with the content

	values *[attributeCount]value // not changed once read; nil in the zero Record
}

// Text is the value of a Text attribute; false if the record has none. It is
// never empty, and valid UTF-8: a byte that was not is U+FFFD.
func (r *Record) Text(a Attribute) (string, bool) {
	v := r.value(a, Text)
	return v.text, v.present
}

// Int is the value of an Int attribute; false if the record has none.
func (r *Record) Int(a Attribute) (int32, bool) {
	v := r.value(a, Int)
	return v.number, v.present
}

// Bool is the value of a Bool attribute; the second result is false if the
// record has none.
func (r *Record) Bool(a Attribute) (bool, bool) {
	v := r.value(a, Bool)
	return v.number == 1, v.present
}

// value is the value of an attribute of this kind, and none of another.
func (r *Record) value(a Attribute, k Kind) value {
	if r.values == nil || a.Kind() != k {
		return value{}
	}
	return r.values[a]
}

// Key identifies the event wherever it is kept. It is a function of the event
// alone, so that the same event from any content has the same key:
//
//   - the Id in lower case, if it is a GUID, as it should be;
//   - "x" and 32 hex digits of the SHA-256 of the Id, if it is none;
//   - "r" and 32 hex digits of the SHA-256 of the record's canonical JSON, if
//     there is no Id, so that records without one never share a key by chance.
//
// It consists of the characters 0-9, a-z and the hyphen.
func (r *Record) Key() string {
	if r.ID == "" {
		return "r" + hash(r.canonical())
	}
	if id := strings.ToLower(r.ID); isGUID(id) {
		return id
	}
	return "x" + hash([]byte(r.ID))
}

// canonical is the canonical JSON, or the bytes themselves of a Record that
// was not made by this package and is no JSON.
func (r *Record) canonical() []byte {
	c, err := Canonical(r.JSON)
	if err != nil {
		return r.JSON
	}
	return c
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// isGUID reports whether s is 32 lower-case hex digits in groups of 8-4-4-4-12.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdef", rune(c)) {
				return false
			}
		}
	}
	return true
}
