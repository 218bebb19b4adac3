package query

import (
	"strconv"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// An enumeration is an attribute whose numbers have names.
type enumeration struct {
	name   func(int32) string // "" if the number has none
	byName func(string) (int32, bool)
}

var enumerations = map[audit.Attribute]enumeration{
	audit.UserType:       {audit.UserTypeName, audit.UserTypeByName},
	audit.Platform:       {audit.PlatformName, audit.PlatformByName},
	audit.LabelEventType: {audit.LabelEventTypeName, audit.LabelEventTypeByName},
	audit.ActionSource:   {audit.ActionSourceName, audit.ActionSourceByName},
}

// nameOf is the name of an attribute's number, or "" if it has none.
func nameOf(a audit.Attribute, number int32) string {
	e, ok := enumerations[a]
	if !ok {
		return ""
	}
	return e.name(number)
}

func numberByName(a audit.Attribute) func(string) (int32, bool) { return enumerations[a].byName }

// typeText is the name of a record type, or its number if it has none.
func typeText(t audit.RecordType) string {
	if name := t.Name(); name != "" {
		return name
	}
	return strconv.Itoa(int(t))
}
