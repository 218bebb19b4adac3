package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is an attribute's value: text, or a number. A Bool is the number 0 or 1.
type value struct {
	text    string
	number  int32
	present bool
}

// Each read function reads one JSON value as its kind and reports whether it
// could. Services also send numbers and booleans as strings. An unreadable value
// counts as absent: it costs one attribute, never the record.

// readText reads a string, or the literal text of a number or boolean. Empty
// text counts as absent.
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

// readTrimmed is readText without surrounding space.
func readTrimmed(raw []byte) (value, bool) {
	v, _ := readText(raw)
	v.text = strings.TrimSpace(v.text)
	return v, v.text != ""
}

// readArray reads an array as its compact JSON text. An empty array counts as
// absent. A string is read as the JSON of an array.
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

// readBool reads true, "True", 1, "1" and their opposites.
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

// The years that a key can hold. Windows file time and the dates of Table
// Storage begin in 1601.
const (
	minYear = 1601
	maxYear = 9999
)

var (
	errNoTime    = errors.New("no CreationTime")
	errNotTime   = errors.New("CreationTime is not a time")
	errTimeRange = errors.New("CreationTime is outside the years 1601 to 9999")
)

// ParseTime parses a time as the Management Activity API writes it, in a record,
// a listing or a notification: RFC 3339 with or without a zone, with a fraction
// of any length or none. A time without a zone is UTC. The result is in UTC.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		return time.Time{}, err
	}
	return t.UTC(), nil
}

// readTime reads a CreationTime. It never substitutes another time: the event
// would then get a new key each time it arrives.
func readTime(raw []byte) (time.Time, error) {
	if raw == nil {
		return time.Time{}, errNoTime
	}
	if raw[0] != '"' {
		return time.Time{}, errNotTime
	}
	t, err := ParseTime(strings.TrimSpace(unquote(raw)))
	if err != nil {
		return time.Time{}, errNotTime
	}
	if t.Year() < minYear || t.Year() > maxYear {
		return time.Time{}, errTimeRange
	}
	return t, nil
}
