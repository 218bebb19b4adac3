package records

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// Every fiftieth content blob starts a group of four that are created at the
// same instant, and another one starts a pair. The live service does the same.
const (
	groupEvery = 50
	groupSize  = 4
	pairAt     = 25
)

// leader returns the blob whose time blob k shares: the last of its group.
func leader(k int) int {
	switch i := k % groupEvery; {
	case i < groupSize:
		return k - i + groupSize - 1
	case i == pairAt:
		return k + 1
	}
	return k
}

// Created returns when content blob k is created. It never decreases with k.
func (s *Stream) Created(k int) time.Time { return s.slotTime(leader(k)) }

// slotTime returns when blob k would be created if it shared its time with no
// other: at an even distance from its neighbors, plus some jitter.
func (s *Stream) slotTime(k int) time.Time {
	d := dice.New(s.Seed, 'j', uint64(k))
	jitter := s.begin(k+1).Sub(s.begin(k)) / 1000 * time.Duration(d.Between(100, 900))
	return s.begin(k).Add(jitter).Truncate(time.Millisecond)
}

// begin returns the start of the interval whose events blob k holds.
func (s *Stream) begin(k int) time.Time {
	past := min(k, s.contents)
	return s.First.Add(time.Duration(past)*s.step + time.Duration(k-past)*s.live)
}

// FirstAt returns the number of the first content blob created at t or later.
func (s *Stream) FirstAt(t time.Time) int {
	k := int(t.Sub(s.First) / s.step)
	if end := s.begin(s.contents); t.After(end) {
		k = s.contents + int(t.Sub(end)/s.live)
	}
	k = max(k-2*groupSize, 0)
	for s.Created(k).Before(t) {
		k++
	}
	return k
}

// eventsBefore returns the number of events in the blobs before k. Over the
// history it rises from 0 to exactly s.events, in the calendar's rhythm.
func (s *Stream) eventsBefore(k int) int64 { return s.share(s.events, k) }

// noiseBefore returns the number of noise records in the blobs before k.
func (s *Stream) noiseBefore(k int) int64 { return s.share(s.noise, k) }

// share returns how many of the history's total fall before blob k.
func (s *Stream) share(total int64, k int) int64 {
	from := s.calendar.upTo(s.First)
	all := s.calendar.upTo(s.begin(s.contents)) - from
	return total * (s.calendar.upTo(s.begin(k)) - from) / all
}

// The tenant's activity in each hour of a day (UTC), in percent of the busiest
// hour.
var (
	weekday = [24]int64{6, 5, 5, 6, 8, 12, 30, 65, 95, 100, 100, 90, 70, 88, 98, 92, 80, 55, 32, 20, 15, 12, 9, 7}
	weekend = [24]int64{4, 4, 4, 4, 5, 6, 7, 9, 12, 14, 15, 14, 12, 13, 14, 13, 12, 11, 10, 10, 9, 8, 6, 5}
)

// calendar is the cumulative activity of a week. Element h is the activity from
// the week's start (Monday, 00:00 UTC) to its hour h.
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

// upTo returns the activity between a fixed Monday and t. It is an integer, so
// that rounding cannot differ between machines.
func (c *calendar) upTo(t time.Time) int64 {
	const week = 7 * 24 * 3600 // seconds
	monday := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	seconds := int64(t.Sub(monday) / time.Second)
	weeks, rest := seconds/week, seconds%week
	hour := rest / 3600
	within := (c[hour+1] - c[hour]) / 3600 * (rest % 3600)
	return weeks*c[len(c)-1] + c[hour] + within
}
