package audit

import (
	"slices"
	"strings"
)

// attributes is the one table that says what an attribute is called, what its
// values are, and where records hold it. Nothing else knows a JSON path.
//
// A path is a key of the record, or "Group.Key" for a key of an object in it.
// Where an attribute has several, the first that holds a usable value counts:
// the AIP records' own first, then the places where the neighbouring label
// records (43, 71, 72, 75, 82, 83, 84) say the same thing under another name.
var attributes = [attributeCount]attribute{
	Operation:      text("Operation"),
	OrganizationID: text("OrganizationId"),
	UserType:       integer("UserType", UserTypeByName),
	UserKey:        text("UserKey"),
	Workload:       text("Workload"),
	ResultStatus:   text("ResultStatus"),
	ObjectID:       text("ObjectId"),
	UserID:         text("UserId"),
	ClientIP:       column("ClientIP", Text, readTrimmed),
	Scope:          integer("Scope", noNames),
	Version:        integer("Version", noNames),

	ApplicationID:   text("ApplicationId", "Common.ApplicationId"),
	ApplicationName: text("ApplicationName", "Common.ApplicationName", "Application"),
	ProcessName:     text("ProcessName", "Common.ProcessName"),
	Platform:        integer("Platform", PlatformByName, "Common.Platform", "Platform"),
	DeviceName:      text("DeviceName", "Common.DeviceName", "DeviceName"),
	Location:        text("Location", "Common.Location"),
	ProductVersion:  text("ProductVersion", "Common.ProductVersion"),

	SensitivityLabelID: text("SensitivityLabelId",
		"SensitivityLabelEventData.SensitivityLabelId", "SensitivityLabelId", "LabelId"),
	OldSensitivityLabelID: text("OldSensitivityLabelId", "SensitivityLabelEventData.OldSensitivityLabelId"),
	LabelEventType:        integer("LabelEventType", LabelEventTypeByName, "SensitivityLabelEventData.LabelEventType"),
	ActionSource:          integer("ActionSource", ActionSourceByName, "SensitivityLabelEventData.ActionSource"),
	ActionSourceDetail:    integer("ActionSourceDetail", noNames, "SensitivityLabelEventData.ActionSourceDetail"),
	JustificationText:     text("JustificationText", "SensitivityLabelEventData.JustificationText"),

	ProtectionEventType: integer("ProtectionEventType", noNames,
		"ProtectionEventData.ProtectionEventType", "ProtectionEventType"),
	ProtectionType: text("ProtectionType", "ProtectionEventData.ProtectionType"),
	TemplateID: text("TemplateId",
		"ProtectionEventData.TemplateId", "CurrentProtectionType.TemplateId"),
	IsProtected: boolean("IsProtected",
		"ProtectionEventData.IsProtected", "CurrentProtectionType.DocumentEncrypted"),
	IsProtectedBefore: boolean("IsProtectedBefore",
		"ProtectionEventData.IsProtectedBefore", "PreviousProtectionType.DocumentEncrypted"),
	ProtectionOwner: text("ProtectionOwner",
		"ProtectionEventData.ProtectionOwner", "CurrentProtectionType.Owner"),
	PreviousProtectionOwner: text("PreviousProtectionOwner",
		"ProtectionEventData.PreviousProtectionOwner", "PreviousProtectionType.Owner"),

	SensitiveInfoTypeData: column("SensitiveInfoTypeData", Text, readArray),
	// A page of the reference prints the key with a space; it may be real.
	DataState: text("DataState", "DataState", "Data State"),
}

// attribute is one row of the table.
type attribute struct {
	name  string
	kind  Kind
	read  func(raw []byte) (value, bool) // false: null, or nothing that can be read as this kind
	paths []path
}

// path says where a value is: under this key of this one of the groups.
type path struct {
	group int
	key   string
}

// groups are the objects of a record that hold attributes; the first is the
// record itself.
var groups = [...]string{
	"", "Common", "SensitivityLabelEventData", "ProtectionEventData", "CurrentProtectionType", "PreviousProtectionType",
}

func parsePath(s string) path {
	group, key, nested := strings.Cut(s, ".")
	if !nested {
		return path{key: s}
	}
	return path{slices.Index(groups[:], group), key}
}

func text(name string, paths ...string) attribute {
	return column(name, Text, readText, paths...)
}

func boolean(name string, paths ...string) attribute {
	return column(name, Bool, readBool, paths...)
}

// integer is a row of whole numbers; byName finds the number of a value that
// was sent as its name instead.
func integer(name string, byName func(string) (int32, bool), paths ...string) attribute {
	read := func(raw []byte) (value, bool) { return readInt(raw, byName) }
	return column(name, Int, read, paths...)
}

// column is a row of the table; without paths, its path is its name.
func column(name string, kind Kind, read func([]byte) (value, bool), paths ...string) attribute {
	if len(paths) == 0 {
		paths = []string{name}
	}
	a := attribute{name: name, kind: kind, read: read}
	for _, p := range paths {
		a.paths = append(a.paths, parsePath(p))
	}
	return a
}

func noNames(string) (int32, bool) { return 0, false }
