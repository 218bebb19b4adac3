package search

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNextLink(t *testing.T) {
	for name, x := range map[string]struct {
		links []string
		want  string
	}{
		"none":               {nil, ""},
		"the API's":          {[]string{`<https://a/api/v1/events?operations=x,y&cursor=z>; rel="next"`}, "https://a/api/v1/events?operations=x,y&cursor=z"},
		"unquoted":           {[]string{`<https://a/b>;rel=next`}, "https://a/b"},
		"upper case":         {[]string{`<https://a/b>; REL="Next"`}, "https://a/b"},
		"other parameters":   {[]string{`<https://a/b>; title="x"; rel="next"; hreflang=en`}, "https://a/b"},
		"after another link": {[]string{`<https://a/first>; rel="first", <https://a/b>; rel="next"`}, "https://a/b"},
		"in a second header": {[]string{`</style.css>; rel=preload`, `<https://a/b>; rel="next"`}, "https://a/b"},
		"another relation":   {[]string{`<https://a/b>; rel="prev"`}, ""},
		"a longer relation":  {[]string{`<https://a/b>; rel="nextish"`}, ""},
		"rel in the URL":     {[]string{`<https://a/b;rel=next>; rel="prev"`}, ""},
	} {
		if got := nextLink(http.Header{"Link": x.links}); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func FuzzNextLink(f *testing.F) {
	f.Add(`<https://a/b>; rel="next"`, "https://a/?x=1,2;3")
	f.Add(`<>;rel=next,<`, "")
	f.Fuzz(func(t *testing.T, header, address string) {
		if got := nextLink(http.Header{"Link": {header}}); !strings.Contains(header, "<"+got+">") && got != "" {
			t.Errorf("nextLink(%q) = %q, which is not in the header", header, got)
		}
		if strings.ContainsAny(address, "<>") {
			return
		}
		if got := nextLink(http.Header{"Link": {"<" + address + `>; rel="next"`}}); got != address {
			t.Errorf("%q is read as %q", address, got)
		}
	})
}

func TestSameOrigin(t *testing.T) {
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"https://a/x", "https://A:443/y?z", true},
		{"http://localhost/", "http://localhost:80", true},
		{"https://[::1]:1/", "https://[::1]:1", true},
		{"https://a", "http://a", false},
		{"https://a", "https://a:444", false},
		{"https://a", "https://a.b", false},
		{"https://a", "https://x@a", false},
		{"https://a", "//a", false},
		{"https://a", "/x", false},
	} {
		if got := sameOrigin(parsed(t, x.a), parsed(t, x.b)); got != x.same {
			t.Errorf("%s and %s: %v", x.a, x.b, got)
		}
	}
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
