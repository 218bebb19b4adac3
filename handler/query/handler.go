package query

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/store"
)

// Config says what is answered from. All of it is required.
type Config struct {
	Store        *store.Store
	Tenant       string   // tenant GUID
	Version      string   // of labeltrail
	ContentTypes []string // the configured ones, in the order in which the status lists them
	Now          func() time.Time
	Log          *slog.Logger
}

// New returns the handler of the paths under /api/v1/, as the Functions host
// passes them on. It answers GET and HEAD; every other method, and every path
// that it does not know, is 404.
func New(c Config) http.Handler {
	return &handler{Config: c, budget: budget{rows: pageRows, time: pageTime, bytes: pageBytes, all: allBytes, share: shareBytes}}
}

type handler struct {
	Config
	budget budget
	held   atomic.Int64 // bytes that the items of all pages take
}

// pathPrefix is the routePrefix of host.json and the route of the function.
const pathPrefix = "/api/v1/"

// An endpoint answers a request. Its name is that of its route.
type endpoint struct {
	name   string
	answer func(*http.Request, *meter) (response, error)
}

// ServeHTTP writes every response there is, so that none of them lacks a
// header.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := h.Now()
	ctx, cost := store.WithCost(r.Context())
	r = r.WithContext(ctx)
	m := &meter{budget: h.budget, began: began, cost: cost, total: &h.held}
	defer m.hold(0) // when the page has been sent, or cannot be
	e := h.endpoint(r)
	resp, err := e.answer(r, m)
	if err != nil {
		resp = h.explain(ctx, e.name, err).response()
	}
	resp.with(costHeader(cost, h.Now().Sub(began)))
	resp.write(w, r)
}

func (h *handler) endpoint(r *http.Request) endpoint {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), pathPrefix)
	if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return endpoint{"unknown", notFound}
	}
	for _, route := range routes() {
		if id, ok := route.takes(path); ok {
			return endpoint{route.name, func(r *http.Request, m *meter) (response, error) { return route.answer(h, r, id, m) }}
		}
	}
	return endpoint{"unknown", notFound}
}

func notFound(*http.Request, *meter) (response, error) {
	return response{}, &fault{status: http.StatusNotFound, code: "NotFound", message: "there is nothing at this path"}
}

// eventID takes the id out of events/{id}. What does not look the same to
// everything that a path goes through (slashes and dot segments, encoded or
// not, control characters) is no id.
func eventID(path string) (string, bool) {
	segment, ok := strings.CutPrefix(path, "events/")
	if !ok || strings.Contains(segment, "/") {
		return "", false
	}
	id, err := url.PathUnescape(segment)
	if err != nil || !utf8.ValidString(id) || strings.ContainsAny(id, `/\`) || strings.ContainsFunc(id, unicode.IsControl) {
		return "", false
	}
	return id, strings.Trim(id, ". ") != ""
}
