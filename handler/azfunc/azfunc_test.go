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

// What the host sends at a timer's first firing, as captured from host
// 4.24: no zone in Last, and values that a handler does not know.
const firstFiring = `{"Data":{"timer":{"Schedule":{"AdjustForDST":true},
	"ScheduleStatus":{"Last":"0001-01-01T00:00:00","Next":"2026-01-02T03:05:00+00:00","LastUpdated":"2026-01-02T03:05:00+00:00"},
	"IsPastDue":true}},
	"Metadata":{"sys":{"MethodName":"pull","UtcNow":"2026-01-02T03:05:00Z","RandGuid":"3f6e2c9e-6e1c-4f4e-9a43-0d6b0d2d4a11"}}}`

func invoke(handler http.Handler, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/pull", io.MultiReader(strings.NewReader(body))) // of no known length, as from the host
	r.Header.Set("X-Azure-Functions-InvocationId", "invocation-1")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func logger() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return azfunc.NewLogger(&out), &out
}

func TestATimerThatSucceedsAnswersAsTheHostWantsIt(t *testing.T) {
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
}

func TestATimerWithoutLinesStillAnswersAList(t *testing.T) {
	log, _ := logger()
	w := invoke(azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) { return nil, nil }), firstFiring)
	if !strings.Contains(w.Body.String(), `"Logs":[]`) {
		t.Errorf("body %s", w.Body)
	}
}

func TestATimerThatFailsAnswers500AndLogsWhyWithItsInvocation(t *testing.T) {
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
}

// A host that forwards puts its id behind a caller's header of that name.
func TestACallerDoesNotChooseTheInvocationThatIsLogged(t *testing.T) {
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

func TestWhatIsNoInvocationDoesNotFireTheTimer(t *testing.T) {
	log, _ := logger()
	handler := azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) {
		t.Error("fired")
		return nil, nil
	})
	for name, r := range map[string]*http.Request{
		"a GET":            httptest.NewRequest(http.MethodGet, "/pull", nil),
		"no invocation id": httptest.NewRequest(http.MethodPost, "/pull", strings.NewReader(firstFiring)),
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
	if w := invoke(handler, "{"); w.Code != http.StatusBadRequest {
		t.Errorf("half an envelope: status %d", w.Code)
	}
}

func TestAPanicIs500WithoutAWordOfIt(t *testing.T) {
	const personal = "adele@contoso.com"
	log, out := logger()
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(personal) })
	w := invoke(azfunc.OnHTTP(log, panics), "")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"code":"InternalError"`) {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String()+out.String(), personal) {
		t.Errorf("the panic's value got out: %s / %s", w.Body, out)
	}
	if !strings.Contains(out.String(), "TestAPanicIs500") || !strings.Contains(out.String(), "invocation-1") {
		t.Errorf("the log does not lead to the panic: %s", out)
	}
}

func TestAPanicAfterAnAnswerHasBegunCutsIt(t *testing.T) {
	log, out := logger()
	panics := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "20")
		io.WriteString(w, "half of it")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic("adele@contoso.com")
	})
	server := httptest.NewServer(azfunc.OnHTTP(log, panics))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("the answer looks whole: %q", body)
	}
	server.Close()
	if !strings.Contains(out.String(), "TestAPanicAfter") || strings.Contains(out.String(), "adele") {
		t.Errorf("the log does not lead to the panic, or says too much: %s", out)
	}
}

func TestAPanicLeavesNoHeaderOfTheAnswerThatWasNot(t *testing.T) {
	log, _ := logger()
	w := invoke(azfunc.OnHTTP(log, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		w.Header().Set("Content-Disposition", "attachment")
		panic("early")
	})), "")
	if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Length")+w.Header().Get("Content-Disposition") != "" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
}

func TestAnEntryIsOneLineWhateverItHolds(t *testing.T) {
	log, out := logger()
	log.Info("message", "value", "a\nb\r\x1b[31m\u2028c")
	if n := strings.Count(strings.TrimSuffix(out.String(), "\n"), "\n"); n > 0 {
		t.Errorf("%d line breaks in %q", n, out)
	}
}

func TestAPathGoesToItsFunctionAsItIs(t *testing.T) {
	answer := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name+" "+r.URL.Path) })
	}
	functions := azfunc.Functions{"/pull": answer("pull"), "/api/v1/": answer("query"), "/api/webhook": answer("webhook")}
	for path, want := range map[string]string{
		"/":               "",
		"/pull":           "pull /pull",
		"/api/webhook":    "webhook /api/webhook",
		"/api/v1/events":  "query /api/v1/events",
		"/api/v1/../pull": "query /api/v1/../pull",
		"/api/v1//events": "query /api/v1//events",
		"/pull/more":      "404 page not found\n",
		"/api/v1":         "404 page not found\n",
		"//pull":          "404 page not found\n",
	} {
		w := httptest.NewRecorder()
		functions.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
		if w.Body.String() != want {
			t.Errorf("%s is answered by %q, want %q", path, w.Body, want)
		}
	}
}

func TestListenNeedsThePortOfTheHost(t *testing.T) {
	for _, port := range []string{"", "x", "70000"} {
		if l, err := azfunc.Listen(func(string) string { return port }); err == nil {
			l.Close()
			t.Errorf("port %q was taken", port)
		}
	}
}

func TestTheReadinessCheckIsAnswered(t *testing.T) {
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
		t.Errorf("status %d", resp.StatusCode)
	}
	l.Close()
	if err := <-done; err == nil {
		t.Error("Serve ended without an error: the host would not restart the handler")
	}
}
