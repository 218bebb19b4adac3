package audit

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// RecordType is the kind of an audit record: Microsoft's AuditLogRecordType.
// Numbers appear in records before they are published, or never are, so any
// number is a record type and only some have a name.
type RecordType int32

// Name is the published name, such as "AipHeartBeat", or "" if there is none.
func (t RecordType) Name() string { return recordTypeNames[t] }

// RecordTypeByName finds a record type by its published name, in any case.
func RecordTypeByName(s string) (RecordType, bool) {
	for t, name := range recordTypeNames {
		if strings.EqualFold(name, s) {
			return t, true
		}
	}
	return 0, false
}

// RecordTypes yields the record types that have a name, by number.
func RecordTypes() iter.Seq[RecordType] {
	return slices.Values(slices.Sorted(maps.Keys(recordTypeNames)))
}
