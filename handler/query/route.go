package query

import (
	"net/http"
	"strings"
)

// A route is a path of this API: what answers it, and what the description of
// the API says of it.
type route struct {
	name       string // what the log calls it: paths and query strings are not logged, they hold personal data
	path       string // below pathPrefix; {id} stands for the Id of an event
	summary    string
	parameters []parameter // of the query string
	list       bool        // answers in pages
	formats    []format    // of its answer
	// answer answers a request; id is what {id} stands for.
	answer func(h *handler, r *http.Request, id string, m *meter) (response, error)
}

// routes are all that is answered. It is a function only because one of them
// tells of all of them.
func routes() []route {
	return []route{
		{
			name: "events", path: "events", summary: "Events that match all that is asked for, newest first, in pages",
			parameters: eventParameters, list: true, formats: formats,
			answer: func(h *handler, r *http.Request, _ string, m *meter) (response, error) {
				return answer(h, h.events(), r, m)
			},
		},
		{
			name: "event", path: "events/{id}", formats: formats[:1],
			summary: "The event with this Id, and where its raw content lies; several, newest first, if the Id came with several times",
			answer:  func(h *handler, r *http.Request, id string, _ *meter) (response, error) { return h.event(r, id) },
		},
		{
			name: "content", path: "content", summary: "The ledger: what became of every content that the Management Activity API listed, newest first, in pages",
			parameters: contentParameters, list: true, formats: formats[:1],
			answer: func(h *handler, r *http.Request, _ string, m *meter) (response, error) {
				return answer(h, h.content(), r, m)
			},
		},
		{
			name: "status", path: "status", summary: "How the trail stands", formats: formats[:1],
			answer: func(h *handler, r *http.Request, _ string, m *meter) (response, error) { return h.status(r, m) },
		},
		{
			name: "description", path: "openapi.json", summary: "This description", formats: formats[:1],
			answer: func(h *handler, r *http.Request, _ string, _ *meter) (response, error) { return h.describe(r) },
		},
	}
}

// takes reports whether the route is that of a path below pathPrefix, and what
// its {id} stands for.
func (r route) takes(path string) (id string, ok bool) {
	if strings.Contains(r.path, "{id}") {
		return eventID(path)
	}
	return "", path == r.path
}
