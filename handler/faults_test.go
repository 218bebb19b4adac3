package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/azfunc"
)

// Anybody may call the webhook. Only callers with a key, and the log, may see
// the faults.
func TestFaultySettings(t *testing.T) {
	var log strings.Builder
	getenv := func(name string) string { return map[string]string{"TENANT_ID": "contoso.example"}[name] }
	functions := routes(getenv, azfunc.NewLogger(&log))

	hook := call(functions, http.MethodPost, "/api/webhook")
	if body, _ := io.ReadAll(hook.Body); hook.StatusCode != http.StatusInternalServerError || len(body) != 0 {
		t.Errorf("the webhook responds with %d %s", hook.StatusCode, body)
	}
	if !strings.Contains(log.String(), "invocation failed") {
		t.Error("the webhook's log does not list the faults")
	}
	status := call(functions, http.MethodGet, "/api/v1/status")
	if body, _ := io.ReadAll(status.Body); status.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "TENANT_ID: ") {
		t.Errorf("the status responds with %d %s", status.StatusCode, body)
	}
}

func call(functions azfunc.Functions, method, path string) *http.Response {
	w := httptest.NewRecorder()
	functions.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("[]")))
	return w.Result()
}
