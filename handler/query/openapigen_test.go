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

// A node is an object of the description. Its members are written in the order
// of their names, so that the description is the same text each time.
type node = map[string]any

const aboutAPI = "Questions about a tenant's trail of sensitivity-label and Azure Information Protection audit events. " +
	"Names of parameters, and names that are values, are in upper or lower case. " +
	"A parameter with several values matches any of them; different parameters match together. " +
	"Pages joined are the whole answer, without gap or repeat, though events arrive in between; a page may be short, or empty, and still have a next."

func description(version string) node {
	paths := node{}
	for _, r := range routes() {
		paths[pathPrefix+r.path] = node{"get": r.operation()}
	}
	return node{
		"openapi":  "3.1.1",
		"info":     node{"title": "labeltrail", "version": version, "description": aboutAPI},
		"security": []node{{"functionKey": []string{}}},
		"paths":    paths,
		"components": node{
			"securitySchemes": node{"functionKey": node{
				"type": "apiKey", "in": "header", "name": "x-functions-key", "description": "A key of the query function, or a host key.",
			}},
			"headers":   headerNodes(),
			"responses": refusalNodes(),
			"schemas":   schemaNodes(),
		},
	}
}

// operation is what is said of a route.
func (r route) operation() node {
	responses := node{"200": node{"description": r.summary, "headers": r.headers(), "content": r.content()}}
	for _, f := range refusals {
		if r.meets(f) {
			responses[f.status] = reference("responses", f.name)
		}
	}
	operation := node{"operationId": r.name, "summary": r.summary, "responses": responses}
	if parameters := r.parameterNodes(); len(parameters) > 0 {
		operation["parameters"] = parameters
	}
	return operation
}

func (r route) parameterNodes() []node {
	var nodes []node
	if strings.Contains(r.path, "{id}") {
		nodes = append(nodes, node{"name": "id", "in": "path", "required": true, "description": "The Id of the event.", "schema": node{"type": "string"}})
	}
	for _, p := range r.parameters {
		nodes = append(nodes, p.node())
	}
	return nodes
}

// content is the answer by its media types. Only JSON has a form that OpenAPI
// 3.1 has words for.
func (r route) content() node {
	content := node{}
	for _, f := range r.formats {
		mediaType, _, _ := strings.Cut(f.mediaType, ";")
		content[mediaType] = node{"schema": f.schema(jsonSchemas[r.name])}
	}
	return content
}

// jsonSchemas describe the JSON answer of each route, by the route's name.
var jsonSchemas = map[string]func() node{
	"events": eventsSchema, "event": foundSchema, "content": entriesSchema, "status": statusSchema,
	"description": func() node { return node{"type": "object"} },
}

func (f format) schema(ofJSON func() node) node {
	switch f.name {
	case "ndjson":
		return node{"type": "string", "description": "A line an event, each what JSON has as an item of value."}
	case "csv":
		return node{"type": "string", "description": "RFC 4180, with a header row. Values that a spreadsheet would run as formulas are made harmless."}
	}
	return ofJSON()
}

// node is what is said of a parameter.
func (p parameter) node() node {
	n := node{"name": p.name, "in": "query", "description": p.description(), "schema": p.value.node()}
	if p.given != once {
		n["schema"] = node{"type": "array", "items": p.value.node(), "minItems": 1, "maxItems": maxValues}
		n["style"], n["explode"] = "form", true
	}
	return n
}

func (p parameter) description() string {
	switch p.given {
	case inLists:
		return p.about + " Several values match any of them: repeated, or in one with commas between."
	case repeated:
		return p.about + " Several values match any of them: repeated; commas belong to the value."
	}
	return p.about
}

// node is a schema as JSON Schema has it.
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

// typed is a value of the schema's kind, which is given as text.
func (s schema) typed(value string) any {
	if n, err := strconv.Atoi(value); err == nil && s.kind == "integer" {
		return n
	}
	return value
}

// A refusal is an answer of a status other than 200.
type refusal struct {
	status, name, about string
	routes              []string // whose answer it may be; nil: all
	schemas             []string // of which its body has one; nil: it has no body
}

var refusals = []refusal{
	{status: "400", name: "BadQuestion", about: "The question cannot be answered because of target.", schemas: []string{"Error"}},
	{status: "401", name: "Unauthorized", about: "The key is missing or wrong. The platform says so, without a body."},
	{status: "404", name: "NotFound", about: "There is no event with this Id.", routes: []string{"event"}, schemas: []string{"Error"}},
	{status: "500", name: "Failed", about: "The app is at fault. If it is its settings, the message says which.",
		routes: []string{"events", "event", "content", "description"}, schemas: []string{"Error"}},
	{status: "500", name: "StatusFailed", about: "The app is at fault. If it is its settings, faults says which.",
		routes: []string{"status"}, schemas: []string{"Error", "Status"}},
	{status: "503", name: "Unavailable", about: "Storage does not answer at the moment. Try again after the seconds of Retry-After.",
		routes: []string{"events", "event", "content", "status"}, schemas: []string{"Error"}},
}

func (r route) meets(f refusal) bool { return f.routes == nil || slices.Contains(f.routes, r.name) }

func refusalNodes() node {
	nodes := node{}
	for _, f := range refusals {
		n := node{"description": f.about}
		if f.schemas != nil {
			n["headers"] = references("headers", costHeaders)
			n["content"] = node{"application/json": node{"schema": anyOf(f.schemas...)}}
		}
		if f.status == "503" {
			n["headers"] = references("headers", append([]string{retryHeader}, costHeaders...))
		}
		nodes[f.name] = n
	}
	return nodes
}

const (
	linkHeader  = "Link"
	fileHeader  = "Content-Disposition"
	retryHeader = "Retry-After"
)

var (
	costHeaders = []string{rowsHeader, requestsHeader, millisecondsHeader}
	listHeaders = []string{linkHeader, completeHeader}
)

// headers are those of the route's answer.
func (r route) headers() node {
	names := slices.Clone(costHeaders)
	if r.list {
		names = append(names, listHeaders...)
	}
	if slices.ContainsFunc(r.formats, func(f format) bool { return f.download }) {
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
		{rowsHeader, "Rows of tables that were read for the answer, wanted or not, those of the index among them.", countNode()},
		{requestsHeader, "Requests to storage, retries included.", countNode()},
		{millisecondsHeader, "Milliseconds until the answer began to be sent.", countNode()},
		{linkHeader, `The address of the next page: <...>; rel="next". Absent on the last one.`, textNode()},
		{completeHeader, meanings["completeThrough"], timeNode()},
		{fileHeader, "With ndjson and csv, a name for the file.", textNode()},
		{retryHeader, "How many seconds to wait.", countNode()},
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

// anyOf is one of the schemas of these names.
func anyOf(names ...string) node {
	if len(names) == 1 {
		return reference("schemas", names[0])
	}
	var all []node
	for _, name := range names {
		all = append(all, reference("schemas", name))
	}
	return node{"anyOf": all}
}

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

// meanings are what properties mean, by their names, in every answer that has
// them.
var meanings = map[string]string{
	"value":           "What the page has, newest first.",
	"nextLink":        "The address of the next page; absent on the last one.",
	"completeThrough": "Everything that the Management Activity API listed as created before it is in the store; absent if that is not known yet.",

	"Id":           "The Id that Microsoft gave to the event.",
	"CreationTime": "When the event happened, UTC.",
	"AuditData":    "The record. As a result of the cmdlet, its JSON as text.",
	"Content":      "The content that the record came in.",

	"contentId":         "The content's id in the Management Activity API.",
	"contentType":       "The content's type, such as Audit.General.",
	"contentCreated":    "When the API made the content available.",
	"contentExpiration": "When the API forgets the content.",
	"blob":              "The name of the blob, in the container raw, that has the bytes as the API sent them.",
	"state":             "pending: to be read yet; done: all its records are stored; lost: gone at the source before it could be read; unreadable: kept, but no JSON array.",
	"tries":             "How often reading it has failed.",
	"nextTry":           "When it is tried again at the earliest.",
	"error":             "What went wrong.",
	"records":           "Records that were read.",
	"rows":              "Records that became rows.",
	"duplicates":        "Records that were stored already.",
	"conflicts":         "Records that differ from one that is stored under the same Id and time.",
	"rejected":          "Items that are no records.",

	"tenantId":        "The tenant whose trail it is.",
	"version":         "The version of labeltrail.",
	"time":            "When it was so, or happened.",
	"faults":          "What is wrong with the settings.",
	"contentTypes":    "How each of the configured content types stands.",
	"subscription":    "enabled, disabled or none.",
	"webhook":         "none, enabled, disabled or expired.",
	"listedThrough":   "Every content that was created before it is in the ledger.",
	"content":         "How many contents of the last 30 days are in each state.",
	"oldestPending":   "When the oldest content that is pending was created.",
	"nextExpiration":  "When the next content that is pending expires.",
	"gaps":            "Times that could not be listed any more when their turn came.",
	"from":            "The first time of the gap.",
	"to":              "The first time behind the gap.",
	"lastError":       "What went wrong last.",
	"lastPull":        "The last run of the pull function; absent before the first.",
	"started":         "When it began.",
	"finished":        "When it ended.",
	"listed":          "Contents that were new to the ledger.",
	"fetched":         "Contents that were read.",
	"storageRequests": "Requests to storage.",
	"apiRequests":     "Requests to the Management Activity API.",

	"code":    "A word for programs.",
	"message": "Words for people.",
	"target":  "The parameter, or the header, that is at fault; absent if it is none.",
}

// Describe returns the description of the API, indented, as openapi.json holds
// it.
func Describe() ([]byte, error) {
	var compact, indented bytes.Buffer
	if err := encode(&compact, description(versionPlaceholder)); err != nil {
		return nil, err
	}
	if err := json.Indent(&indented, compact.Bytes(), "", "\t"); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}
