package tenant

// quirk is an oddity of a record, of those that have been seen in the field. A
// record has at most one; none makes it unreadable.
type quirk uint8

const (
	noQuirk         quirk = iota
	textPlatform          // Platform "1"
	spacedDataState       // the key "Data State"
	doubledUser           // UserId twice; the last is the true one
	spacedAddress         // ClientIP with a leading space
	bareRecord            // Workload, Version and Scope missing
	portAddress           // ClientIP with a port
	oddOperation          // Heartbeat for HeartBeat
	userInKey             // UserKey holds the address
	pluralScanner         // "... Scanners" for ApplicationName
	fieldsFirst           // the common fields come last, Id among them
)

// newQuirk gives each oddity to two of a thousand records, and the order of
// fields to a tenth.
func newQuirk(d *dice) quirk {
	roll := d.below(1000)
	if roll < 2*int(fieldsFirst) {
		return quirk(roll/2) + 1
	}
	if roll < 120 {
		return fieldsFirst
	}
	return noQuirk
}
