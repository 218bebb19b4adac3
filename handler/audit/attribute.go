package audit

import (
	"iter"
	"slices"
	"strings"
)

// Attribute is one typed column of a record. It has the name that Microsoft's
// AIP event reference gives it; the store's columns and the answers use that
// name too. Id, CreationTime and RecordType are not attributes: every record has
// them, as fields of Record.
type Attribute uint8

// The attributes, in the order of columns in tables and files.
const (
	Operation Attribute = iota
	OrganizationID
	UserType
	UserKey
	Workload
	ResultStatus
	ObjectID
	UserID
	ClientIP
	Scope
	Version
	ApplicationID
	ApplicationName
	ProcessName
	Platform
	DeviceName
	Location
	ProductVersion
	SensitivityLabelID
	OldSensitivityLabelID
	LabelEventType
	ActionSource
	ActionSourceDetail
	JustificationText
	ProtectionEventType
	ProtectionType
	TemplateID
	IsProtected
	IsProtectedBefore
	ProtectionOwner
	PreviousProtectionOwner
	SensitiveInfoTypeData
	DataState
	attributeCount
)

// Kind is the type of an attribute's values.
type Kind uint8

// The kinds, with their type in Table Storage.
const (
	Text Kind = iota // Edm.String, never empty
	Int              // Edm.Int32
	Bool             // Edm.Boolean
)

// Attributes yields every attribute in order.
func Attributes() iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		for a := range attributeCount {
			if !yield(a) {
				return
			}
		}
	}
}

// Name returns the column's name, such as "SensitivityLabelId".
func (a Attribute) Name() string { return attributes[a].name }

// Kind returns the type of the column's values.
func (a Attribute) Kind() Kind { return attributes[a].kind }

// attributes is the single table of attributes: their names, their kinds and
// their paths in a record. No other code knows a JSON path.
//
// A path is a key of the record, or "Group.Key" for a key of an object in it. An
// attribute may have several paths, and the first with a usable value counts.
// The path in AIP records comes first. The paths in the neighboring label records
// (43, 71, 72, 75, 82, 83, 84), which use other names, follow.
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
	// One page of the reference prints the key with a space. Accept both.
	DataState: text("DataState", "DataState", "Data State"),
}

// attribute is one row of the table.
type attribute struct {
	name  string
	kind  Kind
	read  func(raw []byte) (value, bool) // false: the value cannot be read as this kind
	paths []path
}

// path locates a value: a key in one of the groups.
type path struct {
	group int // index into groups
	key   string
}

// groups are the objects of a record that hold attributes. The first is the
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

// integer describes a column of whole numbers. byName returns the number of a
// value that was sent as a name.
func integer(name string, byName func(string) (int32, bool), paths ...string) attribute {
	read := func(raw []byte) (value, bool) { return readInt(raw, byName) }
	return column(name, Int, read, paths...)
}

// column describes one attribute. The default path is its name.
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
