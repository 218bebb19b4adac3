package query

import (
	"fmt"
	"strconv"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A parameter describes one query parameter of a path. The tables below define
// its name, how often it may be given, its values and their effect; the sizes of
// a page come from the table of formats. The OpenAPI description and the flags of
// labeltrail search are made from them.
type parameter struct {
	name       string
	about      string // description for users, in sentences
	wants      string // what a value must be; completes "... is not"
	repetition repetition
	value      schema
	selects    bool // affects which items match, not how they are shown; a cursor is valid for one selection
	// set applies one value to the question. It returns the value as the
	// address of the next page repeats it, or false if the value is invalid.
	set func(q *question, value string) (canonical string, ok bool)
}

// A repetition says how a parameter accepts several values. An item matches if
// it matches any of them.
type repetition int

const (
	single    repetition = iota // one value
	commaList                   // repeated, or separated by commas; spaces around a value are dropped
	repeated                    // repeated; commas and spaces belong to the value
)

// A schema describes one value in terms of JSON Schema. A zero field imposes
// no restriction.
type schema struct {
	kind      string // "string" or "integer"
	pattern   string
	enum      []string // all values; with numbers, all values that have a name
	numbers   bool     // integers are valid too, whether or not they have a name
	minimum   int
	maximum   int
	maxLength int    // in characters
	fallback  string // value that applies if the parameter is not given
	examples  []string
}

// maxValues limits the values of a parameter. Each may cost a storage request
// for every month in the range.
const maxValues = 100

// invalid returns the error for a value that set rejected.
func (p parameter) invalid(value string) *apiError {
	hint := ""
	if p.value.enum != nil {
		hint = "; " + suggest(value, p.value.enum)
	}
	return p.errorf("%q is not %s%s", clip(value), p.wants, hint)
}

func (p parameter) errorf(format string, args ...any) *apiError {
	return badRequest("InvalidParameter", p.name, "%s: %s", p.name, fmt.Sprintf(format, args...))
}

// Names that the code refers to outside the tables.
const (
	startDate  = "startDate"
	endDate    = "endDate"
	resultSize = "resultSize"
	cursorName = "cursor"
)

// eventParameters are the parameters of /api/v1/events, in the order in which
// the address of the next page repeats them. Parameters that
// Search-UnifiedAuditLog also has carry the same name. A new filter needs a line
// here with selects and an example, and what the comment on field (a text),
// numberParameter (a number) or condition (anything else) says.
var eventParameters = []parameter{
	startParameter("CreationTime", "-7d", "seven days before endDate"), endParameter("CreationTime"),
	{name: "recordType", repetition: commaList, selects: true, set: addRecordType,
		about: "The record type, by number or name.",
		wants: "the number or name of a record type, such as 94 or AipSensitivityLabelAction",
		value: schema{kind: "string", enum: recordTypeNames(), numbers: true, examples: []string{"AipSensitivityLabelAction"}}},
	{name: "operations", repetition: commaList, selects: true, set: addText(operationField),
		about: "The exact Operation, case-insensitive.", wants: "an operation",
		value: schema{kind: "string", examples: []string{"SensitivityLabelApplied"}}},
	{name: "userIds", repetition: commaList, selects: true, set: addText(userField),
		about: "The exact UserId, case-insensitive.", wants: "a user id",
		value: schema{kind: "string", examples: []string{"adele@contoso.com"}}},
	{name: "ipAddresses", repetition: commaList, selects: true, set: addText(addressField),
		about: "The exact ClientIP as recorded, with its port if it has one; case-insensitive.", wants: "an IP address",
		value: schema{kind: "string", examples: []string{"20.163.159.46"}}},
	{name: "deviceNames", repetition: repeated, selects: true, set: addText(deviceField),
		about: "The exact DeviceName, case-insensitive.", wants: "a device name",
		value: schema{kind: "string", examples: []string{"marketing-demo1"}}},
	{name: "objectIds", repetition: repeated, selects: true, set: addText(objectField),
		about: "The exact ObjectId, which is the path or address of the file; case-insensitive. A trailing * matches any suffix.",
		wants: "an object id", value: schema{kind: "string", examples: []string{`C:\Data\Plan.docx`, `\\server\share\*`}}},
	{name: "fileNames", repetition: repeated, selects: true, set: addFileName,
		about: "The exact last segment of ObjectId, case-insensitive.",
		wants: "a file name without folders; use objectIds for a whole path",
		value: schema{kind: "string", pattern: `^[^/\\]+$`, examples: []string{"Plan.docx"}}},
	{name: "sensitivityLabelIds", repetition: commaList, selects: true, set: addText(labelField),
		about: "The id of the label before or after the event: SensitivityLabelId or OldSensitivityLabelId.",
		wants: "a label id", value: schema{kind: "string", examples: []string{"8581574a-c314-42e3-bfdc-a63cf96ed86e"}}},
	numberParameter("labelEventTypes", audit.LabelEventType, "How the label changed, by number or name."),
	numberParameter("actionSources", audit.ActionSource, "How the label was chosen, by number or name."),
	numberParameter("platforms", audit.Platform, "The platform of the device, by number or name."),
	numberParameter("userTypes", audit.UserType, "The type of the user, by number or name."),
	{name: "freeText", repetition: repeated, selects: true, set: addFreeText,
		about: "Text anywhere in the JSON of the record, as sent or with its escapes decoded; case-insensitive.",
		wants: "a text", value: schema{kind: "string", maxLength: maxFreeText, examples: []string{"Project Falcon"}}},
	{name: "format", set: setFormat, wants: "a format",
		about: "The format of the response. json has the address of the next page in nextLink and in the Link header; ndjson and csv have it in the header only.",
		value: schema{kind: "string", enum: formatNames(), fallback: jsonFormat.name}},
	{name: "view", set: setView, wants: "a view",
		about: "How events are shown. normalized has typed columns, with names beside the numbers; record is the record as Microsoft sent it; " +
			"cmdlet has the properties of Search-UnifiedAuditLog.",
		value: schema{kind: "string", enum: views, fallback: string(normalizedView)}},
	{name: resultSize, set: setResultSize, wants: wantedSizes(),
		about: "Maximum number of events on a page." + aboutSizes(),
		value: schema{kind: "integer", minimum: 1, maximum: maxPage()}},
	cursorParameter,
}

// contentParameters are the parameters of /api/v1/content.
var contentParameters = []parameter{
	startParameter("contentCreated", "", "the beginning of the trail"), endParameter("contentCreated"),
	{name: "contentType", wants: "a content type, such as Audit.General", selects: true, set: setContentType,
		about: "The content type.",
		value: schema{kind: "string", pattern: contentType.String(), examples: []string{"Audit.General"}}},
	{name: "state", repetition: commaList, selects: true, set: addState, wants: "a state",
		about: "The state of the ledger entry.", value: schema{kind: "string", enum: states}},
	{name: resultSize, set: setResultSize, wants: fmt.Sprintf("a whole number from 1 to %d", jsonFormat.sizes.max),
		about: "Maximum number of entries on a page.",
		value: schema{kind: "integer", minimum: 1, maximum: jsonFormat.sizes.max, fallback: strconv.Itoa(jsonFormat.sizes.initial)}},
	cursorParameter,
}

var states = []string{string(ledger.Pending), string(ledger.Done), string(ledger.Lost), string(ledger.Unreadable)}

var cursorParameter = parameter{
	name: cursorName, set: setCursor, wants: "a cursor",
	about: "The position at which the page begins. It comes with nextLink and is valid only for the same question.",
	value: schema{kind: "string", pattern: `^[A-Za-z0-9_-]+$`},
}

// startParameter is the lower bound of the range. fallback, if not "", is
// relative to the end of the range. meaning explains the default.
func startParameter(time, fallback, meaning string) parameter {
	return parameter{
		name: startDate, wants: dates, selects: true, set: setStart,
		about: "Start of the range of " + time + ", inclusive (UTC). Defaults to " + meaning + ".",
		value: schema{kind: "string", pattern: datePattern, fallback: fallback, examples: []string{"2026-11-14", "2026-11-14T10:00Z", "-100d"}},
	}
}

func endParameter(time string) parameter {
	return parameter{
		name: endDate, wants: dates, selects: true, set: setEnd,
		about: "End of the range of " + time + ", exclusive (UTC). Defaults to now.",
		value: schema{kind: "string", pattern: datePattern, fallback: "-0h", examples: []string{"2026-11-21", "2026-11-21T10:00:00Z", "-12h"}},
	}
}

// numberParameter filters on a numeric attribute, by number or by name. The
// attribute must have names: a line in enumerations.
func numberParameter(name string, a audit.Attribute, about string) parameter {
	names := namesOf(a)
	return parameter{
		name: name, repetition: commaList, selects: true, set: addNumber(a), about: about,
		wants: "a number or a name of " + a.Name(),
		value: schema{kind: "string", enum: names, numbers: true, examples: names[max(len(names)-1, 0):]},
	}
}

// A Parameter describes a parameter of /api/v1/events.
type Parameter struct {
	Name    string
	About   string   // description, in sentences
	Many    bool     // may be given several times; any value matches
	Lists   bool     // one value may hold several, separated by commas
	Names   []string // all values, or all values that have a name
	Default string   // value that applies if it is not given; "" if that depends on other parameters
}

// EventParameters returns the parameters of /api/v1/events, in the order of
// the documentation.
func EventParameters() []Parameter {
	return mapped(eventParameters, func(p parameter) Parameter {
		return Parameter{
			Name: p.name, About: p.about, Many: p.repetition != single, Lists: p.repetition == commaList,
			Names: p.value.enum, Default: p.value.fallback,
		}
	})
}
