package audit

import (
	"errors"
	"strings"
	"time"
)

// A CreationTime has no zone, and is UTC, or has one. Parsing accepts a
// fraction of any length behind the seconds of either layout.
const (
	timeLayout      = "2006-01-02T15:04:05"
	timeLayoutZoned = "2006-01-02T15:04:05Z07:00"
)

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

// readTime reads a CreationTime. It never makes one up: a time that is not the
// event's own would give the same event another key each time it arrives.
func readTime(raw []byte) (time.Time, error) {
	if raw == nil {
		return time.Time{}, errNoTime
	}
	if raw[0] != '"' {
		return time.Time{}, errNotTime
	}
	s := strings.TrimSpace(unquote(raw))
	t, err := time.Parse(timeLayout, s)
	if err != nil {
		t, err = time.Parse(timeLayoutZoned, s)
	}
	if err != nil {
		return time.Time{}, errNotTime
	}
	t = t.UTC()
	if t.Year() < minYear || t.Year() > maxYear {
		return time.Time{}, errTimeRange
	}
	return t, nil
}
