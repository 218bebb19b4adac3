package tenant

import "slices"

// contents of a body are numbered: first the events of the content, then
// duplicates of earlier ones, then noise. shuffled returns these numbers in the
// order in which the body has them.
func (s *stream) shuffled(k, total int) []int32 {
	order := make([]int32, total)
	for i := range order {
		order[i] = int32(i)
	}
	d := roll(s.seed, 'h', uint64(k))
	shuffle(&d, order)
	return order
}

// body returns what content k holds: a JSON array of records in no order.
func (s *stream) body(k int) []byte {
	from, to := s.eventsBefore(k), s.eventsBefore(k+1)
	events, duplicates := int(to-from), s.duplicates(k)
	noise := int(s.noiseBefore(k+1) - s.noiseBefore(k))
	b := make([]byte, 0, 2+(events+len(duplicates))*1400+noise*1300)
	b = append(b, '[')
	for i, n := range s.shuffled(k, events+len(duplicates)+noise) {
		if i > 0 {
			b = append(b, ',')
		}
		switch n := int(n); {
		case n < events:
			b = s.appendEvent(b, from+int64(n), k)
		case n < events+len(duplicates):
			c := duplicates[n-events]
			b = s.appendEvent(b, c.event, c.content)
		default:
			b = s.appendNoise(b, k, n-events-len(duplicates))
		}
	}
	return append(b, ']')
}

// copied is an event that a later content repeats.
type copied struct {
	event   int64
	content int // that had it first
}

// duplicates returns the events of earlier contents that content k repeats,
// each once: about one of a hundred.
func (s *stream) duplicates(k int) []copied {
	var again []copied
	d := roll(s.seed, 'd', uint64(k))
	for range s.eventsBefore(k+1)/100 - s.eventsBefore(k)/100 {
		c, found := s.earlier(&d, k)
		if found && !slices.Contains(again, c) {
			again = append(again, c)
		}
	}
	return again
}

// earlier draws an event of one of the sixty contents before k.
func (s *stream) earlier(d *dice, k int) (copied, bool) {
	if k == 0 {
		return copied{}, false
	}
	from := k - 1 - d.below(min(k, 60))
	first, count := s.eventsBefore(from), int(s.eventsBefore(from+1)-s.eventsBefore(from))
	if count == 0 {
		return copied{}, false
	}
	return copied{first + int64(d.below(count)), from}, true
}
