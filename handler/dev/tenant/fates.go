package tenant

import "time"

// Every run of contents this long has one of each fate: of those that a plan
// has switched on.
const fateCycle = 40

// fateOf returns the mood of content k of a stream; "" for a content that is
// as it should be. A content has one at most, so that they do not meet.
func (m *Faults) fateOf(s *stream, k int) FaultMode {
	if m == nil {
		return ""
	}
	d := roll(m.seed, s.seed, uint64(k/fateCycle))
	var places [fateCycle]FaultMode
	copy(places[:], contentMoods)
	places[len(contentMoods)] = Late
	shuffle(&d, places[:])
	if fate := places[k%fateCycle]; m.on[fate] {
		return fate
	}
	return ""
}

// lateness is by how long a content is listed after its creation: an hour or
// so, in one of four cases many hours.
func (m *Faults) lateness(s *stream, k int) time.Duration {
	d := roll(m.seed, s.seed, 'l', uint64(k))
	if d.chance(250) {
		return time.Duration(d.between(3*60, 20*60)) * time.Minute
	}
	return time.Duration(d.between(20, 100)) * time.Minute
}

// Republished contents come two to four days later.
const (
	republishedFrom = 2 * 24 * time.Hour
	republishedTo   = 4 * 24 * time.Hour
)

func (m *Faults) republishedAfter(s *stream, k int) time.Duration {
	d := roll(m.seed, s.seed, 'r', uint64(k))
	return republishedFrom + time.Duration(d.below(int((republishedTo-republishedFrom)/time.Second)))*time.Second
}

// lost reports whether a fate means that the content cannot be had.
func lost(fate FaultMode) bool { return fate == Expired || fate == Missing || fate == Vanished }
