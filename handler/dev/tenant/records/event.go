package records

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// event is one step of a life, with everything that its record says.
type event struct {
	*world
	life
	change
	kind    eventKind
	id      string
	time    time.Time
	actor   *person
	device  *device
	address string
	quirk   quirk
	dice    dice.Dice // for whatever else the record needs
}

func (s *Stream) event(r Ref) event {
	part, block := s.plan.at(s.Seed, r.Number)
	l := s.lifeOf(&part, block)
	d := dice.New(s.Seed, 'e', uint64(r.Number))
	e := event{world: s.world, life: l, change: l.labelChange(), kind: part.script.steps[part.step].kind}
	e.id = d.GUID()
	e.time = s.available(r).Add(time.Duration(part.step)*time.Second - l.delay).Truncate(time.Second)
	e.actor = s.actor(&d, &e)
	e.device = e.workplace(&d)
	e.address = e.actor.address(&d)
	e.quirk = newQuirk(&d)
	e.dice = d
	return e
}

// available returns when an event reaches the service: some time before its
// content blob is created, and never before an event with a smaller number.
func (s *Stream) available(r Ref) time.Time {
	from, to := s.eventsBefore(r.Content), s.eventsBefore(r.Content+1)
	end := s.slotTime(r.Content)
	span := min(end.Sub(s.slotTime(r.Content-1)), 40*time.Minute)
	return end.Add(-span * time.Duration(to-r.Number) / time.Duration(to-from))
}

// actor returns the user of an event: the scanner, a colleague who opens a
// shared file, or else the file's owner.
func (s *Stream) actor(d *dice.Dice, e *event) *person {
	opened := e.kind == accessed || e.kind == nativeOpened
	switch {
	case e.script.scanner && !opened:
		return &s.scanner
	case opened && e.file.shared && d.Chance(550):
		return &s.people[d.IntN(len(s.people))]
	}
	return e.owner
}

// workplace returns the actor's device. A file on a local disk is always
// handled on the same one.
func (e *event) workplace(d *dice.Dice) *device {
	if e.script.where == onDesk && !e.file.shared {
		return &e.actor.devices[0]
	}
	return &e.actor.devices[d.IntN(len(e.actor.devices))]
}

// appendEvent appends the record of an event.
func (s *Stream) appendEvent(buf []byte, r Ref) []byte {
	e := s.event(r)
	o := object{buf}
	o.open()
	switch e.kind {
	case mailLabeled, autoMail:
		e.writeMail(&o)
	case autoSite, autoPolicy:
		e.writeSite(&o)
	case policyMatch, nativeApplied, nativeUpgrade, nativeDowngrade, nativeRemoved, nativeOpened, nativeRenamed:
		e.writeNative(&o)
	default:
		e.writeInformationProtection(&o)
	}
	o.close()
	return o.buf
}

// quirk is an oddity of a record that has been seen in the field. A record has
// at most one. None of them makes the record invalid.
type quirk uint8

const (
	noQuirk         quirk = iota
	textPlatform          // Platform "1"
	spacedDataState       // the key "Data State"
	doubledUser           // UserId twice; the last is the right one
	spacedAddress         // ClientIP with a leading space
	bareRecord            // Workload, Version and Scope missing
	portAddress           // ClientIP with a port
	oddOperation          // Heartbeat instead of HeartBeat
	userInKey             // UserKey holds the address
	pluralScanner         // "... Scanners" in ApplicationName
	detailsFirst          // the common attributes come last, among them Id
)

// newQuirk draws each oddity for two records in a thousand, and detailsFirst
// for one in ten.
func newQuirk(d *dice.Dice) quirk {
	n := d.IntN(1000)
	if n < 2*int(detailsFirst) {
		return quirk(n/2) + 1
	}
	if n < 120 {
		return detailsFirst
	}
	return noQuirk
}
