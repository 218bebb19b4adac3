package query_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

// An openAPIDoc is the OpenAPI description that a trail serves.
type openAPIDoc struct{ *openapi3.T }

// servedOpenAPI returns the description that tr serves, and checks that it is
// valid.
func servedOpenAPI(t *testing.T, tr *trail) openAPIDoc {
	t.Helper()
	resp := tr.get(t, "/api/v1/openapi.json")
	if resp.status != http.StatusOK {
		t.Fatalf("%d %s", resp.status, resp.body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(resp.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return openAPIDoc{doc}
}

// check checks a request and its response against the description.
func (d openAPIDoc) check(ctx context.Context, path string, resp response) error {
	route, in, err := d.route(ctx, path)
	if err != nil {
		return err
	}
	if resp.status == http.StatusOK {
		if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	want := route.Operation.Responses.Status(resp.status)
	if want == nil {
		return fmt.Errorf("status %d is not described", resp.status)
	}
	for name := range resp.header {
		if !slices.Contains(usualHeaders, name) && want.Value.Headers[name] == nil {
			return fmt.Errorf("the header %s is not described", name)
		}
	}
	mediaType, _, _ := strings.Cut(resp.header.Get("Content-Type"), ";")
	if want.Value.Content.Get(mediaType) == nil {
		return fmt.Errorf("the media type %s is not described", mediaType)
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: resp.status, Header: resp.header, Body: io.NopCloser(bytes.NewReader(resp.body)),
		Options: &openapi3filter.Options{ExcludeResponseBody: mediaType != "application/json"},
	})
}

// usualHeaders are headers that any response may have.
var usualHeaders = []string{"Content-Type", "Content-Length", "Date", "Cache-Control", "X-Content-Type-Options"}

// route returns the description of a path.
func (d openAPIDoc) route(ctx context.Context, path string) (*routers.Route, *openapi3filter.RequestValidationInput, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	pattern, parameters := r.URL.Path, map[string]string{}
	if id, ok := strings.CutPrefix(pattern, "/api/v1/events/"); ok {
		pattern, parameters = "/api/v1/events/{id}", map[string]string{"id": id}
	}
	item := d.Paths.Value(pattern)
	if item == nil {
		return nil, nil, fmt.Errorf("%s is not described", pattern)
	}
	route := &routers.Route{Spec: d.T, Path: pattern, PathItem: item, Method: http.MethodGet, Operation: item.Get}
	return route, &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	}, nil
}

// schema checks JSON against a named schema.
func (d openAPIDoc) schema(name string, text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	return d.Components.Schemas[name].Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}

// newFullTrail starts a trail that has events, ledger entries and a status.
func newFullTrail(t *testing.T) *trail {
	t.Helper()
	tr := newTrail(t, append(randomEvents(t, seeded(t), 60),
		sample(t, "94-updated-outlook.json"), sample(t, "96-file-deleted-scanner.json"))...)
	writeLedger(t, tr)
	saveTick(t, tr)
	return tr
}

const someID = "ca08441d-7876-4320-9c75-c0a3d99bcc4a" // of a sample

func TestOpenAPIResponses(t *testing.T) {
	tr := newFullTrail(t)
	d := servedOpenAPI(t, tr)
	for _, path := range []string{
		"/api/v1/events", "/api/v1/events?startDate=-300d&resultSize=5000", "/api/v1/events?startDate=-300d&resultSize=3&view=record",
		"/api/v1/events?view=cmdlet&startDate=-300d", "/api/v1/events?userIds=nobody", "/api/v1/events?format=ndjson&resultSize=2", "/api/v1/events?format=csv",
		"/api/v1/events?format=csv&view=cmdlet&startDate=-300d&recordType=AipHeartBeat&recordType=94&freeText=a%2Cb",
		"/api/v1/events/" + someID, "/api/v1/content", "/api/v1/content?resultSize=7", "/api/v1/content?state=lost&state=pending",
		"/api/v1/status", "/api/v1/openapi.json",
		"/api/v1/events?color=red", "/api/v1/events?startDate=x", "/api/v1/events?cursor=x", "/api/v1/events?startDate=%zz", "/api/v1/events/none",
		"/api/v1/events/" + someID + "?x=y", "/api/v1/content?state=x", "/api/v1/status?x=y", "/api/v1/openapi.json?x=y",
	} {
		resp := tr.get(t, path)
		if err := d.check(t.Context(), path, resp); err != nil {
			t.Errorf("%s: %d %.300s\n%v", path, resp.status, resp.body, err)
		}
	}
}

func TestOpenAPIErrorResponses(t *testing.T) {
	d := servedOpenAPI(t, newTrail(t))
	paths := []string{"/api/v1/events", "/api/v1/events/x", "/api/v1/content", "/api/v1/status"}
	empty := newTrail(t)
	unavailable := newUnreachableTrail(t)
	forbidden := openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: forbidding{}})
	faulty := &trail{Server: httptest.NewServer(query.Faulty("", "1.2.3", []string{"TENANT_ID: required"}, func() time.Time { return now }))}
	t.Cleanup(faulty.Close)
	for name, x := range map[string]struct {
		*trail
		status []int
	}{
		"empty": {empty, []int{200, 404, 200, 200}}, "storage unavailable": {unavailable, []int{503, 503, 503, 503}},
		"storage forbidden": {forbidden, []int{500, 500, 500, 500}}, "faulty settings": {faulty, []int{500, 500, 500, 500}},
	} {
		for i, path := range paths {
			resp := x.get(t, path)
			if err := d.check(t.Context(), path, resp); err != nil || resp.status != x.status[i] {
				t.Errorf("%s, %s: %d %.300s\n%v", name, path, resp.status, resp.body, err)
			}
		}
	}
}

// The description allows any of the schemas for any view. This test checks that
// each view has its own.
func TestOpenAPIViewSchemas(t *testing.T) {
	tr := newFullTrail(t)
	d := servedOpenAPI(t, tr)
	names := map[string]string{"normalized": "EventPage", "record": "RecordPage", "cmdlet": "CmdletPage"}
	views := d.Paths.Value("/api/v1/events").Get.Parameters.GetByInAndName("query", "view").Schema.Value.Enum
	if len(views) != len(names) {
		t.Errorf("views %v, schemas %v", views, names)
	}
	for view, name := range names {
		for _, path := range []string{"/api/v1/events?startDate=-300d&resultSize=5000&view=" + view, "/api/v1/events?startDate=-300d&resultSize=1&view=" + view} {
			if err := d.schema(name, tr.get(t, path).body); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		lines := strings.Split(strings.TrimSpace(string(tr.get(t, "/api/v1/events?startDate=-300d&format=ndjson&view="+view).body)), "\n")
		page := `{"value":[` + strings.Join(lines, ",") + `]}`
		if err := d.schema(name, []byte(page)); err != nil {
			t.Errorf("%s as lines: %v", view, err)
		}
	}
}

// This test checks that the schemas reject unknown properties and wrong types.
func TestOpenAPISchemasAreStrict(t *testing.T) {
	tr := newFullTrail(t)
	d := servedOpenAPI(t, tr)
	for name, path := range map[string]string{
		"EventPage": "/api/v1/events?startDate=-300d", "CmdletPage": "/api/v1/events?startDate=-300d&view=cmdlet",
		"FoundEvents": "/api/v1/events/" + someID, "LedgerPage": "/api/v1/content", "Status": "/api/v1/status", "Error": "/api/v1/events?x=y",
	} {
		var page map[string]any
		if err := json.Unmarshal(tr.get(t, path).body, &page); err != nil {
			t.Fatal(err)
		}
		check := func() error {
			text, err := json.Marshal(page)
			if err != nil {
				t.Fatal(err)
			}
			return d.schema(name, text)
		}
		if err := check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, object := range objects(page) {
			object["another"] = 1
			if check() == nil {
				t.Errorf("%s: object %d may have an unknown property: %v", name, i, object)
			}
			delete(object, "another")
		}
		for key, value := range page {
			page[key] = struct{ X int }{1}
			if check() == nil {
				t.Errorf("%s: %s may have any type", name, key)
			}
			page[key] = value
		}
	}
}

// objects returns an object and the objects in it, except Microsoft's records.
func objects(v any) (all []map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		all = append(all, v)
		for name, value := range v {
			if name != "AuditData" {
				all = append(all, objects(value)...)
			}
		}
	case []any:
		for _, value := range v {
			all = append(all, objects(value)...)
		}
	}
	return all
}

// This test checks that every described property occurs in a response. It skips
// the columns of events, which come from the table of attributes.
func TestOpenAPIPropertiesOccur(t *testing.T) {
	tr := newFullTrail(t)
	d := servedOpenAPI(t, tr)
	for name, paths := range map[string][]string{
		"CmdletPage":  {"/api/v1/events?view=cmdlet&resultSize=1&startDate=-300d"},
		"LedgerPage":  {"/api/v1/content?resultSize=39"},
		"Status":      {"/api/v1/status"},
		"Error":       {"/api/v1/events?x=y"},
		"FoundEvents": {"/api/v1/events/" + someID},
	} {
		seen := map[string]bool{}
		for _, path := range paths {
			var value any
			if err := json.Unmarshal(tr.get(t, path).body, &value); err != nil {
				t.Fatal(err)
			}
			collectSeen("", value, seen)
		}
		described := map[string]bool{}
		collectDescribed("", d.Components.Schemas[name], described)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(described)), slices.Sorted(maps.Keys(seen))); diff != "" {
			t.Errorf("%s: -described +seen\n%s", name, diff)
		}
	}
}

// isSkipped reports whether a property is not compared: the members of records,
// and columns that only some events have.
func isSkipped(path string) bool {
	return strings.HasPrefix(path, "/value/AuditData/") || path == "/lastPull/error/time" ||
		strings.HasPrefix(path, "/value/") && path != "/value/Content" && !strings.HasPrefix(path, "/value/Content/") && isColumn(path)
}

func isColumn(path string) bool {
	name := strings.TrimPrefix(path, "/value/")
	return !strings.Contains(name, "/") && name[0] >= 'A' && name[0] <= 'Z'
}

func collectSeen(path string, v any, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if !isSkipped(path + "/" + name) {
				seen[path+"/"+name] = true
			}
			collectSeen(path+"/"+name, value, seen)
		}
	case []any:
		for _, value := range v {
			collectSeen(path, value, seen)
		}
	}
}

func collectDescribed(path string, s *openapi3.SchemaRef, described map[string]bool) {
	if s.Value.Items != nil {
		collectDescribed(path, s.Value.Items, described)
	}
	for name, property := range s.Value.Properties {
		if !isSkipped(path + "/" + name) {
			described[path+"/"+name] = true
		}
		collectDescribed(path+"/"+name, property, described)
	}
}

// This test checks that the API accepts every value that the description lists.
func TestOpenAPIParameterValues(t *testing.T) {
	tr := newTrail(t)
	d := servedOpenAPI(t, tr)
	for path, item := range d.Paths.Map() {
		for _, p := range item.Get.Parameters {
			if p.Value.In != "query" || p.Value.Name == "cursor" {
				continue
			}
			for _, value := range describedValues(p.Value) {
				address := path + "?" + url.Values{p.Value.Name: {value}}.Encode()
				resp := tr.get(t, address)
				if err := d.check(t.Context(), address, resp); err != nil || resp.status != http.StatusOK {
					t.Errorf("%s: %d %s\n%v", address, resp.status, resp.body, err)
				}
			}
			if p.Value.Description == "" {
				t.Errorf("%s: %s has no description", path, p.Value.Name)
			}
		}
	}
}

// describedValues returns the examples, the default, the limits and the names of a
// parameter.
func describedValues(p *openapi3.Parameter) (values []string) {
	s := p.Schema.Value
	if s.Items != nil {
		s = s.Items.Value
	}
	all := slices.Concat(s.Examples, s.Enum)
	for _, choice := range s.AnyOf {
		all = append(all, choice.Value.Enum...)
	}
	if s.Default != nil {
		all = append(all, s.Default)
	}
	for _, limit := range []*float64{s.Min, s.Max} {
		if limit != nil && p.Name != "resultSize" {
			all = append(all, *limit)
		}
	}
	for _, value := range all {
		values = append(values, fmt.Sprint(value))
	}
	return values
}

func TestOpenAPIReadsNoStorage(t *testing.T) {
	tr := newUnreachableTrail(t)
	first := tr.get(t, "/api/v1/openapi.json")
	for range 5 {
		if again := tr.get(t, "/api/v1/openapi.json"); !bytes.Equal(first.body, again.body) {
			t.Fatal("the description differs between two requests")
		}
	}
	if n := tr.store.Requests(); n != 0 {
		t.Errorf("%d requests to storage", n)
	}
	if got := servedOpenAPI(t, tr).Info.Version; got != "1.2.3" {
		t.Errorf("version %s, want 1.2.3", got)
	}
}

func TestOpenAPIGolden(t *testing.T) {
	generated, err := query.GenerateOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "openapi.json", generated)
}
