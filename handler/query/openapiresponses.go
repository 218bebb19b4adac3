package query

import "slices"

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
