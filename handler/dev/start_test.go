package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// bare starts the app with no settings but the one that the host itself
// needs to find the pull function.
func bare(t *testing.T, log *transcript) *system {
	t.Helper()
	h, err := host.Start(t.Context(), host.Config{
		Root: stagedApp(t), TimersOff: true, Output: log, Events: log,
		Env: map[string]string{"PULL_SCHEDULE": schedule},
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, log.tail())
	}
	t.Cleanup(func() { h.Close() })
	return &system{host: h}
}

func TestWithoutSettingsTheHandlerStaysUpAndSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	log := &transcript{}
	s := bare(t, log)
	process := s.host.HandlerPID()
	for range 3 {
		if result, err := s.host.Invoke(t.Context(), "pull"); err != nil || result.Err == nil || result.Status != http.StatusInternalServerError {
			t.Errorf("pull: %+v, %v, want status 500", result, err)
		}
	}
	resp, body := ask(t, s, "/api/v1/status")
	var st status
	if err := json.Unmarshal(body, &st); err != nil || resp.StatusCode != http.StatusInternalServerError {
		t.Fatalf("status answers %d %s", resp.StatusCode, body)
	}
	faults := strings.Join(st.Faults, "\n")
	for _, setting := range []string{"TENANT_ID", "DataStorage"} {
		if !strings.Contains(faults, setting+":") || !strings.Contains(log.tail(), setting+":") {
			t.Errorf("%s is missing, the faults are %q, the log\n%s", setting, st.Faults, log.tail())
		}
	}
	if s.host.HandlerPID() != process || s.host.Err() != nil {
		t.Errorf("the handler was started again: %v", s.host.Err())
	}
}

// ask is a question whose answer may be any.
func ask(t *testing.T, s *system, path string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.host.URL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("x-functions-key", s.host.FunctionKey())
	resp, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// The host waits for the first answer before anything else, so nothing that
// may take its time comes before it.
func TestTheFirstAnswerTakesNoNetwork(t *testing.T) {
	t.Parallel()
	r := newRig(t, tenant.Config{Contents: 1, Events: 10})
	started := time.Now()
	r.boot(t, nil)
	t.Logf("the host and its handler were up after %v", time.Since(started))
	if api, storage := r.tenant.Requests(), r.storage.plan.requests(); len(api) > 0 || storage > 0 {
		t.Errorf("before the first answer there were %d requests to storage, and to the tenant %v", storage, api)
	}
}
