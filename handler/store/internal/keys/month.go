package keys

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// month is a calendar month in UTC, counted from January of year 0.
type Month int

func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

// table is the name of the month's table: events202611.
func (m Month) Table(prefix string) string { return prefix + m.String() }

func (m Month) String() string { return fmt.Sprintf("%04d%02d", m/12, m%12+1) }

// start is the month's first instant.
func (m Month) Start() time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// inverted has 6 digits; a later month has a smaller one.
func (m Month) Inverted() string { return fmt.Sprintf("%06d", 120_000-m) }

// monthOfInverted reads what inverted wrote.
func ParseInvertedMonth(s string) (Month, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) != 6 || n > 120_000 {
		return 0, fmt.Errorf("%q is no inverted month", s)
	}
	return Month(120_000 - n), nil
}

// monthOfTable returns the month of a table whose name begins with prefix;
// false for any other table.
func ParseTable(prefix, name string) (Month, bool) {
	digits, ok := strings.CutPrefix(name, prefix)
	if !ok || len(digits) != 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || n%100 < 1 || n%100 > 12 {
		return 0, false
	}
	return Month(n/100*12 + n%100 - 1), true
}
