package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/azfunc"
)

// Anybody may call the webhook. What is wrong with the settings is for those
// who have a key, and for the log.
func TestWithFaultySettingsTheWebhookSaysNothingOfThem(t *testing.T) {
	var log strings.Builder
	getenv := func(name string) string { return map[string]string{"TENANT_ID": "contoso.example"}[name] }
	functions := routes(getenv, azfunc.NewLogger(&log))

	hook := answerOf(functions, http.MethodPost, "/api/webhook")
	if body, _ := io.ReadAll(hook.Body); hook.StatusCode != http.StatusInternalServerError || len(body) != 0 {
		t.Errorf("the webhook answers %d %s", hook.StatusCode, body)
	}
	if !strings.Contains(log.String(), "invocation failed") {
		t.Error("the webhook's log does not list the faults")
	}
	status := answerOf(functions, http.MethodGet, "/api/v1/status")
	if body, _ := io.ReadAll(status.Body); status.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "TENANT_ID: ") {
		t.Errorf("the status answers %d %s", status.StatusCode, body)
	}
}

func answerOf(functions azfunc.Functions, method, path string) *http.Response {
	w := httptest.NewRecorder()
	functions.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader("[]")))
	return w.Result()
}
