package query

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// GenerateOpenAPI returns the content of openapi.json. It is generated from
// the routes, the tables of parameters, the formats and the types of the
// responses.
func GenerateOpenAPI() ([]byte, error) {
	var compact, indented bytes.Buffer
	if err := encode(&compact, openAPIDocument()); err != nil {
		return nil, err
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "\t"); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

// A node is a JSON object of the document. Its members are encoded in the order
// of their names, so the document is always the same text.
type node = map[string]any

const aboutAPI = "Queries the trail of a tenant: the audit events of sensitivity labels and Azure Information Protection. " +
	"Names of parameters, and values that are names, are case-insensitive. " +
	"An event matches if it matches any value of each parameter that is given. " +
	"Joined together, the pages of a list are the complete result, without gaps or repeats, even if events arrive in between. " +
	"A page may be short or empty and still have a nextLink."

func openAPIDocument() node {
	paths := node{}
	for _, r := range routes {
		paths[pathPrefix+r.path] = node{"get": describedRoutes[r.name].operation(r)}
	}
	return node{
		"openapi":  "3.1.1",
		"info":     node{"title": "labeltrail", "version": versionPlaceholder, "description": aboutAPI},
		"security": []node{{"functionKey": []string{}}},
		"paths":    paths,
		"components": node{
			"securitySchemes": node{"functionKey": node{
				"type": "apiKey", "in": "header", "name": "x-functions-key", "description": "A key of the query function, or a host key.",
			}},
			"headers":   headerNodes(),
			"responses": errorNodes(),
			"schemas":   schemaNodes(),
		},
	}
}

// A describedRoute is what the document says about a route.
type describedRoute struct {
	summary    string
	parameters []parameter // of the query string
	isList     bool
	formats    []format // of the response
	schema     node     // of the response as JSON
}

var describedRoutes = map[string]describedRoute{
	"events": {
		summary:    "Events that match every given parameter, newest first, in pages",
		parameters: eventParameters, isList: true, formats: formats,
		schema: about(anyOf("EventPage", "RecordPage", "CmdletPage"), "By view: normalized, record, cmdlet."),
	},
	"event": {
		summary: "The event with this Id and the raw blob it came from; several events, newest first, if Microsoft used the Id more than once",
		formats: formats[:1], schema: anyOf("FoundEvents"),
	},
	"content": {
		summary:    "The content ledger: the state of every content blob that the Management Activity API listed, newest first, in pages",
		parameters: contentParameters, isList: true, formats: formats[:1], schema: anyOf("LedgerPage"),
	},
	"status":      {summary: "The status of the trail", formats: formats[:1], schema: anyOf("Status")},
	"description": {summary: "This description of the API", formats: formats[:1], schema: node{"type": "object"}},
}

func (d describedRoute) operation(r route) node {
	responses := node{"200": node{"description": d.summary, "headers": d.headers(), "content": d.content()}}
	for _, e := range errorResponses {
		if e.routes == nil || slices.Contains(e.routes, r.name) {
			responses[e.status] = reference("responses", e.name)
		}
	}
	operation := node{"operationId": r.name, "summary": d.summary, "responses": responses}
	if parameters := d.parameterNodes(r); len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	return operation
}

func (d describedRoute) parameterNodes(r route) []node {
	var nodes []node
	if strings.Contains(r.path, "{id}") {
		nodes = append(nodes, node{"name": "id", "in": "path", "required": true, "description": "The Id of the event.", "schema": textNode()})
	}
	for _, p := range d.parameters {
		nodes = append(nodes, p.node())
	}
	return nodes
}

// content describes the response in each media type. OpenAPI 3.1 can describe
// the structure of JSON only.
func (d describedRoute) content() node {
	content := node{}
	for _, f := range d.formats {
		mediaType, _, _ := strings.Cut(f.mediaType, ";")
		content[mediaType] = node{"schema": f.schemaNode(d.schema)}
	}
	return content
}

func (f format) schemaNode(ofJSON node) node {
	switch f.name {
	case "ndjson":
		return about(textNode(), "One event per line, in the form of an item of value in JSON.")
	case "csv":
		return about(textNode(), "RFC 4180 with a header row. Values that a spreadsheet would evaluate as formulas are made harmless.")
	}
	return ofJSON
}

func (p parameter) node() node {
	n := node{"name": p.name, "in": "query", "description": p.description(), "schema": p.value.node()}
	if p.repetition != single {
		n["schema"] = node{"type": "array", "items": p.value.node(), "minItems": 1, "maxItems": maxValues}
		n["style"], n["explode"] = "form", true
	}
	return n
}

func (p parameter) description() string {
	switch p.repetition {
	case commaList:
		return p.about + " Several values match any of them. Repeat the parameter or separate the values with commas."
	case repeated:
		return p.about + " Several values match any of them. Repeat the parameter; a comma is part of the value."
	}
	return p.about
}

// node returns the schema as JSON Schema.
func (s schema) node() node {
	n := node{"type": s.kind}
	if s.pattern != "" {
		n["pattern"] = s.pattern
	}
	for name, value := range map[string]int{"minimum": s.minimum, "maximum": s.maximum, "maxLength": s.maxLength} {
		if value != 0 {
			n[name] = value
		}
	}
	if s.fallback != "" {
		n["default"] = s.typed(s.fallback)
	}
	if len(s.examples) > 0 {
		n["examples"] = s.examples
	}
	if s.numbers {
		n["anyOf"] = []node{{"enum": s.enum}, {"pattern": `^-?[0-9]+$`}}
	} else if len(s.enum) > 0 {
		n["enum"] = s.enum
	}
	return n
}

// typed converts a value to the schema's type.
func (s schema) typed(value string) any {
	if n, err := strconv.Atoi(value); err == nil && s.kind == "integer" {
		return n
	}
	return value
}

// An errorResponse is a response with a status other than 200.
type errorResponse struct {
	status, name, about string
	routes              []string // that may return it; nil for all
	schemas             []string // alternatives for its body; nil if it has no body
}

var errorResponses = []errorResponse{
	{status: "400", name: "BadQuestion", about: "The request is invalid because of target.", schemas: []string{"Error"}},
	{status: "401", name: "Unauthorized", about: "The key is missing or wrong. The platform sends this response, without a body."},
	{status: "404", name: "NotFound", about: "No event has this Id.", routes: []string{"event"}, schemas: []string{"Error"}},
	{status: "500", name: "Failed", about: "The app failed. If its settings are invalid, the message lists the faults.",
		routes: []string{"events", "event", "content", "description"}, schemas: []string{"Error"}},
	{status: "500", name: "StatusFailed", about: "The app failed. If its settings are invalid, faults lists why.",
		routes: []string{"status"}, schemas: []string{"Error", "Status"}},
	{status: "503", name: "Unavailable", about: "Storage is not available. Try again after the number of seconds in Retry-After.",
		routes: []string{"events", "event", "content", "status"}, schemas: []string{"Error"}},
}

func errorNodes() node {
	nodes := node{}
	for _, e := range errorResponses {
		n := node{"description": e.about}
		if e.schemas != nil {
			n["headers"] = references("headers", costHeaders)
			n["content"] = node{"application/json": node{"schema": anyOf(e.schemas...)}}
		}
		if e.status == "503" {
			n["headers"] = references("headers", append([]string{retryHeader}, costHeaders...))
		}
		nodes[e.name] = n
	}
	return nodes
}

const (
	linkHeader  = "Link"
	fileHeader  = "Content-Disposition"
	retryHeader = "Retry-After"
)

var (
	costHeaders = []string{RowsHeader, RequestsHeader, MillisecondsHeader}
	listHeaders = []string{linkHeader, CompleteHeader}
)

func (d describedRoute) headers() node {
	names := slices.Clone(costHeaders)
	if d.isList {
		names = append(names, listHeaders...)
	}
	if slices.ContainsFunc(d.formats, func(f format) bool { return f.download }) {
		names = append(names, fileHeader)
	}
	return references("headers", names)
}

func headerNodes() node {
	nodes := node{}
	for _, h := range []struct {
		name, about string
		schema      node
	}{
		{RowsHeader, "Number of table rows read for the response, matching or not, index entries included.", countNode()},
		{RequestsHeader, "Number of requests to storage, retries included.", countNode()},
		{MillisecondsHeader, "Milliseconds until the response began to be sent.", countNode()},
		{linkHeader, `The address of the next page: <...>; rel="next". Absent on the last page.`, textNode()},
		{CompleteHeader, meanings["completeThrough"], timeNode()},
		{fileHeader, "With ndjson and csv, a file name.", textNode()},
		{retryHeader, "Number of seconds to wait.", countNode()},
	} {
		nodes[h.name] = node{"description": h.about, "schema": h.schema}
	}
	return nodes
}

func reference(kind, name string) node { return node{"$ref": "#/components/" + kind + "/" + name} }

func references(kind string, names []string) node {
	nodes := node{}
	for _, name := range names {
		nodes[name] = reference(kind, name)
	}
	return nodes
}

// anyOf allows any of the named schemas.
func anyOf(names ...string) node {
	if len(names) == 1 {
		return reference("schemas", names[0])
	}
	return node{"anyOf": mapped(names, func(name string) node { return reference("schemas", name) })}
}

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
		if e, named := enumerations[a]; named {
			optional = append(optional, a.Name()+"Name")
			properties[a.Name()+"Name"] = enumNode(nameList(e))
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
	"value":           "The items of the page, newest first.",
	"nextLink":        "The address of the next page. Absent on the last page.",
	"completeThrough": "Everything that the Management Activity API listed as created before this time is in the store. Absent if it is not known yet.",

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
	"faults":          "What is wrong with the settings.",
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
