package host

import (
	"strings"
	"testing"
)

func TestHTTPFunctionInDefaultMode(t *testing.T) {
	t.Parallel()
	out := newOutput()
	root := stage(t, `{}`, map[string]string{"echo": httpJSON(`,"authLevel":"anonymous","route":"orders/{id}"`)})
	h := start(t, Config{Root: root, Output: out})
	response, body := send(t, "POST", h.URL()+"/api/orders/7?x=1", strings.NewReader(`{"a":1}`), "Content-Type", "application/json")
	if response.StatusCode != 200 || body != "{}" || response.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %q %q, want {} for outputs without the response", response.StatusCode, body, response.Header.Get("Content-Type"))
	}
	type envelope struct {
		Data     struct{ Req httpRequestData }
		Metadata map[string]any
	}
	got := decode[envelope](t, lastLogged(t, out).Body)
	if req := got.Data.Req; req.Url != h.URL()+"/api/orders/7?x=1" || req.Body == nil || *req.Body != `{"a":1}` || *req.Params["id"] != "7" ||
		len(req.Headers["Content-Length"]) != 1 {
		t.Errorf("received %+v", req)
	}
	if got.Metadata["a"] != `"1"` || got.Metadata["id"] != `"7"` {
		t.Errorf("metadata %v", got.Metadata)
	}
}

func TestDefaultModeLosesAChunkedBody(t *testing.T) {
	t.Parallel()
	out := newOutput()
	root := stage(t, `{}`, map[string]string{"echo": httpJSON(`,"authLevel":"anonymous"`)})
	h := start(t, Config{Root: root, Output: out})
	send(t, "POST", h.URL()+"/api/echo", chunked(`{"a":1}`), "Content-Type", "application/json")
	if got := lastLogged(t, out); got.Path != "/echo" || strings.Contains(got.Body, `"Body"`) || strings.Contains(got.Body, `"a"`) {
		t.Errorf("received %+v", got)
	}
}

// lastLogged is what the echo function has logged.
func lastLogged(t *testing.T, out *output) received {
	t.Helper()
	text, _ := out.text()
	_, line, found := strings.Cut(text[strings.LastIndex(text, "info: echo "):], ": {")
	if !found {
		t.Fatalf("no Logs of echo in %s", text)
	}
	return decode[received](t, "{"+line)
}

func TestResponseOfAFunctionInDefaultMode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, hostJSON, function, body, contentType string
		status                                      int
		want                                        string
	}{
		{"the output is the response", `{}`, httpJSON(`,"authLevel":"anonymous"`), `{"Outputs":{"res":{"statusCode":"201","body":"made"}}}`, "application/json", 201, "made"},
		{"a bad output", `{}`, httpJSON(`,"authLevel":"anonymous"`), `{"Outputs":{"res":"made"}}`, "application/json", 500, ""},
		{"a bad media type", `{}`, httpJSON(`,"authLevel":"anonymous"`), `{}`, "text/plain", 500, ""},
		{"no http output: never proxied, always empty", proxying, `{"bindings":[{"name":"req","type":"httpTrigger","authLevel":"anonymous"}]}`,
			`{"Outputs":{"res":{"body":"ignored"}}}`, "application/json", 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := start(t, Config{Root: stage(t, test.hostJSON, map[string]string{"answer": test.function}),
				Env: map[string]string{"TEST_BODY": test.body, "TEST_TYPE": test.contentType}})
			if response, body := send(t, "GET", h.URL()+"/api/answer", nil); response.StatusCode != test.status || body != test.want {
				t.Errorf("%d %q, want %d %q", response.StatusCode, body, test.status, test.want)
			}
		})
	}
}
