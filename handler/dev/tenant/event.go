package tenant

import (
	"time"
)

// Record types of the events, as in AuditLogRecordType.
const (
	typeMail         = 43 // MIPLabel
	typeAutoSite     = 71 // MipAutoLabelSharePointItem
	typeAutoPolicy   = 72 // MipAutoLabelSharePointPolicyLocation
	typeAutoMail     = 75 // MipAutoLabelExchangeItem
	typePolicyMatch  = 82 // SensitivityLabelPolicyMatch
	typeNativeAction = 83 // SensitivityLabelAction
	typeNativeFile   = 84 // SensitivityLabeledFileAction
	typeDiscover     = 93 // AipDiscover
	typeLabel        = 94 // AipSensitivityLabelAction
	typeProtection   = 95 // AipProtectionAction
	typeFileDeleted  = 96 // AipFileDeleted
	typeHeartBeat    = 97 // AipHeartBeat
)

// event is one step of a life, with everything that its record tells.
type event struct {
	*world
	life
	change
	kind    kind
	id      string
	time    time.Time
	actor   *person
	device  *device
	address string
	quirk   quirk
	dice    dice // for what else the record needs
}

// event returns event n, which content k holds.
func (s *stream) event(n int64, k int) event {
	part, block := s.plan.at(s.seed, n)
	l := s.lifeOf(&part, block)
	d := roll(s.seed, 'e', uint64(n))
	e := event{world: s.world, life: l, change: l.labels(), kind: part.script.steps[part.step].kind}
	e.id = d.guid()
	e.time = s.available(n, k).Add(time.Duration(part.step)*time.Second - l.delay).Truncate(time.Second)
	e.actor = s.actor(&d, &e)
	e.device = e.workplace(&d)
	e.address = e.actor.address(&d)
	e.quirk = newQuirk(&d)
	e.dice = d
	return e
}

// available returns when event n reached the service: some time before content
// k, and never before an event of a smaller number.
func (s *stream) available(n int64, k int) time.Time {
	from, to := s.eventsBefore(k), s.eventsBefore(k+1)
	end := s.slot(k)
	span := min(end.Sub(s.slot(k-1)), 40*time.Minute)
	return end.Add(-span * time.Duration(to-n) / time.Duration(to-from))
}

// actor returns who did it: the file's owner, a colleague who opens it where
// both can, or the scanner.
func (s *stream) actor(d *dice, e *event) *person {
	opened := e.kind == accessed || e.kind == nativeOpened
	switch {
	case e.script.scanner && !opened:
		return &s.scanner
	case opened && e.file.shared && d.chance(550):
		return &s.people[d.below(len(s.people))]
	}
	return e.owner
}

// workplace returns the device: for a file on a disk, the one that has it.
func (e *event) workplace(d *dice) *device {
	if e.script.where == onDesk && !e.file.shared {
		return &e.actor.devices[0]
	}
	return &e.actor.devices[d.below(len(e.actor.devices))]
}

// appendEvent appends the record of event n, which content k holds.
func (s *stream) appendEvent(buf []byte, n int64, k int) []byte {
	e := s.event(n, k)
	o := object{buf}
	o.open()
	switch e.kind {
	case mailLabelled, autoMail:
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

// recordType returns the number of an event's record type.
func (e *event) recordType() int {
	switch e.kind {
	case discovered, accessed:
		return typeDiscover
	case protected, unprotected:
		return typeProtection
	case deleted:
		return typeFileDeleted
	case heartbeat:
		return typeHeartBeat
	case mailLabelled:
		return typeMail
	case autoSite:
		return typeAutoSite
	case autoPolicy:
		return typeAutoPolicy
	case autoMail:
		return typeAutoMail
	case policyMatch:
		return typePolicyMatch
	case nativeApplied, nativeUpgrade, nativeDowngrade, nativeRemoved:
		return typeNativeAction
	case nativeOpened, nativeRenamed:
		return typeNativeFile
	}
	return typeLabel
}

// operation returns an event's Operation.
func (e *event) operation() string {
	switch e.kind {
	case discovered:
		return "Discover"
	case accessed:
		return "Access"
	case applied, protected, nativeApplied:
		return "SensitivityLabelApplied"
	case upgraded, downgraded, relabelled, nativeUpgrade, nativeDowngrade:
		return "SensitivityLabelUpdated"
	case removed, unprotected, nativeRemoved:
		return "SensitivityLabelRemoved"
	case deleted:
		return "FileDeleted"
	case policyMatch:
		return "SensitivityLabelPolicyMatched"
	case nativeOpened:
		return "SensitivityLabeledFileOpened"
	case nativeRenamed:
		return "SensitivityLabeledFileRenamed"
	}
	return e.otherOperation()
}

// otherOperation returns the operations whose spelling has been seen to vary,
// and those of the automatic labels.
func (e *event) otherOperation() string {
	switch {
	case e.kind == heartbeat && e.quirk == oddOperation:
		return "Heartbeat"
	case e.kind == heartbeat:
		return "HeartBeat"
	case e.kind == mailLabelled && e.seed%4 == 0:
		return "MIPLabel"
	case e.kind == mailLabelled, e.kind == autoMail:
		return "MipLabel"
	case e.kind == autoSite:
		return "FileSensitivityLabelApplied"
	}
	return "MipAutoLabelPolicyLocationEvaluated"
}

// eventType returns LabelEventType: 1 for up, 2 for down, 3 for removed, 4 for
// the same order, which the client also sends with a first label.
func (e *event) eventType() int {
	switch e.kind {
	case upgraded, nativeUpgrade:
		return 1
	case downgraded, nativeDowngrade:
		return 2
	case removed, nativeRemoved:
		return 3
	}
	return 4
}

// labelled reports whether the event is one of a label's change, and not just
// about a file that carries one.
func (e *event) labelled() bool {
	switch e.kind {
	case applied, upgraded, downgraded, relabelled, removed, nativeApplied, nativeUpgrade, nativeDowngrade, nativeRemoved:
		return true
	}
	return false
}

// actionSource returns ActionSource: 1 default, 2 automatic, 3 by hand,
// 4 recommended.
func (e *event) actionSource() int {
	d := roll(e.seed, 's', uint64(e.step))
	switch {
	case e.actor.userType != 0:
		return 2
	case e.eventType() == 4 && d.chance(250):
		return 1
	case e.eventType() != 2 && d.chance(150):
		return 4
	}
	return 3
}
