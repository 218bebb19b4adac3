package host

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// routeFunctions are functions by name with their routes, in the order of
// their names.
func routeFunctions(t *testing.T) []*Function {
	t.Helper()
	var functions []*Function
	for _, f := range []struct{ name, route, methods string }{
		{"constrained", "orders/{id:int:min(1)}/{state:alpha?}", ""},
		{"default", "pages/{page=first}", ""},
		{"explorer", "explorer/{*path}", `,"methods":["get","HEAD"]`},
		{"guid", "events/{id:guid}", ""},
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

func TestRouteIsFound(t *testing.T) {
	table := newRouteTable("api", routeFunctions(t))
	absent := "<absent>"
	tests := []struct {
		name, method, path, function string
		values                       map[string]string
	}{
		{"a function without a route has its name's", "GET", "/api/implicit", "implicit", nil},
		{"literals match in any case", "GET", "/API/Implicit", "implicit", nil},
		{"a slash at the end does not matter", "GET", "/api/implicit/", "implicit", nil},
		{"without the prefix there is none", "GET", "/implicit", "", nil},
		{"a longer path does not match", "GET", "/api/implicit/more", "", nil},
		{"an empty segment does not match", "GET", "/api//implicit", "", nil},
		{"a parameter is optional", "GET", "/api/labels", "optional", map[string]string{"id": absent}},
		{"the first function by name wins", "POST", "/api/labels/7", "optional", map[string]string{"id": "7"}},
		{"a parameter is decoded", "GET", "/api/labels/a%20b", "optional", map[string]string{"id": "a b"}},
		{"an encoded slash stays in its segment", "GET", "/api/labels/a%2Fb", "optional", map[string]string{"id": "a%2Fb"}},
		{"a catch-all takes the rest", "GET", "/api/explorer/css/page.css", "explorer", map[string]string{"path": "css/page.css"}},
		{"a catch-all takes nothing", "GET", "/api/explorer", "explorer", map[string]string{"path": absent}},
		{"a catch-all keeps a slash at the end", "GET", "/api/explorer/css/", "explorer", map[string]string{"path": "css/"}},
		{"methods are in any case", "HEAD", "/api/explorer", "explorer", map[string]string{"path": absent}},
		{"another method is no route", "POST", "/api/explorer", "", nil},
		{"a constraint holds", "GET", "/api/orders/12", "constrained", map[string]string{"id": "12", "state": absent}},
		{"all constraints of an optional parameter hold", "GET", "/api/orders/12/open", "constrained", map[string]string{"id": "12", "state": "open"}},
		{"a constraint of type fails", "GET", "/api/orders/x", "", nil},
		{"a constraint of value fails", "GET", "/api/orders/0", "", nil},
		{"a GUID", "GET", "/api/events/6b4a4f4e-2f0a-4f6f-9f70-2b3b6d8a8a11", "guid", map[string]string{"id": "6b4a4f4e-2f0a-4f6f-9f70-2b3b6d8a8a11"}},
		{"no GUID", "GET", "/api/events/6b4a4f4e", "", nil},
		{"a default value", "GET", "/api/pages", "default", map[string]string{"page": "first"}},
		{"dots are gone before", "GET", "/api/explorer/../implicit", "implicit", nil},
		{"encoded dots are, too", "GET", "/api/explorer/%2e%2E/./implicit", "implicit", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u, err := url.Parse("http://host" + test.path)
			if err != nil {
				t.Fatal(err)
			}
			function, values := table.match(test.method, splitPath(withoutDots(u)))
			if function == nil || test.function == "" {
				if (function == nil) != (test.function == "") {
					t.Fatalf("function %v, want %q", function, test.function)
				}
				return
			}
			got := map[string]string{}
			for name, value := range values {
				got[name] = absent
				if value != nil {
					got[name] = *value
				}
			}
			want := test.values
			if want == nil {
				want = map[string]string{}
			}
			if diff := cmp.Diff(want, got); function.Name != test.function || diff != "" {
				t.Errorf("function %s, want %s; values (-want +got):\n%s", function.Name, test.function, diff)
			}
		})
	}
}

func TestRoutePrefixMayBeEmptyOrLong(t *testing.T) {
	functions := routeFunctions(t)
	for prefix, path := range map[string][]string{"": {"implicit"}, "a/b": {"a", "b", "implicit"}} {
		if f, _ := newRouteTable(prefix, functions).match("GET", path); f == nil || f.Name != "implicit" {
			t.Errorf("prefix %q: %v", prefix, f)
		}
	}
}

func TestPathWithoutDotsKeepsItsEncoding(t *testing.T) {
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

func TestRouteTemplateIsRefused(t *testing.T) {
	for _, text := range []string{
		"a//b", "{}", "{a", "a}", "{a}{b}", "{a}.{b}", "x{a}", "{*rest}/more", "{a:unknown}", "{a:length(x)}", "{a:range(1)}", "{a:length(1,2,3)}",
	} {
		if got, err := parseTemplate(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestRouteConstraints(t *testing.T) {
	tests := []struct{ constraint, yes, no string }{
		{"int", "-7", "2147483648"}, {"long", "2147483648", "x"}, {"bool", "True", "1"}, {"double", "1.5", "x"},
		{"guid", "{6B4A4F4E-2F0A-4F6F-9F70-2B3B6D8A8A11}", "6b4a"}, {"alpha", "aZ", "a1"}, {"required", "x", ""},
		{"length(2)", "äb", "abc"}, {"length(2,3)", "abc", "a"}, {"minlength(2)", "ab", "a"}, {"maxlength(2)", "ab", "abc"},
		{"min(3)", "3", "2"}, {"max(3)", "3", "4"}, {"range(1, 3)", "2", "0"},
	}
	for _, test := range tests {
		satisfied, err := parseConstraint(test.constraint)
		if err != nil {
			t.Fatal(err)
		}
		if !satisfied(test.yes) || satisfied(test.no) {
			t.Errorf("%s: %q %v, %q %v", test.constraint, test.yes, satisfied(test.yes), test.no, satisfied(test.no))
		}
	}
}

// A path without dots has none, and any template and path can be matched.
func FuzzRoute(f *testing.F) {
	f.Add("v1/{*path}", "/api/v1/events/../x")
	f.Add("{a:int}/{b?}", "/1/%2F/")
	f.Add("pages/{page=first}", "/%2e%2e/.")
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
			template.match(parts)
		}
	})
}
