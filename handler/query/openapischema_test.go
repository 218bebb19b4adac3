package query

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// The schemas of responses. Our own objects allow no properties beyond those
// described; a record is Microsoft's and may have any.

func textNode() node { return node{"type": "string"} }

func timeNode() node { return node{"type": "string", "format": "date-time"} }

func numberNode() node { return node{"type": "integer", "format": "int32"} }

func countNode() node { return node{"type": "integer", "minimum": 0} }

func enumNode(values []string) node { return node{"type": "string", "enum": values} }

func listNode(items node) node { return node{"type": "array", "items": items} }

// closed returns an object that has exactly these properties, except that the
// optional ones may be absent.
func closed(properties node, optional ...string) node {
	required := slices.DeleteFunc(slices.Sorted(maps.Keys(properties)), func(name string) bool { return slices.Contains(optional, name) })
	for name, meaning := range meanings {
		if property, ok := properties[name].(node); ok {
			property["description"] = meaning
		}
	}
	return node{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// about adds a description.
func about(n node, text string) node {
	n["description"] = text
	return n
}

func schemaNodes() node {
	return node{
		"AuditRecord": about(node{"type": "object"}, "A record as Microsoft sent it. See the schemas of the Office 365 Management Activity API."),
		"Event": about(eventNode(node{}), "An event with typed columns. The names are those of Microsoft's reference of "+
			"Azure Information Protection events. A column is absent if the record does not have it."),
		"FoundEvent":   about(eventNode(node{"Content": contentNode()}), "An event and the raw blob it came from."),
		"CmdletResult": about(cmdletNode(), "An event as Search-UnifiedAuditLog returns it. ResultIndex and ResultCount are counted per page."),
		"EventPage":    pageNode("Event"),
		"RecordPage":   pageNode("AuditRecord"),
		"CmdletPage":   pageNode("CmdletResult"),
		"FoundEvents":  closed(node{"value": listNode(reference("schemas", "FoundEvent"))}),
		"LedgerEntry":  about(entryNode(), "The state of a content blob."),
		"LedgerPage":   pageNode("LedgerEntry"),
		"Status":       schemaOf(reflect.TypeFor[trailStatus]()),
		"Error":        closed(node{"error": closed(node{"code": textNode(), "message": textNode(), "target": textNode()}, "target")}),
	}
}

func pageNode(item string) node {
	return closed(node{
		"value": listNode(reference("schemas", item)), "nextLink": node{"type": "string", "format": "uri"}, "completeThrough": timeNode(),
	}, "nextLink", "completeThrough")
}

// eventNode is the normalized view of a record with additional properties.
func eventNode(more node) node {
	optional := []string{"Id", "RecordTypeName"}
	properties := node{
		"Id": textNode(), "CreationTime": timeNode(), "RecordType": numberNode(), "RecordTypeName": enumNode(recordTypeNames()),
		"AuditData": reference("schemas", "AuditRecord"),
	}
	for a := range audit.Attributes() {
		optional = append(optional, a.Name())
		properties[a.Name()] = kindNode(a.Kind())
		if _, named := enumerations[a]; named {
			optional = append(optional, a.Name()+"Name")
			properties[a.Name()+"Name"] = enumNode(namesOf(a))
		}
	}
	maps.Copy(properties, more)
	return closed(properties, optional...)
}

func kindNode(k audit.Kind) node {
	switch k {
	case audit.Int:
		return numberNode()
	case audit.Bool:
		return node{"type": "boolean"}
	}
	return textNode()
}

func contentNode() node {
	return closed(node{"contentId": textNode(), "contentType": textNode(), "contentCreated": timeNode(), "blob": textNode()})
}

// cmdletNode has the columns of CSV as properties.
func cmdletNode() node {
	properties := node{}
	for _, name := range cmdletColumns {
		properties[name] = textNode()
	}
	properties["CreationDate"] = timeNode()
	properties["ResultIndex"], properties["ResultCount"] = countNode(), countNode()
	properties["IsValid"] = node{"type": "boolean", "const": true}
	properties["ObjectState"] = node{"type": "string", "const": objectState}
	return closed(properties)
}

func entryNode() node {
	properties := node{
		"contentId": textNode(), "contentType": textNode(), "contentCreated": timeNode(), "contentExpiration": timeNode(),
		"state": enumNode(states), "tries": countNode(), "nextTry": timeNode(), "error": textNode(), "blob": textNode(),
	}
	for _, count := range []string{"records", "rows", "duplicates", "conflicts", "rejected"} {
		properties[count] = countNode()
	}
	return closed(properties, "nextTry", "error", "blob")
}

// schemaOf returns the schema of the JSON that encoding/json makes of a type.
// It knows the kinds that trailStatus consists of.
func schemaOf(t reflect.Type) node {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return timeNode()
	case t.Kind() == reflect.Pointer:
		return schemaOf(t.Elem())
	case t.Kind() == reflect.Slice:
		return listNode(schemaOf(t.Elem()))
	case t.Kind() == reflect.Struct:
		return structSchema(t)
	case t.Kind() == reflect.String:
		return textNode()
	}
	return countNode()
}

func structSchema(t reflect.Type) node {
	properties := node{}
	var optional []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = schemaOf(field.Type)
		if options != "" { // omitempty or omitzero
			optional = append(optional, name)
		}
	}
	return closed(properties, optional...)
}

// meanings describe properties by name, in every schema that has them.
var meanings = map[string]string{
	"value":    "The items of the page, newest first.",
	"nextLink": "The address of the next page. Absent on the last page.",
	"completeThrough": "Everything that the Management Activity API listed as created before this time has been processed: it is stored, lost or unreadable. " +
		"Absent if it is not known yet.",

	"Id":           "The Id that Microsoft gave to the event.",
	"CreationTime": "When the event happened (UTC).",
	"AuditData":    "The record. In the cmdlet view, its JSON as text.",
	"Content":      "The content blob that the record came in.",

	"contentId":         "The id of the content blob in the Management Activity API.",
	"contentType":       "The content type, such as Audit.General.",
	"contentCreated":    "When the API made the content blob available.",
	"contentExpiration": "When the content blob expires at the API.",
	"blob":              "The name of the raw blob in the container raw: the bytes as the API sent them.",
	"state": "pending: not read yet; done: all its records are stored; lost: gone at the API before it could be read; " +
		"unreadable: stored, but not a JSON array.",
	"tries":      "Number of failed attempts to read it.",
	"nextTry":    "The earliest time of the next attempt.",
	"error":      "The error of the last attempt.",
	"records":    "Number of records read.",
	"rows":       "Number of records stored as rows.",
	"duplicates": "Number of records that were stored already.",
	"conflicts":  "Number of records that differ from a stored record with the same Id and time.",
	"rejected":   "Number of items that are not records.",

	"tenantId":        "The tenant of the trail.",
	"version":         "The version of labeltrail.",
	"time":            "When this status was read, or the error occurred.",
	"faults":          "Errors in the settings.",
	"contentTypes":    "The status of each configured content type.",
	"subscription":    "enabled, disabled or none.",
	"webhook":         "none, enabled, disabled or expired.",
	"listedThrough":   "Every content blob created before this time is in the ledger.",
	"content":         "Number of content blobs of the last 30 days in each state.",
	"oldestPending":   "When the oldest pending content blob was created.",
	"nextExpiration":  "When the next pending content blob expires.",
	"gaps":            "Periods that the API could no longer list when they were due.",
	"from":            "Start of the gap.",
	"to":              "End of the gap, exclusive.",
	"lastError":       "The last error.",
	"lastPull":        "The last run of the pull function. Absent before the first run.",
	"started":         "When the run started.",
	"finished":        "When the run finished.",
	"listed":          "Number of content blobs that were new to the ledger.",
	"fetched":         "Number of content blobs read.",
	"storageRequests": "Number of requests to storage.",
	"apiRequests":     "Number of requests to the Management Activity API.",

	"code":    "The error code, for programs.",
	"message": "The error message, for people.",
	"target":  "The parameter or header at fault. Absent if the error has no single cause.",
}
