package pull_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/pull"
)

// newLog returns a logger and the buffer that it writes to, as JSON.
func newLog() (*slog.Logger, *bytes.Buffer) {
	buffer := &bytes.Buffer{}
	return slog.New(slog.NewJSONHandler(buffer, nil)), buffer
}

// logging is a change of the log.
func logging(to *slog.Logger) func(*pull.Config) { return func(c *pull.Config) { c.Log = to } }

const (
	nearExpiry  = `"level":"WARN","msg":"contents near their expiration"`
	webhookDown = `"level":"WARN","msg":"webhook down"`
)

func TestWarnNearExpiry(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Expiry: 20 * 24 * time.Hour})
	logger, log := newLog()
	job := newJob(t, h, logging(logger))
	h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	ticksFor(t, h, job, 10*24*time.Hour, 24*time.Hour)
	if strings.Contains(log.String(), nearExpiry) {
		t.Errorf("warned with days left, oldest first expiration %v at %v", status(t, h).NextExpiration, h.Clock.Now())
	}
	ticksFor(t, h, job, 3*24*time.Hour, 12*time.Hour)
	if left := status(t, h).NextExpiration.Sub(h.Clock.Now()); left < 0 || left > 48*time.Hour {
		t.Fatalf("precondition: it expires in %v", left)
	}
	if !strings.Contains(log.String(), nearExpiry) {
		t.Errorf("not warned:\n%s", log)
	}
}

// A tick without permission leaves entries pending as well.
func TestWarnNearExpiryWhenDenied(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{})
	job := newJob(t, h)
	h.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	tick(t, job)
	h.API.Plan(when(calls, http.StatusUnauthorized, denied))
	logger, log := newLog()
	job = newJob(t, h, logging(logger))
	if _, err := job.Tick(t.Context()); err == nil {
		t.Fatal("the tick reports success")
	}
	if !strings.Contains(log.String(), nearExpiry) {
		t.Errorf("not warned:\n%s", log)
	}
}

func TestNoWarnings(t *testing.T) {
	t.Parallel()
	h, _, e := withWebhook(t)
	logger, log := newLog()
	job := newJob(t, h, e.hook("/api/webhook"), logging(logger))
	tick(t, job)
	h.Clock.Advance(time.Hour)
	tick(t, job)
	if strings.Contains(log.String(), "WARN") || strings.Contains(log.String(), "ERROR") {
		t.Errorf("log:\n%s", log)
	}
}

func TestWarnWebhookDown(t *testing.T) {
	t.Parallel()
	h, _, e := withWebhook(t)
	e.status.Store(http.StatusInternalServerError)
	logger, log := newLog()
	job := newJob(t, h, e.hook("/api/webhook"), logging(logger))
	for range 3 {
		job.Tick(t.Context()) // fails: the webhook was not validated
		h.Clock.Advance(5 * time.Minute)
	}
	if n := strings.Count(log.String(), webhookDown); n != 3 {
		t.Errorf("logged %d times in 3 ticks:\n%s", n, log)
	}
	if strings.Contains(log.String(), webhookSecret) {
		t.Error("the log has the AuthID")
	}
	e.status.Store(http.StatusOK)
	log.Reset()
	for range 2 {
		h.Clock.Advance(15 * time.Minute)
		tick(t, job)
	}
	if strings.Contains(log.String(), webhookDown) {
		t.Errorf("logged although it is up:\n%s", log)
	}
}

// Most causes that keep labeltrail from reading a tenant are for an administrator
// to fix, so the status must name them in an administrator's words.
func TestTickErrorNamesCause(t *testing.T) {
	for name, test := range map[string]struct {
		tenant     tenant.Config
		credential feed.CredentialConfig
		code, word string
	}{
		"no permission":  {tenant: tenant.Config{WithoutRole: true}, code: "AF10001", word: "ActivityFeed.Read"},
		"auditing off":   {tenant: tenant.Config{AuditingOff: true}, code: "", word: "audit"},
		"wrong secret":   {credential: feed.CredentialConfig{ClientSecret: "wrong"}, code: "AADSTS7000215", word: "secret"},
		"unknown client": {credential: feed.CredentialConfig{ClientID: "99999999-9999-4999-8999-999999999999"}, code: "AADSTS700016", word: "application"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, test.tenant)
			h.UseCredential(t, test.credential)
			run, err := newJob(t, h).Tick(t.Context())
			if err == nil {
				t.Fatal("the tick reports success")
			}
			st := status(t, h)
			if run.Error == nil || st.LastError == nil {
				t.Fatalf("run error %v, last error %v", run.Error, st.LastError)
			}
			if *st.LastError != *run.Error {
				t.Errorf("last error %v, run error %v", st.LastError, run.Error)
			}
			if test.code != "" && run.Error.Code != test.code {
				t.Errorf("code %q, want %q", run.Error.Code, test.code)
			}
			if !strings.Contains(run.Error.Message, test.word) {
				t.Errorf("message %q does not contain %q", run.Error.Message, test.word)
			}
			if len(run.Error.Message) < 20 {
				t.Errorf("message %q is too short", run.Error.Message)
			}
		})
	}
}
