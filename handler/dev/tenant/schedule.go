package tenant

import (
	"fmt"
	"strings"
	"time"
)

// stream is everything that happens in one content type: its schedule of
// contents, and what is in them. It is immutable and a pure function of the
// tenant's seed and base time. Content k is number k since the history began;
// contents go on without end.
type stream struct {
	*world
	contentType string
	seed        uint64
	first       time.Time     // begin of the history
	step        time.Duration // between contents of the history, on average
	live        time.Duration // between those after it
	contents    int           // in the history
	events      int64         // in the history
	noise       int64         // records of other workloads in the history
	plan        *plan
	templates   []*template
	weight      int // sum of theirs
}

// Every fiftieth content starts a group of four that become available at the
// same instant, and another starts a pair.
const (
	groupEvery = 50
	groupSize  = 4
	pairAt     = 25
)

// leader returns the content whose time content k shares: the last of its group.
func leader(k int) int {
	switch i := k % groupEvery; {
	case i < groupSize:
		return k - i + groupSize - 1
	case i == pairAt:
		return k + 1
	}
	return k
}

// slot returns when content k would become available if it shared its time
// with no other: at its place in an even schedule, and some jitter.
func (s *stream) slot(k int) time.Time {
	d := roll(s.seed, 'j', uint64(k))
	jitter := s.begin(k+1).Sub(s.begin(k)) / 1000 * time.Duration(d.between(100, 900))
	return s.begin(k).Add(jitter).Truncate(time.Millisecond)
}

// begin returns the start of the interval whose events content k holds.
func (s *stream) begin(k int) time.Time {
	past := min(k, s.contents)
	return s.first.Add(time.Duration(past)*s.step + time.Duration(k-past)*s.live)
}

// created returns when content k becomes available. It never decreases with k.
func (s *stream) created(k int) time.Time { return s.slot(leader(k)) }

// firstAt returns the first content created at t or later.
func (s *stream) firstAt(t time.Time) int {
	k := int(t.Sub(s.first) / s.step)
	if end := s.begin(s.contents); t.After(end) {
		k = s.contents + int(t.Sub(end)/s.live)
	}
	k = max(k-2*groupSize, 0)
	for s.created(k).Before(t) {
		k++
	}
	return k
}

// eventsBefore returns the number of events in the contents before k. Over the
// history it rises from 0 to exactly stream.events, in the calendar's rhythm.
func (s *stream) eventsBefore(k int) int64 { return s.share(s.events, k) }

// noiseBefore returns the number of noise records in the contents before k.
func (s *stream) noiseBefore(k int) int64 { return s.share(s.noise, k) }

// share returns how many of a total that the history has fall before content k.
func (s *stream) share(total int64, k int) int64 {
	from := s.calendar.upTo(s.first)
	all := s.calendar.upTo(s.begin(s.contents)) - from
	return total * (s.calendar.upTo(s.begin(k)) - from) / all
}

// id returns the contentId of content k, published at a time. Its shape is that
// of the live service: twice the same number, the type twice, and mostly a
// shard. Clients must take it as opaque.
func (s *stream) id(k int, created time.Time) string {
	d := roll(s.seed, 'i', uint64(k))
	number := strings.Replace(created.Format(idLayout), ".", "", 1) + fmt.Sprintf("%06d", (k*7919+int(s.seed%1000))%1_000_000)
	name := strings.Replace(s.contentType, ".", "_", 1)
	return number + "$" + number + "$" + strings.ToLower(name) + "$" + name + pick(&d, shards)
}

const idLayout = "20060102150405.000" // in an id without its point

var shards = []string{"$emea0036", "$emea0036", "$emea9037", "$na0014", "$na0030$na0030", ""}

// createdOf returns the time that an id tells, which only the tenant itself may
// read.
func createdOf(id string) (time.Time, bool) {
	if len(id) < 17 {
		return time.Time{}, false
	}
	t, err := time.Parse(idLayout, id[:14]+"."+id[14:17])
	return t, err == nil
}
