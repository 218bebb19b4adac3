package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Tables that hold one month each, by the start of their names.
const (
	eventsPrefix  = "events"
	indexPrefix   = "index"
	contentPrefix = "content"
	stateTable    = "state"
)

// month is a calendar month in UTC, counted from January of year 0.
type month int

func monthOf(t time.Time) month {
	t = t.UTC()
	return month(t.Year()*12 + int(t.Month()) - 1)
}

// table is the name of the month's table: events202611.
func (m month) table(prefix string) string { return prefix + m.String() }

func (m month) String() string { return fmt.Sprintf("%04d%02d", m/12, m%12+1) }

// start is the month's first instant.
func (m month) start() time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// inverted has 6 digits; a later month has a smaller one.
func (m month) inverted() string { return fmt.Sprintf("%06d", 120_000-m) }

// monthOfInverted reads what inverted wrote.
func monthOfInverted(s string) (month, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) != 6 || n > 120_000 {
		return 0, fmt.Errorf("%q is no inverted month", s)
	}
	return month(120_000 - n), nil
}

// monthOfTable returns the month of a table whose name begins with prefix;
// false for any other table.
func monthOfTable(prefix, name string) (month, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok || len(digits) != 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n%100 < 1 || n%100 > 12 {
		return 0, false
	}
	return month(n/100*12 + n%100 - 1), true
}
