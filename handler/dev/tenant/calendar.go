package tenant

import "time"

// A tenant's activity over a day, in percent of the busiest hour, UTC.
var (
	weekday = [24]int64{6, 5, 5, 6, 8, 12, 30, 65, 95, 100, 100, 90, 70, 88, 98, 92, 80, 55, 32, 20, 15, 12, 9, 7}
	weekend = [24]int64{4, 4, 4, 4, 5, 6, 7, 9, 12, 14, 15, 14, 12, 13, 14, 13, 12, 11, 10, 10, 9, 8, 6, 5}
)

const week = 7 * 24 * time.Hour

// calendar sums a tenant's activity, so that any stretch of time gets its share
// of events: many on a weekday's morning, few in the night. Entry h is the
// activity from the week's begin (Monday, 00:00 UTC) to its hour h.
type calendar [7*24 + 1]int64

func newCalendar() *calendar {
	var c calendar
	for h := range 7 * 24 {
		weight := weekday[h%24]
		if h/24 >= 5 {
			weight = weekend[h%24]
		}
		c[h+1] = c[h] + weight*3600
	}
	return &c
}

// upTo returns the activity between a fixed Monday and t. It is a whole number,
// so that no machine rounds it differently.
func (c *calendar) upTo(t time.Time) int64 {
	monday := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	seconds := int64(t.Sub(monday) / time.Second)
	weeks, rest := seconds/int64(week/time.Second), seconds%int64(week/time.Second)
	hour := rest / 3600
	within := (c[hour+1] - c[hour]) / 3600 * (rest % 3600)
	return weeks*c[len(c)-1] + c[hour] + within
}
