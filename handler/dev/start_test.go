package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// The handler stays up without settings, and names those that are missing.
// The host itself needs PULL_SCHEDULE to find the pull function.
func TestStartWithoutSettings(t *testing.T) {
	t.Parallel()
	log := &transcript{}
	h, err := host.Start(t.Context(), host.Config{
		Root: app.Dir(t), TimersOff: true, Output: log, Events: log,
		Env: map[string]string{"PULL_SCHEDULE": schedule},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.tail())
	}
	t.Cleanup(func() { h.Close() })
	pid := h.HandlerPID()
	for range 3 {
		if result, err := h.Invoke(t.Context(), "pull"); err != nil || result.Err == nil || result.Status != http.StatusInternalServerError {
			t.Errorf("pull: %+v, %v, want status 500", result, err)
		}
	}
	resp, body := devtest.Send(t, http.MethodGet, h.URL()+"/api/v1/status", nil, "x-functions-key", h.FunctionKey())
	var st status
	if err := json.Unmarshal([]byte(body), &st); err != nil || resp.StatusCode != http.StatusInternalServerError {
		t.Fatalf("GET status: %d %s", resp.StatusCode, body)
	}
	faults := strings.Join(st.Faults, "\n")
	for _, setting := range []string{"TENANT_ID", "DataStorage"} {
		if !strings.Contains(faults, setting+":") || !strings.Contains(log.tail(), setting+":") {
			t.Errorf("%s is missing, the faults are %q, the log\n%s", setting, st.Faults, log.tail())
		}
	}
	if h.HandlerPID() != pid || h.Err() != nil {
		t.Errorf("the handler was restarted: %v", h.Err())
	}
}

// The host waits for the handler's first response, so nothing slow may happen before
// it.
func TestStartWithoutNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tenant.Config{Contents: 1, Events: 10})
	started := time.Now()
	f.start(t, nil)
	t.Logf("host and handler were up after %v", time.Since(started))
	if api, storage := f.tenant.Requests(), f.storage.Requests(); len(api) > 0 || storage > 0 {
		t.Errorf("before the first response there were %d requests to storage, and to the tenant %v", storage, api)
	}
}
