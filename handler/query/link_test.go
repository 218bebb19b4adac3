package query_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/store"
)

func TestNextLinkHasTheOriginThatTheCallerUsed(t *testing.T) {
	tr := newTrail(t, generate(t, seeded(t), 30)...)
	for _, test := range []struct {
		name, host, forwardedHost, forwardedProto, want string
	}{
		{"a public host is https", "trail.azurewebsites.net", "", "", "https://trail.azurewebsites.net/"},
		{"a loopback address is http", "127.0.0.1:7071", "", "", "http://127.0.0.1:7071/"},
		{"a loopback name is http", "localhost:7071", "", "", "http://localhost:7071/"},
		{"a loopback IPv6 address is http", "[::1]:7071", "", "", "http://[::1]:7071/"},
		{"another IPv6 address is https", "[2001:db8::1]", "", "", "https://[2001:db8::1]/"},
		{"the front end says http", "trail.example", "", "http", "http://trail.example/"},
		{"the front end says https", "localhost:7071", "", "HTTPS", "https://localhost:7071/"},
		{"the front end has another name", "10.0.0.4:8080", "audit.example", "https", "https://audit.example/"},
		{"the first of several proxies counts", "10.0.0.4", "audit.example, inner.example", "https, http", "https://audit.example/"},
		{"another scheme is ignored", "trail.example", "", "javascript", "https://trail.example/"},
		{"what is no host is ignored", "trail.example", "evil.example/path?", "", "https://trail.example/"},
		{"user information is no host", "trail.example", "trail.example@evil.example", "", "https://trail.example/"},
		{"a quote is no host", "trail.example", `a">.example`, "", "https://trail.example/"},
		{"a name with a lone dash is no host", "trail.example", "-", "", "https://trail.example/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := tr.getAs(t, "/api/v1/events?startDate=-300d&resultSize=1", func(r *http.Request) {
				r.Host = test.host
				r.Header.Set("X-Forwarded-Host", test.forwardedHost)
				r.Header.Set("X-Forwarded-Proto", test.forwardedProto)
			})
			if next := a.page(t).NextLink; !strings.HasPrefix(next, test.want+"api/v1/events?") {
				t.Errorf("nextLink is %s, want it to begin with %s", next, test.want)
			}
		})
	}
}

func TestAHostThatIsNoneIsRefused(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	a := tr.getAs(t, "/api/v1/events", func(r *http.Request) { r.Host = "a'b" })
	checkFault(t, a, http.StatusBadRequest, "InvalidHost", "Host")
}

// getAs asks with a request that a test has had its hands on.
func (tr *trail) getAs(t *testing.T, path string, change func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tr.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	resp, err := tr.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, resp)
}
