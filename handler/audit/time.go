package audit

import (
	"errors"
	"strings"
	"time"
)

// timeLayout is how the API writes most times: UTC, without a zone.
const timeLayout = "2006-01-02T15:04:05"

// The years that a key can hold. 1601 is where Windows file time and the dates
// of table storage begin.
const (
	minYear = 1601
	maxYear = 9999
)

var (
	errNoTime    = errors.New("no CreationTime")
	errNotTime   = errors.New("CreationTime is not a time")
	errTimeRange = errors.New("CreationTime is outside the years 1601 to 9999")
)

// ParseTime parses a time as the API writes it, in a record, a listing or a
// notification: with a zone (RFC 3339) or without one, which means UTC, and
// with a fraction of any length or none. It returns the time in UTC.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil {
		t, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		return time.Time{}, err
	}
	return t.UTC(), nil
}

// readTime reads a CreationTime. It never makes one up: a time that is not the
// event's own would give the same event another key each time it arrives.
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
