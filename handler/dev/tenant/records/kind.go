package records

import "github.com/labeltrail/labeltrail/handler/dev/tenant/dice"

// eventKind is what happens in a step of a file's life.
type eventKind uint8

const (
	discovered      eventKind = iota // 93 Discover: found at rest
	accessed                         // 93 Access: opened
	applied                          // 94: first label
	upgraded                         // 94: label of higher priority
	downgraded                       // 94: label of lower priority, with a justification
	relabeled                        // 94: the neighboring label
	removed                          // 94: label removed
	protected                        // 95: encrypted by hand
	unprotected                      // 95: decrypted
	deleted                          // 96
	heartbeat                        // 97: of a device, without a file
	mailLabeled                      // 43: label seen in transport
	autoSite                         // 71: label applied by a SharePoint policy
	autoPolicy                       // 72: such a policy evaluated at a site
	autoMail                         // 75: label applied by an Exchange policy
	policyMatch                      // 82
	nativeApplied                    // 83: labeled in an Office application
	nativeUpgrade                    // 83
	nativeDowngrade                  // 83
	nativeRemoved                    // 83
	nativeOpened                     // 84
	nativeRenamed                    // 84
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

// recordType returns the number of the kind's record type.
func (k eventKind) recordType() int {
	switch k {
	case discovered, accessed:
		return typeDiscover
	case protected, unprotected:
		return typeProtection
	case deleted:
		return typeFileDeleted
	case heartbeat:
		return typeHeartBeat
	case mailLabeled:
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

// operation returns the event's Operation.
func (e *event) operation() string {
	switch e.kind {
	case discovered:
		return "Discover"
	case accessed:
		return "Access"
	case applied, protected, nativeApplied:
		return "SensitivityLabelApplied"
	case upgraded, downgraded, relabeled, nativeUpgrade, nativeDowngrade:
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

// otherOperation returns the operations of automatic labels, and those whose
// spelling varies in the field.
func (e *event) otherOperation() string {
	switch {
	case e.kind == heartbeat && e.quirk == oddOperation:
		return "Heartbeat"
	case e.kind == heartbeat:
		return "HeartBeat"
	case e.kind == mailLabeled && e.seed%4 == 0:
		return "MIPLabel"
	case e.kind == mailLabeled, e.kind == autoMail:
		return "MipLabel"
	case e.kind == autoSite:
		return "FileSensitivityLabelApplied"
	}
	return "MipAutoLabelPolicyLocationEvaluated"
}

// changesLabel reports whether the kind changes a label. The other kinds only
// concern a file that may have one.
func (k eventKind) changesLabel() bool {
	switch k {
	case applied, upgraded, downgraded, relabeled, removed, nativeApplied, nativeUpgrade, nativeDowngrade, nativeRemoved:
		return true
	}
	return false
}

// LabelEventType of a change. Real clients send labelSamePriority for a first
// label too.
const (
	labelUpgraded     = 1
	labelDowngraded   = 2
	labelRemoved      = 3
	labelSamePriority = 4
)

// labelEventType returns the kind's LabelEventType.
func (k eventKind) labelEventType() int {
	switch k {
	case upgraded, nativeUpgrade:
		return labelUpgraded
	case downgraded, nativeDowngrade:
		return labelDowngraded
	case removed, nativeRemoved:
		return labelRemoved
	}
	return labelSamePriority
}

// ActionSource of a change.
const (
	sourceDefault     = 1
	sourceAutomatic   = 2
	sourceManual      = 3
	sourceRecommended = 4
)

// actionSource returns the event's ActionSource.
func (e *event) actionSource() int {
	d := dice.New(e.seed, 's', uint64(e.step))
	switch {
	case e.actor.isService():
		return sourceAutomatic
	case e.kind.labelEventType() == labelSamePriority && d.Chance(250):
		return sourceDefault
	case e.kind.labelEventType() != labelDowngraded && d.Chance(150):
		return sourceRecommended
	}
	return sourceManual
}
