package records

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// life is the story of one file, or of one heartbeat of a device. It is computed
// again for each of its events.
type life struct {
	*slot
	seed  uint64
	owner *person
	file  file
	// delay is the time from an event to its arrival at the service. All events
	// of a life have the same delay, so they arrive in order.
	delay time.Duration
}

// lifeOf returns the life of a slot that started in a block.
func (s *Stream) lifeOf(part *slot, block int64) life {
	d := dice.New(s.Seed, 'l', uint64(block), part.birth)
	l := life{slot: part, seed: d.Uint64(), owner: s.owner(&d, part, block)}
	l.delay = newDelay(&d)
	if part.script.steps[0].kind != heartbeat {
		l.file = newFile(&d, l.owner, part.script.where, s.born(block))
	}
	return l
}

// born returns roughly when the lives of a block started. It ignores that
// weekends are quiet.
func (s *Stream) born(block int64) time.Time {
	share := float64(block) * float64(len(s.plan.slots)) / float64(s.events)
	return s.First.Add(time.Duration(share * float64(history))).Truncate(time.Hour)
}

// newDelay draws five to fifty minutes, and in one case of fifty up to three
// days. An event then also waits for the next content blob of the schedule.
func newDelay(d *dice.Dice) time.Duration {
	if d.Chance(20) {
		return time.Duration(d.Between(2*3600, 72*3600)) * time.Second
	}
	return time.Duration(d.Between(5*60, 50*60)) * time.Second
}

// owner returns the owner of a life's file. Heartbeats take turns instead, so
// that everybody has some.
func (s *Stream) owner(d *dice.Dice, part *slot, block int64) *person {
	if part.script.steps[0].kind != heartbeat {
		return &s.people[d.IntN(len(s.people))]
	}
	const perBlock = 9 // births of the heartbeat script
	turn := (block*perBlock+int64(part.birth))*61 + 7
	n := int64(len(s.people))
	return &s.people[(turn%n+n)%n]
}

// change is the label before and after a step, nil for no label.
type change struct{ before, after *label }

// labelChange replays the life and returns the label change of its step.
func (l *life) labelChange() change {
	var c change
	if first := l.script.steps[0].kind; first == accessed || first == discovered && l.seed%3 == 0 && len(l.script.steps) == 1 {
		c.after = l.firstLabel()
	}
	for i := range l.step + 1 {
		c = change{c.after, l.next(c.after, i)}
	}
	return c
}

// next returns the label after step i, given the label before it.
func (l *life) next(before *label, i int) *label {
	d := dice.New(l.seed, 'n', uint64(i))
	switch l.script.steps[i].kind {
	case applied, nativeApplied, mailLabeled, autoSite, autoPolicy, autoMail, policyMatch:
		return l.firstLabel()
	case upgraded, nativeUpgrade:
		return &labels[d.Between(before.priority+1, len(labels)-1)]
	case downgraded, nativeDowngrade:
		return &labels[d.Between(max(before.priority-3, 0), before.priority-1)]
	case relabeled:
		return &labels[before.priority^1]
	case removed, nativeRemoved:
		return nil
	}
	return before
}

func (l *life) firstLabel() *label {
	d := dice.New(l.seed, 'f')
	return &labels[d.Between(l.script.low, l.script.high)]
}
