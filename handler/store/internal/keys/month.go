package keys

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Month is a calendar month in UTC, counted from January of year 0.
type Month int

// MonthOf returns the month that contains t.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

// Table returns the name of the month's table: "events202611".
func (m Month) Table(prefix string) string { return prefix + m.String() }

// String returns the month as yyyymm.
func (m Month) String() string { return fmt.Sprintf("%04d%02d", m/12, m%12+1) }

// Start returns the month's first instant.
func (m Month) Start() time.Time {
	return time.Date(int(m/12), time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
}

// Inverted returns 6 digits that are smaller for a later month.
func (m Month) Inverted() string { return fmt.Sprintf("%06d", 120_000-m) }

// ParseInvertedMonth is the inverse of [Month.Inverted].
func ParseInvertedMonth(s string) (Month, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || len(s) != 6 || n > 120_000 {
		return 0, fmt.Errorf("invalid inverted month %q", s)
	}
	return Month(120_000 - n), nil
}

// ParseTable returns the month in a table name that consists of prefix and
// yyyymm; false for any other name.
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

// CountDown returns the months from newest to oldest, both included.
func CountDown(newest, oldest Month) (months []Month) {
	for m := newest; m >= oldest; m-- {
		months = append(months, m)
	}
	return months
}

// A Range is the times [From, To). A zero time means no bound.
type Range struct{ From, To time.Time }

// Contains reports whether t is in the range.
func (r Range) Contains(t time.Time) bool {
	return (r.From.IsZero() || !t.Before(r.From)) && (r.To.IsZero() || t.Before(r.To))
}

// Seconds returns the newest and the oldest key second of the range.
func (r Range) Seconds() (newest, oldest int64) {
	newest = LastSecond
	if !r.To.IsZero() {
		newest = Second(r.To.Add(-1))
	}
	if !r.From.IsZero() {
		oldest = Second(r.From)
	}
	return newest, oldest
}

// Overlaps reports whether any time of the month is in the range.
func (r Range) Overlaps(m Month) bool {
	return (r.To.IsZero() || m.Start().Before(r.To)) && (r.From.IsZero() || r.From.Before((m + 1).Start()))
}

// Earlier returns the earlier of two times.
func Earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
