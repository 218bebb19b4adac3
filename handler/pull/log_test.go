package pull_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/pull"
)

// newLog returns a logger and what it writes, as JSON.
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

func TestContentThatIsPendingIsWarnedOfTwoDaysBeforeItExpires(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Expiry: 20 * 24 * time.Hour})
	logger, log := newLog()
	p := newJob(t, w, logging(logger))
	w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	ticksFor(t, w, p, 10*24*time.Hour, 24*time.Hour)
	if strings.Contains(log.String(), nearExpiry) {
		t.Errorf("warned with days left, oldest first expiration %v at %v", status(t, w).NextExpiration, w.Clock.Now())
	}
	ticksFor(t, w, p, 3*24*time.Hour, 12*time.Hour)
	if left := status(t, w).NextExpiration.Sub(w.Clock.Now()); left < 0 || left > 48*time.Hour {
		t.Fatalf("expires in %v: not the case that this test is for", left)
	}
	if !strings.Contains(log.String(), nearExpiry) {
		t.Errorf("not warned:\n%s", log)
	}
}

// The tick that cannot even begin leaves content pending, too.
func TestATickThatMayDoNothingWarnsOfWhatExpires(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{})
	p := newJob(t, w)
	w.API.Plan(when(fetches, http.StatusInternalServerError, outOfOrder))
	tick(t, p)
	w.API.Plan(when(calls, http.StatusUnauthorized, denied))
	logger, log := newLog()
	p = newJob(t, w, logging(logger))
	if _, err := p.Tick(t.Context()); err == nil {
		t.Fatal("the tick reports success")
	}
	if !strings.Contains(log.String(), nearExpiry) {
		t.Errorf("not warned:\n%s", log)
	}
}

func TestNothingIsWarnedOfWhenAllIsDone(t *testing.T) {
	t.Parallel()
	w, _, e := withWebhook(t)
	logger, log := newLog()
	p := newJob(t, w, e.hook("/api/webhook"), logging(logger))
	tick(t, p)
	w.Clock.Advance(time.Hour)
	tick(t, p)
	if strings.Contains(log.String(), "WARN") || strings.Contains(log.String(), "ERROR") {
		t.Errorf("log:\n%s", log)
	}
}

func TestAWebhookThatIsDownIsSaidSoEachTickUntilItIsUp(t *testing.T) {
	t.Parallel()
	w, _, e := withWebhook(t)
	e.status.Store(http.StatusInternalServerError)
	logger, log := newLog()
	p := newJob(t, w, e.hook("/api/webhook"), logging(logger))
	for range 3 {
		p.Tick(t.Context()) // fails: the webhook was not validated
		w.Clock.Advance(5 * time.Minute)
	}
	if n := strings.Count(log.String(), webhookDown); n != 3 {
		t.Errorf("said %d times in 3 ticks:\n%s", n, log)
	}
	if strings.Contains(log.String(), webhookSecret) {
		t.Error("the log has the AuthID")
	}
	e.status.Store(http.StatusOK)
	log.Reset()
	for range 2 {
		w.Clock.Advance(15 * time.Minute)
		tick(t, p)
	}
	if strings.Contains(log.String(), webhookDown) {
		t.Errorf("said though it is up:\n%s", log)
	}
}
