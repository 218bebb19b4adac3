package query

import (
	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Names of parameters that are spoken of outside of the table.
const (
	startDate  = "startDate"
	endDate    = "endDate"
	resultSize = "resultSize"
	cursorName = "cursor"
)

// eventParameters are the parameters of /api/v1/events, in the order in which
// the address of the next page carries them. Names are those of
// Search-UnifiedAuditLog where it has them.
var eventParameters = []parameter{
	startParameter("CreationTime", "-7d"), endParameter("CreationTime"),
	{name: "recordType", given: inLists, selects: true, take: takeRecordType,
		about: "The kind of record, by number or name.",
		wants: "the number or the name of a record type, such as 94 or AipSensitivityLabelAction",
		value: schema{kind: "string", enum: recordTypeNames(), numbers: true, examples: []string{"AipSensitivityLabelAction"}}},
	{name: "operations", given: inLists, selects: true, take: takeText(operationField),
		about: "What was done, exactly, in upper or lower case.", wants: "an operation",
		value: schema{kind: "string", examples: []string{"SensitivityLabelApplied"}}},
	{name: "userIds", given: inLists, selects: true, take: takeText(userField),
		about: "Who did it: UserId, exactly, in upper or lower case.", wants: "a user id",
		value: schema{kind: "string", examples: []string{"adele@contoso.com"}}},
	{name: "ipAddresses", given: inLists, selects: true, take: takeText(addressField),
		about: "ClientIP as it was recorded, with its port if it has one: exactly, in upper or lower case.", wants: "an IP address",
		value: schema{kind: "string", examples: []string{"20.163.159.46"}}},
	{name: "deviceNames", given: repeated, selects: true, take: takeText(deviceField),
		about: "DeviceName, exactly, in upper or lower case.", wants: "a device name",
		value: schema{kind: "string", examples: []string{"marketing-demo1"}}},
	{name: "objectIds", given: repeated, selects: true, take: takeText(objectField),
		about: "ObjectId, the file's path or address: exactly, in upper or lower case; a trailing * stands for any text.",
		wants: "an object id", value: schema{kind: "string", examples: []string{`C:\Data\Plan.docx`, `\\server\share\*`}}},
	{name: "fileNames", given: repeated, selects: true, take: takeFileName,
		about: "The last segment of ObjectId, exactly, in upper or lower case.",
		wants: `a file's name without its folders; objectIds takes whole paths`,
		value: schema{kind: "string", pattern: `^[^/\\]+$`, examples: []string{"Plan.docx"}}},
	{name: "sensitivityLabelIds", given: inLists, selects: true, take: takeText(labelField),
		about: "The id of the label that the event leaves or has taken away: SensitivityLabelId or OldSensitivityLabelId.",
		wants: "a label's id", value: schema{kind: "string", examples: []string{"8581574a-c314-42e3-bfdc-a63cf96ed86e"}}},
	numberParameter("labelEventTypes", audit.LabelEventType, "How the label changed, by number or name."),
	numberParameter("actionSources", audit.ActionSource, "What set the label, by number or name."),
	numberParameter("platforms", audit.Platform, "The device's system, by number or name."),
	numberParameter("userTypes", audit.UserType, "The kind of account, by number or name."),
	{name: "freeText", given: repeated, selects: true, take: takeFreeText,
		about: "A text anywhere in the record's JSON, in upper or lower case, as it was sent or with its escapes decoded.",
		wants: "a text", value: schema{kind: "string", maxLength: maxFreeText, examples: []string{"Project Falcon"}}},
	{name: "format", take: takeFormat, wants: "a format",
		about: "How the answer is written. With ndjson and csv the next page's address is in the header Link alone.",
		value: schema{kind: "string", enum: formatNames(), fallback: "json"}},
	{name: "view", take: takeView, wants: "a view",
		about: "How an event is shown: normalized has columns with their types, and names beside the numbers; record is the record as Microsoft sent it; " +
			"cmdlet has the properties of Search-UnifiedAuditLog.",
		value: schema{kind: "string", enum: views, fallback: string(normalized)}},
	{name: resultSize, take: takeResultSize, wants: "a whole number from 1 to 5000, or with ndjson and csv to 50000",
		about: "How many events a page has at most: with json up to 5000, and 100 if not given; with ndjson and csv up to 50000, and 5000 if not given.",
		value: schema{kind: "integer", minimum: 1, maximum: 50_000}},
	cursorParameter,
}

// contentParameters are the parameters of /api/v1/content.
var contentParameters = []parameter{
	startParameter("contentCreated", ""), endParameter("contentCreated"),
	{name: "contentType", wants: "a content type, such as Audit.General", selects: true, take: takeContentType,
		about: "The content type.",
		value: schema{kind: "string", pattern: contentType.String(), examples: []string{"Audit.General"}}},
	{name: "state", given: inLists, selects: true, take: takeState, wants: "a state",
		about: "What became of the content.", value: schema{kind: "string", enum: states}},
	{name: resultSize, take: takeResultSize, wants: "a whole number from 1 to 5000",
		about: "How many contents a page has at most.",
		value: schema{kind: "integer", minimum: 1, maximum: 5000, fallback: "100"}},
	cursorParameter,
}

var states = []string{string(store.Pending), string(store.Done), string(store.Lost), string(store.Unreadable)}

var cursorParameter = parameter{
	name: cursorName, take: takeCursor, wants: "a cursor",
	about: "Where the page begins. It comes with the address of the next page, and holds for the same question only.",
	value: schema{kind: "string", pattern: `^[A-Za-z0-9_-]+$`},
}

// startParameter bounds a time from below. Without it, a question goes back so
// far from its end; "" is as far as there is anything.
func startParameter(time, fallback string) parameter {
	return parameter{
		name: startDate, wants: dates, selects: true, take: takeStart,
		about: "The first " + time + ", UTC. If not given, it lies before endDate as far as the default says.",
		value: schema{kind: "string", pattern: datePattern, fallback: fallback, examples: []string{"2026-11-14", "2026-11-14T10:00Z", "-100d"}},
	}
}

func endParameter(time string) parameter {
	return parameter{
		name: endDate, wants: dates, selects: true, take: takeEnd,
		about: "The first " + time + " that is not asked for any more, UTC. If not given, it is now.",
		value: schema{kind: "string", pattern: datePattern, fallback: "-0h", examples: []string{"2026-11-21", "2026-11-21T10:00:00Z", "-12h"}},
	}
}

// numberParameter asks for numbers of an attribute, or for the names that they
// have.
func numberParameter(name string, a audit.Attribute, about string) parameter {
	list := nameList(func(n int32) string { return nameOf(a, n) })
	return parameter{
		name: name, given: inLists, selects: true, take: takeNumber(a), about: about,
		wants: "a number or a name of " + a.Name(),
		value: schema{kind: "string", enum: list, numbers: true, examples: list[len(list)-1:]},
	}
}
