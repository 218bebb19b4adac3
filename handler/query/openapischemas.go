package query

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// The schemas of answers. An object whose form is ours has no other properties
// than its schema says; a record is Microsoft's, and may have any.

func textNode() node { return node{"type": "string"} }

func timeNode() node { return node{"type": "string", "format": "date-time"} }

func numberNode() node { return node{"type": "integer", "format": "int32"} }

func countNode() node { return node{"type": "integer", "minimum": 0} }

func enumNode(values []string) node { return node{"type": "string", "enum": values} }

func listNode(items node) node { return node{"type": "array", "items": items} }

// closed is an object of these properties, of which those are optional.
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
		"AuditRecord": about(node{"type": "object"}, "A record as Microsoft sent it: see the schemas of the Office 365 Management Activity API."),
		"Event": about(eventNode(node{}), "An event with columns that have types. They have the names of the attributes in Microsoft's reference of "+
			"Azure Information Protection events; what the record does not have is absent."),
		"FoundEvent":   about(eventNode(node{"Content": originNode()}), "An event, and where its raw bytes lie."),
		"CmdletResult": about(cmdletNode(), "An event as Search-UnifiedAuditLog gives it. ResultIndex and ResultCount are those of the page."),
		"EventPage":    pageNode("Event"),
		"RecordPage":   pageNode("AuditRecord"),
		"CmdletPage":   pageNode("CmdletResult"),
		"FoundEvents":  closed(node{"value": listNode(reference("schemas", "FoundEvent"))}),
		"LedgerEntry":  about(entryNode(), "What became of a content."),
		"LedgerPage":   pageNode("LedgerEntry"),
		"Status":       schemaOf(reflect.TypeFor[statusAnswer]()),
		"Error":        closed(node{"error": closed(node{"code": textNode(), "message": textNode(), "target": textNode()}, "target")}),
	}
}

func eventsSchema() node {
	return about(anyOf("EventPage", "RecordPage", "CmdletPage"), "By view: normalized, record, cmdlet.")
}

func foundSchema() node { return anyOf("FoundEvents") }

func entriesSchema() node { return anyOf("LedgerPage") }

func statusSchema() node { return anyOf("Status") }

func pageNode(item string) node {
	return closed(node{
		"value": listNode(reference("schemas", item)), "nextLink": node{"type": "string", "format": "uri"}, "completeThrough": timeNode(),
	}, "nextLink", "completeThrough")
}

// eventNode is the normalized form of a record, and more.
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
			properties[a.Name()+"Name"] = enumNode(nameList(func(n int32) string { return nameOf(a, n) }))
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

func originNode() node {
	return closed(node{"contentId": textNode(), "contentType": textNode(), "contentCreated": timeNode(), "blob": textNode()})
}

// cmdletNode has the columns of CSV as properties; those that are not text
// have types.
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

// schemaOf is the schema of what encoding/json makes of a type that is made of
// these kinds.
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
