package query_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
)

func TestNewMissingFields(t *testing.T) {
	_, err := query.New(query.Config{})
	if err == nil {
		t.Fatal("an empty Config is accepted")
	}
	for _, name := range []string{"Store", "Tenant", "Version", "ContentTypes"} {
		if !strings.Contains(err.Error(), "missing "+name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

func TestNewDefaults(t *testing.T) {
	tr := newUnreachableTrail(t)
	tr.config.Now, tr.config.Log = nil, nil
	tr.serve(t, tr.newHandler(t))
	checkError(t, tr.get(t, "/api/v1/events"), wantError{http.StatusServiceUnavailable, "StorageUnavailable", ""})
}

func TestUnknownPaths(t *testing.T) {
	tr := newUnreachableTrail(t)
	for _, path := range []string{
		"/", "/api", "/api/v1", "/api/v1/", "/api/v2/events", "/api/v1/event", "/api/v1/events/", "/api/v1/Events", "/v1/events",
		"//api/v1/events", "/api//v1/events", "/api/v1//events", "/api/v1/events//x", "/api/v1/status/", "/api/v1/events/a/b",
		"/api/v1/./events", "/api/v1/../v1/events", "/api/v1/events/../status", "/api/v1/events/..", "/api/v1/events/.",
		"/api/v1/events/%2e%2e", "/api/v1/events/..%2fstatus", "/api/v1/events/%2Fx", "/api/v1%2fevents", "/api/v1/events%2fx",
		"/api/v1/events/a%5cb", "/api/v1/events/a%00", "/api/v1/events/a%0d%0aX:%20y", "/api/v1/events/%ff", "/api/v1/%65vents",
		"/api/v1/events/%20", "/api/v1/status;x", "/api/v1/events/a%252fb/c",
	} {
		t.Run(path, func(t *testing.T) {
			resp := tr.getWith(t, "", func(r *http.Request) { r.URL = mustParse(t, tr.URL+path) })
			checkError(t, resp, wantError{http.StatusNotFound, "NotFound", ""})
		})
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestMethods(t *testing.T) {
	tr := newTrail(t)
	for method, status := range map[string]int{
		http.MethodGet: 200, http.MethodHead: 200,
		http.MethodPost: 404, http.MethodPut: 404, http.MethodDelete: 404, http.MethodPatch: 404, http.MethodOptions: 404,
	} {
		resp := tr.getWith(t, "/api/v1/events", func(r *http.Request) { r.Method = method })
		if resp.status != status {
			t.Errorf("%s: status %d, want %d", method, resp.status, status)
		}
		if method == http.MethodHead && len(resp.body) > 0 {
			t.Errorf("HEAD has a body: %s", resp.body)
		}
	}
}

func TestBasicHeaders(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	for _, path := range []string{
		"/api/v1/events", "/api/v1/events?x=y", "/api/v1/events/ca08441d-7876-4320-9c75-c0a3d99bcc4a", "/api/v1/events/none",
		"/api/v1/status", "/api/v1/nothing",
	} {
		header := tr.get(t, path).header
		for name, want := range map[string]string{
			"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestNextLinkOrigin(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 30)...)
	for _, test := range []struct {
		name, host, forwardedHost, forwardedProto, want string
	}{
		{"a public host is https", "trail.azurewebsites.net", "", "", "https://trail.azurewebsites.net/"},
		{"a loopback address is http", "127.0.0.1:7071", "", "", "http://127.0.0.1:7071/"},
		{"a loopback name is http", "localhost:7071", "", "", "http://localhost:7071/"},
		{"a loopback IPv6 address is http", "[::1]:7071", "", "", "http://[::1]:7071/"},
		{"another IPv6 address is https", "[2001:db8::1]", "", "", "https://[2001:db8::1]/"},
		{"X-Forwarded-Proto http", "trail.example", "", "http", "http://trail.example/"},
		{"X-Forwarded-Proto https", "localhost:7071", "", "HTTPS", "https://localhost:7071/"},
		{"X-Forwarded-Host", "10.0.0.4:8080", "audit.example", "https", "https://audit.example/"},
		{"the first of several proxies", "10.0.0.4", "audit.example, inner.example", "https, http", "https://audit.example/"},
		{"another scheme is ignored", "trail.example", "", "javascript", "https://trail.example/"},
		{"an invalid host is ignored", "trail.example", "evil.example/path?", "", "https://trail.example/"},
		{"user information is ignored", "trail.example", "trail.example@evil.example", "", "https://trail.example/"},
		{"a quote is ignored", "trail.example", `a">.example`, "", "https://trail.example/"},
		{"a single dash is ignored", "trail.example", "-", "", "https://trail.example/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp := tr.getWith(t, "/api/v1/events?startDate=-300d&resultSize=1", func(r *http.Request) {
				r.Host = test.host
				r.Header.Set("X-Forwarded-Host", test.forwardedHost)
				r.Header.Set("X-Forwarded-Proto", test.forwardedProto)
			})
			if next := resp.page(t).NextLink; !strings.HasPrefix(next, test.want+"api/v1/events?") {
				t.Errorf("nextLink is %s, want prefix %s", next, test.want)
			}
		})
	}
}

func TestInvalidHost(t *testing.T) {
	tr := newUnreachableTrail(t)
	resp := tr.getWith(t, "/api/v1/events", func(r *http.Request) { r.Host = "a'b" })
	checkError(t, resp, wantError{http.StatusBadRequest, "InvalidHost", "Host"})
}

func TestEventParametersAndFormats(t *testing.T) {
	parameters := map[string]query.Parameter{}
	for _, p := range query.EventParameters() {
		parameters[p.Name] = p
	}
	for name, want := range map[string]query.Parameter{
		"startDate": {Default: "-7d"},
		"view":      {Default: "normalized", Names: []string{"normalized", "record", "cmdlet"}},
		"userIds":   {Many: true, Lists: true},
		"freeText":  {Many: true},
	} {
		got := parameters[name]
		if got.About == "" {
			t.Errorf("%s has no description", name)
		}
		want.Name, got.About = name, ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
	want := []query.Format{
		{Name: "json", MediaType: "application/json; charset=utf-8", MaxResults: 5000},
		{Name: "ndjson", MediaType: "application/x-ndjson; charset=utf-8", MaxResults: 50_000},
		{Name: "csv", MediaType: "text/csv; charset=utf-8; header=present", MaxResults: 50_000},
	}
	if diff := cmp.Diff(want, query.EventFormats()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
