package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	proxying   = `{"customHandler":{"enableProxyingHttpRequest":true,"enableForwardingHttpRequest":true}}`
	forwarding = `{"customHandler":{"enableForwardingHttpRequest":true}}`
)

// webFunctions has one function per authLevel, and one with more than a
// response.
func webFunctions() map[string]string {
	return map[string]string{
		"open":    httpJSON(`,"authLevel":"anonymous","route":"open/{*path}"`),
		"keyed":   httpJSON(`,"methods":["get"]`),
		"other":   httpJSON(``),
		"managed": httpJSON(`,"authLevel":"admin"`),
		"off":     `{"disabled":true,` + httpJSON(`,"authLevel":"anonymous"`)[1:],
		"silent":  `{"bindings":[{"name":"req","type":"httpTrigger","authLevel":"anonymous"}]}`,
		"broken":  httpJSON(`,"route":"{"`),
	}
}

func startWeb(t *testing.T, hostJSON string, cfg Config) *Host {
	t.Helper()
	cfg.Root = stage(t, hostJSON, webFunctions())
	return start(t, cfg)
}

// send makes a request of the caller's making; header has pairs.
func send(t *testing.T, method, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

// chunked is a body whose length nobody knows.
func chunked(text string) io.Reader { return struct{ io.Reader }{strings.NewReader(text)} }

func TestKeysOpenFunctions(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{FunctionKey: "the function key", MasterKey: "the master key"})
	const header = "X-Functions-Key"
	tests := []struct {
		name, path, query, key string
		want                   int
	}{
		{"anonymous needs none", "open", "", "", 200},
		{"anonymous minds no wrong one", "open", "", "wrong", 200},
		{"function without one", "keyed", "", "", 401},
		{"function with a wrong one", "keyed", "", "wrong", 401},
		{"function with the app's", "keyed", "", h.FunctionKey(), 200},
		{"function with the app's in the query", "keyed", "?code=the+function%20key", "", 200},
		{"function with its own", "keyed", "", h.FunctionKeyOf("keyed"), 200},
		{"function with another's", "keyed", "", h.FunctionKeyOf("other"), 401},
		{"function with the master's", "keyed", "", h.MasterKey(), 200},
		{"the header wins over the query", "keyed", "?code=the+function+key", "wrong", 401},
		{"admin with the app's", "managed", "", h.FunctionKey(), 401},
		{"admin with the master's", "managed", "", h.MasterKey(), 200},
		{"disabled", "off", "", "", 404},
		{"disabled with the master's", "off", "", h.MasterKey(), 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var pairs []string
			if test.key != "" {
				pairs = []string{header, test.key}
			}
			response, body := send(t, "GET", h.URL()+"/api/"+test.path+test.query, nil, pairs...)
			if response.StatusCode != test.want || (test.want >= 400 && body != "") {
				t.Errorf("%d %q, want %d, empty unless 200", response.StatusCode, body, test.want)
			}
		})
	}
}

func TestNoRouteIs404(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	for _, request := range []struct{ method, path string }{
		{"POST", "/api/keyed?code=" + h.FunctionKey()}, {"GET", "/api/nothing"}, {"GET", "/keyed"}, {"GET", "/api/broken"},
		{"GET", "/runtime/webhooks/x"}, {"GET", "/api/../nothing"}, {"POST", "/pull"},
	} {
		if response, body := send(t, request.method, h.URL()+request.path, nil); response.StatusCode != 404 || body != "" {
			t.Errorf("%s %s: %d %q, want 404 and nothing", request.method, request.path, response.StatusCode, body)
		}
	}
	if response, body := send(t, "GET", h.URL()+"/", nil); response.StatusCode != 200 || !strings.Contains(body, "up and running") {
		t.Errorf("the home page: %d %q", response.StatusCode, body)
	}
}

func TestProxiedRequestIsTheCallers(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	response, body := send(t, "PUT", h.URL()+"/api/open/a%2Fb/./c?x=1&x=2&y=a%20b;c", chunked("zipped"),
		"Content-Encoding", "gzip", "Content-Type", "x/y", "X-Many", "1", "X-Many", "2", "X-Forwarded-Proto", "https",
		"User-Agent", "caller", "Cookie", "a=b", headerInvocation, "forged")
	got := decode[received](t, body)
	want := received{
		Method: "PUT", Path: "/api/open/a%2Fb/c", Query: "x=1&x=2&y=a%20b;c", Host: strings.TrimPrefix(h.URL(), "http://"),
		Length: -1, Encoding: []string{"chunked"}, Body: "zipped",
	}
	header := got.Header
	got.Header = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, want := range map[string][]string{
		"Content-Encoding": {"gzip"}, "Content-Type": {"x/y"}, "X-Many": {"1", "2"}, "X-Forwarded-Proto": {"https"},
		"X-Forwarded-For": nil, "User-Agent": {"caller"}, "Cookie": {"a=b"}, headerVersion: {hostVersion},
		headerCorrelation: header.Values(headerInvocation),
	} {
		if diff := cmp.Diff(want, header[http.CanonicalHeaderKey(name)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if id := header.Get(headerInvocation); id == "forged" || id == "" {
		t.Errorf("invocation id %q", id)
	}
	if diff := cmp.Diff([]string{"one", "two"}, response.Header["X-Answer"]); diff != "" {
		t.Errorf("response header (-want +got):\n%s", diff)
	}
}

func TestForwardedRequestIsTheHosts(t *testing.T) {
	t.Parallel()
	h := startWeb(t, forwarding, Config{})
	response, body := send(t, "PUT", h.URL()+"/api/open/a%2Fb?x=1&X=2&y=a+b,c&code=k&flag", strings.NewReader("zipped"),
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
		t.Errorf("invocation id %q, want the host's behind the caller's", header.Get(headerInvocation))
	}
	if diff := cmp.Diff([]string{"one", "two"}, response.Header["X-Answer"]); diff != "" {
		t.Errorf("response header (-want +got):\n%s", diff)
	}
}

func TestForwardingLosesAChunkedBody(t *testing.T) {
	t.Parallel()
	h := startWeb(t, forwarding, Config{})
	_, body := send(t, "POST", h.URL()+"/api/open", chunked("lost"), "Content-Type", "x/y")
	if got := decode[received](t, body); got.Body != "" || got.Length != 0 || got.Header.Get("Content-Type") != "" {
		t.Errorf("received %+v, want neither body nor type", got)
	}
}

func TestAnyStatusOfTheHandlerIsTheCallers(t *testing.T) {
	t.Parallel()
	for name, hostJSON := range map[string]string{"proxying": proxying, "forwarding": forwarding} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startWeb(t, hostJSON, Config{})
			if response, body := send(t, "GET", h.URL()+"/api/open?do=teapot", nil); response.StatusCode != 418 || body == "" {
				t.Errorf("%d %q", response.StatusCode, body)
			}
			if response, _ := send(t, "GET", h.URL()+"/api/open?do=redirect", nil); response.StatusCode != 302 || response.Header.Get("Location") != "/api/elsewhere" {
				t.Errorf("%d to %q", response.StatusCode, response.Header.Get("Location"))
			}
		})
	}
}

func TestProxiedResponseIsStreamed(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", h.URL()+"/api/open?do=stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if line, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil || line != "first\n" {
		t.Errorf("%q, %v before the response's end", line, err)
	}
}

func TestHandlerThatDiesInTheMiddleBreaksTheResponse(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	response, err := http.Get(h.URL() + "/api/open?do=break")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("read %q to its end", body)
	}
	if response, _ := send(t, "GET", h.URL()+"/api/open", nil); response.StatusCode != 200 {
		t.Errorf("afterwards: %d", response.StatusCode)
	}
}

func TestFunctionTimeoutEndsAnHTTPFunction(t *testing.T) {
	t.Parallel()
	for name, hostJSON := range map[string]string{"proxying": proxying, "forwarding": forwarding} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expired := make(chan struct{})
			h := startWeb(t, hostJSON, Config{limit: expiring(expired), OnLine: func(_ bool, line string) {
				if line == "hanging" {
					close(expired)
				}
			}})
			before := h.HandlerPID()
			if response, body := send(t, "GET", h.URL()+"/api/open?do=hang", nil); response.StatusCode != 500 || body != "" {
				t.Errorf("%d %q, want 500 and nothing", response.StatusCode, body)
			}
			if h.HandlerPID() == before {
				t.Error("the handler was not restarted")
			}
		})
	}
}

func TestCallerWhoLeavesEndsAProxiedRequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := newOutput()
	h := startWeb(t, proxying, Config{Output: out, OnLine: func(_ bool, line string) {
		if line == "hanging" {
			cancel()
		}
	}})
	r, err := http.NewRequestWithContext(ctx, "GET", h.URL()+"/api/open?do=hang", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	out.await(t, "info: released")
}

func TestUnreachableHandlerIs500(t *testing.T) {
	t.Parallel()
	for name, hostJSON := range map[string]string{"proxying": proxying, "forwarding": forwarding, "default": `{}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := newOutput()
			root := stage(t, hostJSON, webFunctions())
			writeFile(t, root+"/exit/function.json", timerJSON)
			h := startTimerApp(t, Config{Root: root, Events: events, Env: map[string]string{"TEST_CODE": "0"}, retryDelays: []time.Duration{0, 0}})
			invoke(t, h, "exit")
			events.await(t, "exited with code 0")
			if response, body := send(t, "GET", h.URL()+"/api/open", nil); response.StatusCode != 500 || body != "" {
				t.Errorf("%d %q, want 500 and nothing", response.StatusCode, body)
			}
		})
	}
}

func TestBodyOverTheLimitIs500(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{Env: map[string]string{"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10"}})
	for name, body := range map[string]io.Reader{"declared": bytes.NewReader(make([]byte, 11)), "chunked": chunked(strings.Repeat("x", 100_000))} {
		if response, text := send(t, "POST", h.URL()+"/api/open", body); response.StatusCode != 500 || text != "" {
			t.Errorf("%s: %d %q", name, response.StatusCode, text)
		}
	}
	if response, _ := send(t, "POST", h.URL()+"/api/open", strings.NewReader("0123456789")); response.StatusCode != 200 {
		t.Errorf("at the limit: %d", response.StatusCode)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestProxyTriesAgain(t *testing.T) {
	_, refused := http.Get("http://127.0.0.1:1")
	if refused == nil {
		t.Skip("something listens on port 1")
	}
	for _, test := range []struct {
		name    string
		failure error
		body    io.Reader
		want    int
	}{
		{"where nothing listens", refused, strings.NewReader("x"), 10},
		{"a request without a body that broke off", io.ErrUnexpectedEOF, nil, 10},
		{"not a request with a body that broke off", io.ErrUnexpectedEOF, strings.NewReader("x"), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			attempts := 0
			transport := retryTransport{
				base:   roundTrip(func(*http.Request) (*http.Response, error) { attempts++; return nil, test.failure }),
				delays: make([]time.Duration, len(proxyRetryDelays())),
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:1/", test.body)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := transport.RoundTrip(r); !errors.Is(err, test.failure) || attempts != test.want {
				t.Errorf("%d attempts, error %v; want %d", attempts, err, test.want)
			}
		})
	}
}
