package query

import (
	"net/http"
	"strconv"
	"strings"
)

// A node is an object of the description. Its members are written in the order
// of their names, so that the description is the same text each time.
type node = map[string]any

// describe answers /api/v1/openapi.json: this API, as OpenAPI 3.1.1 describes
// one. It is made from the routes, from the table of parameters and from the
// types of answers. It reads nothing.
func (h *handler) describe(r *http.Request) (response, error) {
	if _, err := readQuery(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, description(h.Version))
}

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
		content[mediaType] = node{"schema": f.schema(r.schema)}
	}
	return content
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
