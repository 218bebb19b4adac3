package host

import (
	"net/url"
	"testing"
)

// routeFunctions returns functions with routes, ordered by name.
func routeFunctions(t *testing.T) []*Function {
	t.Helper()
	var functions []*Function
	for _, f := range []struct{ name, route, methods string }{
		{"explorer", "explorer/{*path}", `,"methods":["get","HEAD"]`},
		{"implicit", "", ""},
		{"optional", "Labels/{id?}", ""},
		{"post", "labels/{id}", `,"methods":["post"]`},
	} {
		route := ""
		if f.route != "" {
			route = `,"route":"` + f.route + `"`
		}
		function := &Function{Name: f.name}
		if err := function.parse(t.TempDir(), []byte(httpJSON(route+f.methods)), settings{}); err != nil {
			t.Fatal(err)
		}
		functions = append(functions, function)
	}
	return functions
}

func TestRouteTable(t *testing.T) {
	table := newRouteTable("api", routeFunctions(t))
	tests := []struct {
		name, method, path, function string
	}{
		{"default route", "GET", "/api/implicit", "implicit"},
		{"literals in another case", "GET", "/API/Implicit", "implicit"},
		{"trailing slash", "GET", "/api/implicit/", "implicit"},
		{"no prefix", "GET", "/implicit", ""},
		{"longer path", "GET", "/api/implicit/more", ""},
		{"empty segment", "GET", "/api//implicit", ""},
		{"optional parameter", "GET", "/api/labels", "optional"},
		{"two routes match", "POST", "/api/labels/7", "optional"},
		{"encoded space", "GET", "/api/labels/a%20b", "optional"},
		{"encoded slash", "GET", "/api/labels/a%2Fb", "optional"},
		{"catch-all", "GET", "/api/explorer/css/page.css", "explorer"},
		{"catch-all, empty", "GET", "/api/explorer", "explorer"},
		{"catch-all, trailing slash", "GET", "/api/explorer/css/", "explorer"},
		{"method in another case", "HEAD", "/api/explorer", "explorer"},
		{"other method", "POST", "/api/explorer", ""},
		{"dots", "GET", "/api/explorer/../implicit", "implicit"},
		{"encoded dots", "GET", "/api/explorer/%2e%2E/./implicit", "implicit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u, err := url.Parse("http://host" + test.path)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if function := table.match(test.method, splitPath(withoutDots(u))); function != nil {
				got = function.Name
			}
			if got != test.function {
				t.Errorf("function %q, want %q", got, test.function)
			}
		})
	}
}

func TestRoutePrefix(t *testing.T) {
	functions := routeFunctions(t)
	for prefix, path := range map[string][]string{"": {"implicit"}, "a/b": {"a", "b", "implicit"}} {
		if f := newRouteTable(prefix, functions).match("GET", path); f == nil || f.Name != "implicit" {
			t.Errorf("prefix %q: %v", prefix, f)
		}
	}
}

func TestURLOf(t *testing.T) {
	f := &Function{HTTP: &HTTPTrigger{Route: "v1/{*path}"}}
	for prefix, want := range map[string]string{"": "http://host/v1/{*path}", "api": "http://host/api/v1/{*path}"} {
		h := &Host{url: "http://host", options: hostOptions{RoutePrefix: prefix}}
		if got := h.urlOf(f); got != want {
			t.Errorf("prefix %q: %s, want %s", prefix, got, want)
		}
	}
}

func TestWithoutDots(t *testing.T) {
	for path, want := range map[string]string{
		"/api/a%2Fb/x":      "/api/a%2Fb/x",
		"/api/a%2Fb/./x":    "/api/a%2Fb/x",
		"/api/a%2Fb/../x/.": "/api/x/",
		"/../../api/..":     "/",
		"/api/%2e%2e%2fx":   "/api/%2e%2e%2fx", // one segment
	} {
		u, err := url.Parse("http://host" + path)
		if err != nil {
			t.Fatal(err)
		}
		if got := withoutDots(u).EscapedPath(); got != want {
			t.Errorf("%s becomes %s, want %s", path, got, want)
		}
	}
}

func TestParseTemplateInvalid(t *testing.T) {
	for _, text := range []string{
		"a//b", "{}", "{a", "a}", "{a}{b}", "{a}.{b}", "x{a}", "{*rest}/more", "{a:int}", "{a=b}", "{?}", "{a b}",
	} {
		if got, err := parseTemplate(text); err == nil {
			t.Errorf("%q is parsed as %+v, want an error", text, got)
		}
	}
}

// A cleaned path has no dots, and matching never panics.
func FuzzRoute(f *testing.F) {
	f.Add("v1/{*path}", "/api/v1/events/../x")
	f.Add("{a}/{b?}", "/1/%2F/")
	f.Add("pages/{page}", "/%2e%2e/.")
	f.Fuzz(func(t *testing.T, text, path string) {
		u, err := url.Parse("http://host/" + path)
		if err != nil {
			return
		}
		parts := splitPath(withoutDots(u))
		for _, part := range parts {
			if part == "." || part == ".." {
				t.Errorf("%q has dots: %q", path, parts)
			}
		}
		if template, err := parseTemplate(text); err == nil {
			template.matches(parts)
		}
	})
}
