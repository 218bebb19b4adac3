package query

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
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
	"Several values of a parameter are combined with or, different parameters with and. " +
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

var onlyJSON = []format{jsonFormat}

var describedRoutes = map[string]describedRoute{
	"events": {
		summary:    "Events that match every given parameter, newest first, in pages",
		parameters: eventParameters, isList: true, formats: formats,
		schema: about(anyOf("EventPage", "RecordPage", "CmdletPage"), "By view: normalized, record, cmdlet."),
	},
	"event": {
		summary: "The event with this Id and the raw blob it came from; several events, newest first, if Microsoft used the Id more than once",
		formats: onlyJSON, schema: anyOf("FoundEvents"),
	},
	"content": {
		summary:    "The content ledger: the state of every content blob that the Management Activity API listed, newest first, in pages",
		parameters: contentParameters, isList: true, formats: onlyJSON, schema: anyOf("LedgerPage"),
	},
	"status":      {summary: "The status of the trail", formats: onlyJSON, schema: anyOf("Status")},
	"description": {summary: "This description of the API", formats: onlyJSON, schema: node{"type": "object"}},
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
	if f.about != "" {
		return about(textNode(), f.about)
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
		return p.about + " Several values are combined with or. Repeat the parameter, or separate the values with commas."
	case repeated:
		return p.about + " Several values are combined with or. Repeat the parameter; a comma is part of the value."
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
	{status: "400", name: "BadQuestion", about: "The request is invalid. target names the parameter or header at fault.", schemas: []string{"Error"}},
	{status: "401", name: "Unauthorized", about: "The key is missing or wrong. The platform sends this response, without a body."},
	{status: "404", name: "NotFound", about: "No event has this Id.", routes: []string{"event"}, schemas: []string{"Error"}},
	{status: "500", name: "Failed", about: "The app failed. If its settings are invalid, the message lists the errors.",
		routes: []string{"events", "event", "content", "description"}, schemas: []string{"Error"}},
	{status: "500", name: "StatusFailed", about: "The app failed. If its settings are invalid, faults lists the errors.",
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
		{fileHeader, "A file name. Absent with json.", textNode()},
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
