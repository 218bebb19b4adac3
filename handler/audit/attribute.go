package audit

import "iter"

// Attribute is one typed column of a record. Its name is that of the attribute
// tables in Microsoft's AIP event reference, and so the name of the column in
// the store and in answers. A record's Id, CreationTime and RecordType are no
// attributes: every record has them, as fields of Record.
type Attribute uint8

// The attributes, in the order in which tables and files show them.
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

// The kinds, with their type in table storage.
const (
	Text Kind = iota // Edm.String, never empty
	Int              // Edm.Int32
	Bool             // Edm.Boolean
)

// Attributes yields every attribute in its order.
func Attributes() iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		for a := range attributeCount {
			if !yield(a) {
				return
			}
		}
	}
}

// Name is the column's name, such as "SensitivityLabelId".
func (a Attribute) Name() string { return attributes[a].name }

// Kind is the type of the column's values.
func (a Attribute) Kind() Kind { return attributes[a].kind }
