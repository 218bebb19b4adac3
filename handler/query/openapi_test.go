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
)

// A contract is the description of the API, held against what the API does.
type contract struct{ *openapi3.T }

// described is the description as it is served, which is to be a valid one.
func described(t *testing.T, tr *trail) contract {
	t.Helper()
	a := tr.get(t, "/api/v1/openapi.json")
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(a.body)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return contract{doc}
}

// check holds a question and its answer against the description.
func (c contract) check(ctx context.Context, path string, a answer) error {
	route, in, err := c.route(ctx, path)
	if err != nil {
		return err
	}
	if a.status == http.StatusOK {
		if err := openapi3filter.ValidateRequest(ctx, in); err != nil {
			return fmt.Errorf("the question: %w", err)
		}
	}
	described := route.Operation.Responses.Status(a.status)
	if described == nil {
		return fmt.Errorf("status %d is not described", a.status)
	}
	for name := range a.header {
		if !slices.Contains(usualHeaders, name) && described.Value.Headers[name] == nil {
			return fmt.Errorf("the header %s is not described", name)
		}
	}
	mediaType, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	if described.Value.Content.Get(mediaType) == nil {
		return fmt.Errorf("the media type %s is not described", mediaType)
	}
	return openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: &openapi3filter.Options{ExcludeResponseBody: mediaType != "application/json"},
	})
}

// usualHeaders are those that any answer over HTTP may have.
var usualHeaders = []string{"Content-Type", "Content-Length", "Date", "Cache-Control", "X-Content-Type-Options"}

// route is what the description has for a path.
func (c contract) route(ctx context.Context, path string) (*routers.Route, *openapi3filter.RequestValidationInput, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	pattern, parameters := r.URL.Path, map[string]string{}
	if id, ok := strings.CutPrefix(pattern, "/api/v1/events/"); ok {
		pattern, parameters = "/api/v1/events/{id}", map[string]string{"id": id}
	}
	item := c.Paths.Value(pattern)
	if item == nil {
		return nil, nil, fmt.Errorf("%s is not described", pattern)
	}
	route := &routers.Route{Spec: c.T, Path: pattern, PathItem: item, Method: http.MethodGet, Operation: item.Get}
	return route, &openapi3filter.RequestValidationInput{
		Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true},
	}, nil
}

// schema holds JSON against one of the schemas that have names.
func (c contract) schema(name string, text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return err
	}
	return c.Components.Schemas[name].Value.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.MultiErrors())
}

// furnished is a trail with something of everything to answer with.
func furnished(t *testing.T) *trail {
	t.Helper()
	tr := newTrail(t, append(generate(t, seeded(t), 60),
		sample(t, "94-updated-outlook.json"), sample(t, "96-file-deleted-scanner.json"))...)
	ledger(t, tr)
	saveTick(t, tr)
	return tr
}

const someID = "ca08441d-7876-4320-9c75-c0a3d99bcc4a" // of a sample

func TestEveryAnswerIsAsTheDescriptionSays(t *testing.T) {
	tr := furnished(t)
	c := described(t, tr)
	for _, path := range []string{
		"/api/v1/events", "/api/v1/events?startDate=-300d&resultSize=5000", "/api/v1/events?startDate=-300d&resultSize=3&view=record",
		"/api/v1/events?view=cmdlet&startDate=-300d", "/api/v1/events?userIds=nobody", "/api/v1/events?format=ndjson&resultSize=2", "/api/v1/events?format=csv",
		"/api/v1/events?format=csv&view=cmdlet&startDate=-300d&recordType=AipHeartBeat&recordType=94&freeText=a%2Cb",
		"/api/v1/events/" + someID, "/api/v1/content", "/api/v1/content?resultSize=7", "/api/v1/content?state=lost&state=pending",
		"/api/v1/status", "/api/v1/openapi.json",
		"/api/v1/events?color=red", "/api/v1/events?startDate=x", "/api/v1/events?cursor=x", "/api/v1/events?startDate=%zz", "/api/v1/events/none",
		"/api/v1/events/" + someID + "?x=y", "/api/v1/content?state=x", "/api/v1/status?x=y", "/api/v1/openapi.json?x=y",
	} {
		a := tr.get(t, path)
		if err := c.check(t.Context(), path, a); err != nil {
			t.Errorf("%s: %d %.300s\n%v", path, a.status, a.body, err)
		}
	}
}

func TestEveryAnswerOfATrailInNeedIsAsTheDescriptionSays(t *testing.T) {
	c := described(t, newTrail(t))
	paths := []string{"/api/v1/events", "/api/v1/events/x", "/api/v1/content", "/api/v1/status"}
	empty := newTrail(t)
	noStorage := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	refused := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: refusing{}})
	faulty := &trail{Server: httptest.NewServer(query.Faulty("", "1.2.3", []string{"TENANT_ID: required"}, func() time.Time { return now }))}
	t.Cleanup(faulty.Close)
	for name, x := range map[string]struct {
		*trail
		status []int
	}{
		"empty": {empty, []int{200, 404, 200, 200}}, "without storage": {noStorage, []int{503, 503, 503, 503}},
		"refused by storage": {refused, []int{500, 500, 500, 500}}, "with faulty settings": {faulty, []int{500, 500, 500, 500}},
	} {
		for i, path := range paths {
			a := x.get(t, path)
			if err := c.check(t.Context(), path, a); err != nil || a.status != x.status[i] {
				t.Errorf("%s, %s: %d %.300s\n%v", name, path, a.status, a.body, err)
			}
		}
	}
}

// The description cannot say which form belongs to which view. Here each has
// to be its own.
func TestEachViewHasItsOwnForm(t *testing.T) {
	tr := furnished(t)
	c := described(t, tr)
	names := map[string]string{"normalized": "EventPage", "record": "RecordPage", "cmdlet": "CmdletPage"}
	views := c.Paths.Value("/api/v1/events").Get.Parameters.GetByInAndName("query", "view").Schema.Value.Enum
	if len(views) != len(names) {
		t.Errorf("views %v, forms %v", views, names)
	}
	for view, name := range names {
		for _, path := range []string{"/api/v1/events?startDate=-300d&resultSize=5000&view=" + view, "/api/v1/events?startDate=-300d&resultSize=1&view=" + view} {
			if err := c.schema(name, tr.get(t, path).body); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		lines := strings.Split(strings.TrimSpace(string(tr.get(t, "/api/v1/events?startDate=-300d&format=ndjson&view="+view).body)), "\n")
		page := `{"value":[` + strings.Join(lines, ",") + `]}`
		if err := c.schema(name, []byte(page)); err != nil {
			t.Errorf("%s as lines: %v", view, err)
		}
	}
}

// Without this, the schemas might allow anything.
func TestWhatTheDescriptionDoesNotHaveIsFound(t *testing.T) {
	tr := furnished(t)
	c := described(t, tr)
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
			return c.schema(name, text)
		}
		if err := check(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, object := range objects(page) {
			object["another"] = 1
			if check() == nil {
				t.Errorf("%s: object %d may have a property that the description does not have: %v", name, i, object)
			}
			delete(object, "another")
		}
		for key, value := range page {
			page[key] = struct{ X int }{1}
			if check() == nil {
				t.Errorf("%s: %s may be anything", name, key)
			}
			page[key] = value
		}
	}
}

// objects are an object and those in it that are not Microsoft's.
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

// The reverse of strictness: the description promises nothing that never
// comes. Events are left out, whose columns are the table of attributes.
func TestEveryPropertyThatIsDescribedIsSeen(t *testing.T) {
	tr := furnished(t)
	c := described(t, tr)
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
			see("", value, seen)
		}
		promised := map[string]bool{}
		promise("", c.Components.Schemas[name], promised)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(promised)), slices.Sorted(maps.Keys(seen))); diff != "" {
			t.Errorf("%s: -described +seen\n%s", name, diff)
		}
	}
}

// leftOut are properties whose insides are not compared: events themselves,
// and what only some event has.
func leftOut(path string) bool {
	return strings.HasPrefix(path, "/value/AuditData/") || path == "/lastPull/error/time" ||
		strings.HasPrefix(path, "/value/") && path != "/value/Content" && !strings.HasPrefix(path, "/value/Content/") && isColumn(path)
}

func isColumn(path string) bool {
	name := strings.TrimPrefix(path, "/value/")
	return !strings.Contains(name, "/") && name[0] >= 'A' && name[0] <= 'Z'
}

func see(path string, v any, seen map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if !leftOut(path + "/" + name) {
				seen[path+"/"+name] = true
			}
			see(path+"/"+name, value, seen)
		}
	case []any:
		for _, value := range v {
			see(path, value, seen)
		}
	}
}

func promise(path string, s *openapi3.SchemaRef, promised map[string]bool) {
	if s.Value.Items != nil {
		promise(path, s.Value.Items, promised)
	}
	for name, property := range s.Value.Properties {
		if !leftOut(path + "/" + name) {
			promised[path+"/"+name] = true
		}
		promise(path+"/"+name, property, promised)
	}
}

// What the table says of a parameter's values is true of the parameter.
func TestEveryValueThatIsDescribedIsTaken(t *testing.T) {
	tr := newTrail(t)
	c := described(t, tr)
	for path, item := range c.Paths.Map() {
		for _, p := range item.Get.Parameters {
			if p.Value.In != "query" || p.Value.Name == "cursor" {
				continue
			}
			for _, value := range describedValues(p.Value) {
				asked := path + "?" + url.Values{p.Value.Name: {value}}.Encode()
				a := tr.get(t, asked)
				if err := c.check(t.Context(), asked, a); err != nil || a.status != http.StatusOK {
					t.Errorf("%s: %d %s\n%v", asked, a.status, a.body, err)
				}
			}
			if p.Value.Description == "" {
				t.Errorf("%s: %s is not explained", path, p.Value.Name)
			}
		}
	}
}

// describedValues are the examples of a parameter, its default, its limits and
// every name that it takes.
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

func TestTheDescriptionIsTheSameEachTimeAndReadsNothing(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	first := tr.get(t, "/api/v1/openapi.json")
	for range 5 {
		if again := tr.get(t, "/api/v1/openapi.json"); !bytes.Equal(first.body, again.body) {
			t.Fatal("the description differs from one time to the next")
		}
	}
	if n := tr.store.Requests(); n != 0 {
		t.Errorf("%d requests to storage", n)
	}
	if got := described(t, tr).Info.Version; got != "1.2.3" {
		t.Errorf("it is of version %s", got)
	}
}

func TestOpenAPIGolden(t *testing.T) {
	generated, err := query.GenerateOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "openapi.json", generated)
}
