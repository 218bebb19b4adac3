package audit

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// value is what an attribute holds: text, or a number, which for a Bool is 0 or 1.
type value struct {
	text    string
	number  int32
	present bool
}

// The read functions take one JSON value as sent and say whether it can be read
// as their kind. Services have sent numbers and truth values as text, too; what
// cannot be read is absent, which costs one attribute and never the record.

// readText reads a string, or a number or truth value as it is written. Empty
// text says no more than absence does, and is absent.
func readText(raw []byte) (value, bool) {
	switch raw[0] {
	case '"':
		s := unquote(raw)
		return value{text: s, present: true}, s != ""
	case '{', '[', 'n':
		return value{}, false
	}
	return value{text: string(raw), present: true}, true
}

// readTrimmed is readText without space around.
func readTrimmed(raw []byte) (value, bool) {
	v, _ := readText(raw)
	v.text = strings.TrimSpace(v.text)
	return v, v.text != ""
}

// readArray reads an array as its JSON text, without white space between; an
// empty one is absent. Text is taken for the array's JSON already.
func readArray(raw []byte) (value, bool) {
	if raw[0] == '"' {
		raw = []byte(unquote(raw))
	}
	if len(raw) == 0 || raw[0] != '[' || string(raw) == "[]" {
		return value{}, false
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil || b.String() == "[]" {
		return value{}, false
	}
	return value{text: strings.ToValidUTF8(b.String(), "\uFFFD"), present: true}, true
}

// readInt reads a whole number of 32 bits: 1, 1.0, "1" or its name.
func readInt(raw []byte, byName func(string) (int32, bool)) (value, bool) {
	v, ok := readTrimmed(raw)
	if !ok {
		return value{}, false
	}
	n, ok := parseInt(v.text)
	if !ok {
		n, ok = byName(v.text)
	}
	return value{number: n, present: true}, ok
}

// readBool reads true, "True", 1 or "1", and their opposites.
func readBool(raw []byte) (value, bool) {
	v, _ := readTrimmed(raw)
	switch strings.ToLower(v.text) {
	case "true", "1":
		return value{number: 1, present: true}, true
	case "false", "0":
		return value{number: 0, present: true}, true
	}
	return value{}, false
}

// parseInt reads decimal text as a whole number; 1.0 and 1e0 are 1.
func parseInt(s string) (int32, bool) {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return int32(n), true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || f < math.MinInt32 || f > math.MaxInt32 {
		return 0, false
	}
	return int32(f), true
}
