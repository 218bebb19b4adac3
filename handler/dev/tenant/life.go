package tenant

import "time"

// life is the story of one file, or of one device's heartbeat. It is worked
// out anew for each of its events.
type life struct {
	*slot
	seed  uint64
	owner *person
	file  file
	// delay is the time between an event of this life and its being available.
	// All events of a life have the same, so that they keep their order.
	delay time.Duration
}

// lifeOf returns the life that began in a block.
func (s *stream) lifeOf(part *slot, block int64) life {
	d := roll(s.seed, 'l', uint64(block), part.birth)
	l := life{slot: part, seed: d.next(), owner: s.owner(&d, part, block)}
	l.delay = delay(&d)
	if part.script.steps[0].kind != heartbeat {
		l.file = newFile(&d, l.owner, part.script.where, s.born(block))
	}
	return l
}

// born returns roughly when the lives of a block began, weekends left aside.
func (s *stream) born(block int64) time.Time {
	share := float64(block) * float64(len(s.plan.slots)) / float64(s.events)
	return s.first.Add(time.Duration(share * float64(history))).Truncate(time.Hour)
}

// delay returns five to fifty minutes, which the schedule's own granularity
// lengthens, and in one of fifty cases up to three days.
func delay(d *dice) time.Duration {
	if d.chance(20) {
		return time.Duration(d.between(2*3600, 72*3600)) * time.Second
	}
	return time.Duration(d.between(5*60, 50*60)) * time.Second
}

// owner returns whose file it is. Heartbeats go round the staff, so that all
// devices have theirs.
func (s *stream) owner(d *dice, part *slot, block int64) *person {
	if part.script.steps[0].kind != heartbeat {
		return &s.people[d.below(len(s.people))]
	}
	const perBlock = 9
	turn := (block*perBlock+int64(part.birth))*61 + 7
	n := int64(len(s.people))
	return &s.people[(turn%n+n)%n]
}

// change is a label before and after a step; nil for none.
type change struct{ before, after *Label }

// labels replays the life up to its step.
func (l *life) labels() change {
	var c change
	if first := l.script.steps[0].kind; first == accessed || first == discovered && l.seed%3 == 0 && len(l.script.steps) == 1 {
		c.after = l.firstLabel()
	}
	for i := range l.step + 1 {
		c = change{c.after, l.next(c.after, i)}
	}
	return c
}

// next returns the label after step i.
func (l *life) next(now *Label, i int) *Label {
	d := roll(l.seed, 'n', uint64(i))
	switch l.script.steps[i].kind {
	case applied, nativeApplied, mailLabelled, autoSite, autoPolicy, autoMail, policyMatch:
		return l.firstLabel()
	case upgraded, nativeUpgrade:
		return &labels[d.between(now.Priority+1, len(labels)-1)]
	case downgraded, nativeDowngrade:
		return &labels[d.between(max(now.Priority-3, 0), now.Priority-1)]
	case relabelled:
		return &labels[now.Priority^1]
	case removed, nativeRemoved:
		return nil
	}
	return now
}

func (l *life) firstLabel() *Label {
	d := roll(l.seed, 'f')
	return &labels[d.between(l.script.low, l.script.high)]
}
