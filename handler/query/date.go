package query

import (
	"regexp"
	"strconv"
	"time"
)

// dates is what a date may look like. All of them are UTC, the Z changes
// nothing.
const dates = "a date such as 2026-11-21, a time such as 2026-11-21T10:00, 2026-11-21T10:00:00 or 2026-11-21T10:00:00Z (UTC), " +
	"or one relative to now such as -7d or -12h"

// datePattern is the same for programs.
const datePattern = `^(\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z?)?|-\d{1,5}[dh])$`

var dateLayouts = []string{
	"2006-01-02",
	"2006-01-02T15:04", "2006-01-02T15:04Z",
	"2006-01-02T15:04:05", "2006-01-02T15:04:05Z",
}

// relative has few enough digits to stay within the years that time can
// print.
var relative = regexp.MustCompile(`^-(\d{1,5})([dh])$`)

// parseDate reads a date of the question that is asked at now. The result is
// a whole second in UTC.
func parseDate(s string, now time.Time) (time.Time, bool) {
	if m := relative.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour}[m[2]]
		return now.UTC().Truncate(time.Second).Add(-time.Duration(n) * unit), true
	}
	for _, layout := range dateLayouts {
		// Of the same length: time.Parse also takes a fraction, or an hour of
		// one digit, where the layout has none.
		if len(s) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t, t.Year() > 0 // leaves room for a range that ends here
		}
	}
	return time.Time{}, false
}

// formatDate writes a whole second so that parseDate reads it back.
func formatDate(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
