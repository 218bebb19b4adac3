package host

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

func TestForward(t *testing.T) {
	t.Parallel()
	h := startWeb(t, forwarding, Config{})
	response, body := devtest.Send(t, "PUT", h.URL()+"/api/open/a%2Fb?x=1&X=2&y=a+b,c&code=k&flag", strings.NewReader("zipped"),
		"Content-Encoding", "gzip", "Content-Type", "x/y", "X-Many", "1", "X-Many", "2", "User-Agent", "caller", "Expires", "0", headerInvocation, "forged")
	got := decode[received](t, body)
	want := received{
		Method: "PUT", Path: "/api/open/a%2Fb", Query: "x=1%2C2&y=a%20b%2Cc&code=k&flag=", Host: strings.TrimPrefix(h.URL(), "http://"),
		Length: 6, Body: "zipped",
	}
	header := got.Header
	got.Header = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, want := range map[string][]string{
		"Content-Encoding": nil, "Content-Type": {"x/y"}, "X-Many": {"1", "2"}, "Expires": nil,
		"User-Agent": {"caller " + userAgent}, headerVersion: {hostVersion}, headerCorrelation: nil,
	} {
		if diff := cmp.Diff(want, header[http.CanonicalHeaderKey(name)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if id, found := strings.CutPrefix(header.Get(headerInvocation), "forged, "); !found || id == "" {
		t.Errorf("invocation id %q, want the host's after the caller's", header.Get(headerInvocation))
	}
	if diff := cmp.Diff([]string{"one", "two"}, response.Header["X-Response"]); diff != "" {
		t.Errorf("response header (-want +got):\n%s", diff)
	}
}

func TestForwardChunkedBody(t *testing.T) {
	t.Parallel()
	h := startWeb(t, forwarding, Config{})
	_, body := devtest.Send(t, "POST", h.URL()+"/api/open", chunked("lost"), "Content-Type", "x/y")
	if got := decode[received](t, body); got.Body != "" || got.Length != 0 || got.Header.Get("Content-Type") != "" {
		t.Errorf("received %+v, want neither body nor Content-Type", got)
	}
}

func TestForwardedQuery(t *testing.T) {
	for query, want := range map[string]string{
		"": "", "&": "", "a": "?a=", "a=%zz": "?a=%25zz", "a=1&b=2&A=3": "?a=1%2C3&b=2", "a=%20+": "?a=%20%20",
	} {
		if got := forwardedQuery(parseQuery(query)); got != want {
			t.Errorf("%q is forwarded as %q, want %q", query, got, want)
		}
	}
}
