package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// Content identifies one content blob of the Management Activity API: an array
// of audit records that became available together. The fields are those of the
// API's listing. The ID is opaque; nothing is derived from it.
type Content struct {
	ID         string    // contentId
	Type       string    // contentType, such as "Audit.General"
	Created    time.Time // contentCreated, UTC: when the blob became available, not when its events happened
	Expiration time.Time // contentExpiration, UTC: the API no longer serves the blob after this time
}

// Record is one audit record: its bytes as received, and its attributes.
// Parse and ParseRecord create it. It does not change afterwards.
type Record struct {
	ID           string     // Id without surrounding space; "" if the record has none
	CreationTime time.Time  // when the event happened, UTC, in the years 1601 to 9999
	RecordType   RecordType // may be a number without a known name
	JSON         []byte     // the record's bytes, valid JSON; a copy that does not alias the content blob

	values *[attributeCount]value // read-only once filled; nil in the zero Record
}

// Text returns the value of a Text attribute, and false if the record has
// none. The value is never empty and is valid UTF-8: U+FFFD replaces each
// invalid byte.
func (r *Record) Text(a Attribute) (string, bool) {
	v := r.value(a, Text)
	return v.text, v.present
}

// Int returns the value of an Int attribute, and false if the record has none.
func (r *Record) Int(a Attribute) (int32, bool) {
	v := r.value(a, Int)
	return v.number, v.present
}

// Bool returns the value of a Bool attribute. The second result is false if
// the record has none.
func (r *Record) Bool(a Attribute) (bool, bool) {
	v := r.value(a, Bool)
	return v.number == 1, v.present
}

// value returns the value of an attribute if its kind is k.
func (r *Record) value(a Attribute, k Kind) value {
	if r.values == nil || a.Kind() != k {
		return value{}
	}
	return r.values[a]
}

// Key identifies the event in the store. It depends on the event alone, so the
// same event has the same key in every content blob. It is one of
//
//   - the Id in lower case, if the Id is a GUID;
//   - "x" and 32 hex digits of the SHA-256 of the Id, for any other Id;
//   - "r" and 32 hex digits of the SHA-256 of the record's canonical JSON, if
//     the record has no Id. Two different records then never share a key.
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

// canonical returns the canonical JSON. A Record that a caller built by hand
// may hold invalid JSON; canonical returns those bytes unchanged.
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
