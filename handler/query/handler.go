package query

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
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

// Config holds what the API needs. A field is required unless it says what its
// zero value means.
type Config struct {
	Store        *store.Store
	Tenant       string           // tenant GUID
	Version      string           // version of labeltrail
	ContentTypes []string         // configured content types, in the order in which status lists them
	Now          func() time.Time // nil means time.Now
	Log          *slog.Logger     // nil discards
}

// New returns the handler of the paths under /api/v1/, as the Functions host
// forwards them. It serves GET and HEAD; every other method and every unknown
// path is 404. The error names all missing fields of cfg.
func New(cfg Config) (http.Handler, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure query: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &handler{Config: cfg, budget: defaultBudget}, nil
}

func (c Config) validate() error {
	var errs []error
	require := func(name string, isSet bool) {
		if !isSet {
			errs = append(errs, errors.New("missing "+name))
		}
	}
	require("Store", c.Store != nil)
	require("Tenant", c.Tenant != "")
	require("Version", c.Version != "")
	require("ContentTypes", len(c.ContentTypes) > 0)
	return errors.Join(errs...)
}

type handler struct {
	Config
	budget budget
	memory atomic.Int64 // bytes that the items of all pages in flight occupy
}

// A request is an HTTP request and what serving it needs beyond it.
type request struct {
	*http.Request
	id    string // the value of {id} in the path
	meter *meter
}

// A route is one path of the API.
type route struct {
	name  string // for the log, which never holds paths or query strings: they contain personal data
	path  string // below pathPrefix; {id} stands for the Id of an event
	serve func(*handler, *request) (response, error)
}

// pathPrefix is the routePrefix of host.json followed by the function's route.
const pathPrefix = "/api/v1/"

var routes = []route{
	{"events", "events", (*handler).serveEvents},
	{"event", "events/{id}", (*handler).serveEvent},
	{"content", "content", (*handler).serveContent},
	{"status", "status", (*handler).serveStatus},
	{"description", "openapi.json", (*handler).serveOpenAPI},
}

// ServeHTTP is the only place that writes a response, so every response has
// the same basic headers.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Now()
	ctx, cost := store.WithCost(r.Context())
	m := &meter{budget: h.budget, start: start, cost: cost, total: &h.memory}
	defer m.setMemory(0) // after the page was sent, or sending failed
	route, id := findRoute(r)
	resp, err := route.serve(h, &request{r.WithContext(ctx), id, m})
	if err != nil {
		resp = h.explain(ctx, route.name, err).response()
	}
	resp.addHeader(costHeader(cost, h.Now().Sub(start)))
	resp.write(w, r)
}

// findRoute returns the route of a request, or one that responds with 404, and
// the value of {id}.
func findRoute(r *http.Request) (found route, id string) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), pathPrefix)
	if ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		for _, route := range routes {
			if id, ok := route.match(path); ok {
				return route, id
			}
		}
	}
	return route{name: "unknown", serve: serveNotFound}, ""
}

// match reports whether the route serves a path below pathPrefix, and returns
// the value of {id}.
func (r route) match(path string) (id string, ok bool) {
	if strings.Contains(r.path, "{id}") {
		return eventID(path)
	}
	return "", path == r.path
}

// eventID returns the id in events/{id}. It rejects ids that a proxy on the
// way may interpret differently: slashes and dot segments, encoded or not, and
// control characters.
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

func serveNotFound(*handler, *request) (response, error) {
	return response{}, &apiError{status: http.StatusNotFound, code: "NotFound", message: "unknown path"}
}

// openAPI is the description of this API in OpenAPI 3.1.1. Its info.version is
// versionPlaceholder. A test generates it from the tables and types of this
// package:
//
//	go test ./handler/query -run OpenAPI -update
//
//go:embed openapi.json
var openAPI []byte

const versionPlaceholder = "VERSION"

// serveOpenAPI serves /api/v1/openapi.json. It reads no storage.
func (h *handler) serveOpenAPI(r *request) (response, error) {
	if _, err := parseQueryString(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	body, err := describe(h.Version)
	return response{status: http.StatusOK, body: text(body)}, err
}

// describe returns the description of one version of the API, on one line.
func describe(version string) ([]byte, error) {
	member := func(version string) []byte {
		quoted, _ := json.Marshal(version) // cannot fail for a string
		return fmt.Appendf(nil, `"version":%s`, quoted)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, openAPI); err != nil {
		return nil, fmt.Errorf("compact openapi.json: %w", err)
	}
	return bytes.Replace(compact.Bytes(), member(versionPlaceholder), member(version), 1), nil
}
