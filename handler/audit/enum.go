package audit

import "strings"

// enumeration lists the names of the numbers 0, 1, 2 and so on.
type enumeration []string

func (e enumeration) name(n int32) string {
	if n < 0 || int(n) >= len(e) {
		return ""
	}
	return e[n]
}

func (e enumeration) byName(s string) (int32, bool) {
	for n, name := range e {
		if strings.EqualFold(name, s) {
			return int32(n), true
		}
	}
	return 0, false
}

// The names are those of the enumeration tables in the Office 365 Management
// Activity API schema and in the AIP event reference.
var (
	userTypes = enumeration{
		"Regular", "Reserved", "Admin", "DCAdmin", "System", "Application", "ServicePrincipal",
		"CustomPolicy", "SystemPolicy", "PartnerTechnician", "Guest",
	}
	platforms       = enumeration{"Unknown", "Windows", "MacOS", "iOS", "Android", "Web"}
	labelEventTypes = enumeration{"None", "LabelUpgraded", "LabelDowngraded", "LabelRemoved", "LabelChangedSameOrder"}
	actionSources   = enumeration{"None", "Default", "Auto", "Manual", "Recommended"}
)

// UserTypeName returns the name of a UserType, such as "ServicePrincipal", or "" if the number has none.
func UserTypeName(n int32) string { return userTypes.name(n) }

// UserTypeByName finds a UserType by its name, in any case.
func UserTypeByName(s string) (int32, bool) { return userTypes.byName(s) }

// PlatformName returns the name of a Platform, such as "Windows", or "" if the number has none.
func PlatformName(n int32) string { return platforms.name(n) }

// PlatformByName finds a Platform by its name, in any case. It also accepts the
// short names of older tables and of Office's own records.
func PlatformByName(s string) (int32, bool) {
	switch strings.ToLower(s) {
	case "win":
		s = "Windows"
	case "mac", "osx":
		s = "MacOS"
	case "web browser":
		s = "Web"
	}
	return platforms.byName(s)
}

// LabelEventTypeName returns the name of a LabelEventType, such as "LabelDowngraded", or "" if the number has none.
func LabelEventTypeName(n int32) string { return labelEventTypes.name(n) }

// LabelEventTypeByName finds a LabelEventType by its name, in any case.
func LabelEventTypeByName(s string) (int32, bool) { return labelEventTypes.byName(s) }

// ActionSourceName returns the name of an ActionSource, such as "Manual", or "" if the number has none.
func ActionSourceName(n int32) string { return actionSources.name(n) }

// ActionSourceByName finds an ActionSource by its name, in any case.
func ActionSourceByName(s string) (int32, bool) { return actionSources.byName(s) }
