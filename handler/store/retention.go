package store

import "time"

// OldestKept returns the start of the oldest month that a retention of days
// keeps at now. A month is kept as long as any of it is within that time; with
// 0 days all is kept, and the result is the zero time.
func OldestKept(now time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	t := now.UTC().AddDate(0, 0, -days)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
