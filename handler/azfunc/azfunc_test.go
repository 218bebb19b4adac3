package azfunc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/azfunc"
)

// firstFiring is the envelope of a timer's first firing, as captured from host
// 4.24. Last has no zone, and a handler does not know all of the values.
const firstFiring = `{"Data":{"timer":{"Schedule":{"AdjustForDST":true},
	"ScheduleStatus":{"Last":"0001-01-01T00:00:00","Next":"2026-01-02T03:05:00+00:00","LastUpdated":"2026-01-02T03:05:00+00:00"},
	"IsPastDue":true}},
	"Metadata":{"sys":{"MethodName":"pull","UtcNow":"2026-01-02T03:05:00Z","RandGuid":"3f6e2c9e-6e1c-4f4e-9a43-0d6b0d2d4a11"}}}`

func invoke(handler http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/pull", io.MultiReader(strings.NewReader(body))) // of unknown length, as from the host
	r.Header.Set("X-Azure-Functions-InvocationId", "invocation-1")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func logger() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return azfunc.NewLogger(&out), &out
}

func TestOnTimer(t *testing.T) {
	t.Run("responds in the form that the host expects", func(t *testing.T) {
		log, _ := logger()
		var got azfunc.Timer
		w := invoke(azfunc.OnTimer(log, func(_ context.Context, timer azfunc.Timer) ([]string, error) {
			got = timer
			return []string{"one line"}, nil
		}), firstFiring)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
			t.Errorf("status %d, content type %q", w.Code, w.Header().Get("Content-Type"))
		}
		if want := `{"Outputs":{},"Logs":["one line"],"ReturnValue":null}`; strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("body %s, want %s", w.Body, want)
		}
		if !got.IsPastDue {
			t.Error("IsPastDue was lost")
		}
	})

	t.Run("sends an empty list without lines", func(t *testing.T) {
		log, _ := logger()
		w := invoke(azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) { return nil, nil }), firstFiring)
		if !strings.Contains(w.Body.String(), `"Logs":[]`) {
			t.Errorf("body %s", w.Body)
		}
	})

	t.Run("responds with 500 and logs the error with its invocation", func(t *testing.T) {
		log, out := logger()
		w := invoke(azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) {
			return nil, errors.New("no permission")
		}), firstFiring)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("status %d", w.Code)
		}
		var entry struct{ Error, InvocationID string }
		if err := json.Unmarshal(out.Bytes(), &entry); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if entry.Error != "no permission" || entry.InvocationID != "invocation-1" {
			t.Errorf("logged %+v", entry)
		}
	})

	t.Run("rejects what is not an invocation", func(t *testing.T) {
		log, _ := logger()
		handler := azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) {
			t.Error("fired")
			return nil, nil
		})
		for name, r := range map[string]*http.Request{
			"GET":              httptest.NewRequest(http.MethodGet, "/pull", nil),
			"no invocation id": httptest.NewRequest(http.MethodPost, "/pull", strings.NewReader(firstFiring)),
		} {
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusNotFound {
				t.Errorf("%s: status %d", name, w.Code)
			}
		}
		if w := invoke(handler, "{"); w.Code != http.StatusBadRequest {
			t.Errorf("truncated envelope: status %d", w.Code)
		}
	})
}

func TestOnHTTPPanic(t *testing.T) {
	const personal = "adele@contoso.com"

	t.Run("is a 500 that does not quote the panic", func(t *testing.T) {
		log, out := logger()
		panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(personal) })
		w := invoke(azfunc.OnHTTP(log, panics), "")
		if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"code":"InternalError"`) {
			t.Errorf("status %d, body %s", w.Code, w.Body)
		}
		if strings.Contains(w.Body.String()+out.String(), personal) {
			t.Errorf("the panic's value leaks: %s / %s", w.Body, out)
		}
		if !strings.Contains(out.String(), "TestOnHTTPPanic.func1") || !strings.Contains(out.String(), "invocation-1") {
			t.Errorf("the log does not lead to the panic: %s", out)
		}
	})

	t.Run("cuts a response that has begun", func(t *testing.T) {
		log, out := logger()
		panics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "20")
			io.WriteString(w, "half of it")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic(personal)
		})
		server := httptest.NewServer(azfunc.OnHTTP(log, panics))
		defer server.Close()
		resp, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("the response looks whole: %q", body)
		}
		server.Close()
		if !strings.Contains(out.String(), "TestOnHTTPPanic.func2") || strings.Contains(out.String(), "adele") {
			t.Errorf("the log does not lead to the panic, or quotes it: %s", out)
		}
	})

	t.Run("discards the headers of the other response", func(t *testing.T) {
		log, _ := logger()
		w := invoke(azfunc.OnHTTP(log, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Content-Disposition", "attachment")
			panic("early")
		})), "")
		if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Length")+w.Header().Get("Content-Disposition") != "" {
			t.Errorf("status %d, headers %v", w.Code, w.Header())
		}
	})
}

// A host that forwards requests appends its id to a header of that name that
// the caller sent.
func TestInvocationIDIsTheHosts(t *testing.T) {
	for name, sent := range map[string][]string{
		"joined":   {"the caller's, invocation-1"},
		"repeated": {"the caller's", "invocation-1"},
	} {
		t.Run(name, func(t *testing.T) {
			log, out := logger()
			r := httptest.NewRequest(http.MethodPost, "/api/webhook", nil)
			r.Header["X-Azure-Functions-Invocationid"] = sent
			azfunc.OnHTTP(log, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				log.WarnContext(r.Context(), "webhook")
			})).ServeHTTP(httptest.NewRecorder(), r)
			if !strings.Contains(out.String(), `"invocationId":"invocation-1"`) {
				t.Errorf("log: %s", out)
			}
		})
	}
}

func TestNewLoggerWritesOneLine(t *testing.T) {
	log, out := logger()
	log.Info("message", "value", "a\nb\r\x1b[31m\u2028c")
	if n := strings.Count(strings.TrimSuffix(out.String(), "\n"), "\n"); n > 0 {
		t.Errorf("%d line breaks in %q", n, out)
	}
}

func TestFunctions(t *testing.T) {
	respond := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name+" "+r.URL.Path) })
	}
	functions := azfunc.Functions{
		"/pull": respond("pull"), "/api/v1/": respond("query"), "/api/webhook": respond("webhook"),
		"/api/v1/deep/": respond("deep"), "/api/v1/deep/er/": respond("deeper"),
	}
	for path, want := range map[string]string{
		"/":                  "",
		"/pull":              "pull /pull",
		"/api/webhook":       "webhook /api/webhook",
		"/api/v1/events":     "query /api/v1/events",
		"/api/v1/../pull":    "query /api/v1/../pull",
		"/api/v1//events":    "query /api/v1//events",
		"/api/v1/deep":       "query /api/v1/deep",
		"/api/v1/deep/x":     "deep /api/v1/deep/x",
		"/api/v1/deep/er/x":  "deeper /api/v1/deep/er/x",
		"/api/v1/deep/er":    "deep /api/v1/deep/er",
		"/pull/more":         "404 page not found\n",
		"/api/v1":            "404 page not found\n",
		"//pull":             "404 page not found\n",
		"":                   "404 page not found\n",
		"/api/v2/deep/er/ex": "404 page not found\n",
	} {
		w := httptest.NewRecorder()
		functions.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
		if w.Body.String() != want {
			t.Errorf("%s: response %q, want %q", path, w.Body, want)
		}
	}
}

func TestListenInvalidPort(t *testing.T) {
	for _, port := range []string{"", "x", "70000"} {
		if l, err := azfunc.Listen(func(string) string { return port }); err == nil {
			l.Close()
			t.Errorf("port %q: no error", port)
		}
	}
}

func TestServe(t *testing.T) {
	l, err := azfunc.Listen(func(string) string { return "0" })
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- azfunc.Serve(l, azfunc.Functions{}) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("readiness check: status %d", resp.StatusCode)
	}
	l.Close()
	if err := <-done; err == nil {
		t.Error("Serve ended without an error: the host would not restart the handler")
	}
}
