package host

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

const (
	proxying   = `{"customHandler":{"enableProxyingHttpRequest":true,"enableForwardingHttpRequest":true}}`
	forwarding = `{"customHandler":{"enableForwardingHttpRequest":true}}`
)

// webFunctions has a function for each authLevel, a disabled one and one in error.
func webFunctions() map[string]string {
	return map[string]string{
		"open":    httpJSON(`,"authLevel":"anonymous","route":"open/{*path}"`),
		"keyed":   httpJSON(`,"methods":["get"]`),
		"other":   httpJSON(``),
		"managed": httpJSON(`,"authLevel":"admin"`),
		"off":     `{"disabled":true,` + httpJSON(`,"authLevel":"anonymous"`)[1:],
		"broken":  httpJSON(`,"route":"{"`),
	}
}

func startWeb(t *testing.T, hostJSON string, cfg Config) *Host {
	t.Helper()
	cfg.Root = stage(t, hostJSON, webFunctions())
	return start(t, cfg)
}

// chunked returns a body without a declared length.
func chunked(text string) io.Reader { return struct{ io.Reader }{strings.NewReader(text)} }

func TestKeys(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{FunctionKey: "the function key", MasterKey: "the master key"})
	const header = "X-Functions-Key"
	tests := []struct {
		name, path, query, key string
		want                   int
	}{
		{"anonymous without a key", "open", "", "", 200},
		{"anonymous with a wrong key", "open", "", "wrong", 200},
		{"function without a key", "keyed", "", "", 401},
		{"function with a wrong key", "keyed", "", "wrong", 401},
		{"function with the host key", "keyed", "", h.FunctionKey(), 200},
		{"function with the host key in the query", "keyed", "?code=the+function%20key", "", 200},
		{"function with its own key", "keyed", "", h.FunctionKeyOf("keyed"), 200},
		{"function with another function's key", "keyed", "", h.FunctionKeyOf("other"), 401},
		{"function with the master key", "keyed", "", h.MasterKey(), 200},
		{"wrong key in the header, right one in the query", "keyed", "?code=the+function+key", "wrong", 401},
		{"admin with the host key", "managed", "", h.FunctionKey(), 401},
		{"admin with the master key", "managed", "", h.MasterKey(), 200},
		{"disabled", "off", "", "", 404},
		{"disabled with the master key", "off", "", h.MasterKey(), 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var pairs []string
			if test.key != "" {
				pairs = []string{header, test.key}
			}
			response, body := devtest.Send(t, "GET", h.URL()+"/api/"+test.path+test.query, nil, pairs...)
			if response.StatusCode != test.want || (test.want >= 400 && body != "") {
				t.Errorf("%d %q, want %d, empty unless 200", response.StatusCode, body, test.want)
			}
		})
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	for _, request := range []struct{ method, path string }{
		{"POST", "/api/keyed?code=" + h.FunctionKey()}, {"GET", "/api/nothing"}, {"GET", "/keyed"}, {"GET", "/api/broken"},
		{"GET", "/runtime/webhooks/x"}, {"GET", "/api/../nothing"}, {"POST", "/pull"},
	} {
		if response, body := devtest.Send(t, request.method, h.URL()+request.path, nil); response.StatusCode != 404 || body != "" {
			t.Errorf("%s %s: %d %q, want 404 and an empty body", request.method, request.path, response.StatusCode, body)
		}
	}
	if response, body := devtest.Send(t, "GET", h.URL()+"/", nil); response.StatusCode != 200 || !strings.Contains(body, "up and running") {
		t.Errorf("the home page: %d %q", response.StatusCode, body)
	}
}

func TestHTTPStatus(t *testing.T) {
	t.Parallel()
	for name, hostJSON := range map[string]string{"proxying": proxying, "forwarding": forwarding} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startWeb(t, hostJSON, Config{})
			if response, body := devtest.Send(t, "GET", h.URL()+"/api/open?do=teapot", nil); response.StatusCode != 418 || body == "" {
				t.Errorf("%d %q", response.StatusCode, body)
			}
			if response, _ := devtest.Send(t, "GET", h.URL()+"/api/open?do=redirect", nil); response.StatusCode != 302 || response.Header.Get("Location") != "/api/elsewhere" {
				t.Errorf("%d to %q", response.StatusCode, response.Header.Get("Location"))
			}
		})
	}
}

func TestHTTPTimeout(t *testing.T) {
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
			if response, body := devtest.Send(t, "GET", h.URL()+"/api/open?do=hang", nil); response.StatusCode != 500 || body != "" {
				t.Errorf("%d %q, want 500 and an empty body", response.StatusCode, body)
			}
			if h.HandlerPID() == before {
				t.Error("the handler was not restarted")
			}
		})
	}
}

func TestHTTPUnreachableHandler(t *testing.T) {
	t.Parallel()
	for name, hostJSON := range map[string]string{"proxying": proxying, "forwarding": forwarding} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := newOutput()
			root := stage(t, hostJSON, webFunctions())
			writeFile(t, root+"/exit/function.json", timerJSON)
			h := startTimerApp(t, Config{Root: root, Events: events, Env: map[string]string{"TEST_CODE": "0"}, retryDelays: []time.Duration{0, 0}})
			invoke(t, h, "exit")
			events.await(t, "exited with code 0")
			if response, body := devtest.Send(t, "GET", h.URL()+"/api/open", nil); response.StatusCode != 500 || body != "" {
				t.Errorf("%d %q, want 500 and an empty body", response.StatusCode, body)
			}
		})
	}
}

func TestHTTPBodyLimit(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{Env: map[string]string{"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10"}})
	for name, body := range map[string]io.Reader{"declared": bytes.NewReader(make([]byte, 11)), "chunked": chunked(strings.Repeat("x", 100_000))} {
		if response, text := devtest.Send(t, "POST", h.URL()+"/api/open", body); response.StatusCode != 500 || text != "" {
			t.Errorf("%s: %d %q", name, response.StatusCode, text)
		}
	}
	if response, _ := devtest.Send(t, "POST", h.URL()+"/api/open", strings.NewReader("0123456789")); response.StatusCode != 200 {
		t.Errorf("at the limit: %d", response.StatusCode)
	}
}
