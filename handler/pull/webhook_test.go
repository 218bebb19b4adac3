package pull_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A webhook goes away in several ways, of which the API says nothing. Pull
// loses nothing meanwhile, and sets it again.
func TestAWebhookThatWentAwayIsSetAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		goes  func(*testing.T, *ingesttest.Harness, *endpoint)
		state string
	}{
		"without a word": {func(t *testing.T, w *ingesttest.Harness, _ *endpoint) {
			w.Tenant.SetFaults(tenant.NewFaults(1, tenant.WebhookNull))
			notify(t, w, 8)
		}, "none"},
		"disabled after failures": {func(t *testing.T, w *ingesttest.Harness, e *endpoint) {
			e.status.Store(http.StatusInternalServerError)
			notify(t, w, 8)
			e.status.Store(http.StatusOK)
		}, "disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, e := withWebhook(t)
			tick(t, p)
			test.goes(t, w, e)
			subs, err := w.Feed.Subscriptions(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if hook := subs[0].Webhook; (hook == nil) != (test.state == "none") || hook != nil && hook.Status != test.state {
				t.Fatalf("webhook %+v: not the case that this test is for", hook)
			}
			tick(t, p)
			w.Clock.Advance(time.Minute)
			tick(t, p)
			if st := status(t, w); st.Webhook != "enabled" {
				t.Errorf("the webhook is %s", st.Webhook)
			}
			w.Check(t)
		})
	}
}

// notify has the tenant notify every twelve hours once there is something to
// notify of, whatever comes of it.
func notify(t *testing.T, w *ingesttest.Harness, times int) {
	t.Helper()
	w.Clock.Advance(36 * time.Hour)
	for range times {
		w.Clock.Advance(12 * time.Hour)
		w.Tenant.Notify(t.Context())
	}
}

// However a webhook that should be there is listed, and for however long, the
// subscription is started with it at most once in a quarter of an hour, also by
// processes that know nothing of each other, and the status shows it.
func TestAWebhookIsPutBackAtMostOnceInAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	const sub = `[{"contentType":"Audit.General","status":"enabled","webhook":%s}]`
	for name, listed := range map[string]struct{ answer, webhook, subscription string }{
		"absent":       {`[]`, "none", "none"},
		"disabled":     {`[{"contentType":"Audit.General","status":"disabled","webhook":null}]`, "none", "disabled"},
		"hook is null": {fmt.Sprintf(sub, `null`), "none", "enabled"},
		"hook disabled": {fmt.Sprintf(sub, `{"status":"disabled","address":"https://x.example","authId":"","expiration":""}`),
			"disabled", "enabled"},
		"hook expired": {fmt.Sprintf(sub, `{"status":"expired","address":"https://x.example","authId":"","expiration":"2026-03-01T00:00:00Z"}`),
			"expired", "enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, e := withWebhook(t)
			tick(t, p)
			var starts []time.Time
			w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				switch {
				case strings.HasSuffix(r.URL.Path, "/subscriptions/list"):
					return ingesttest.Answer(http.StatusOK, listed.answer)
				case strings.HasSuffix(r.URL.Path, "/subscriptions/start"):
					starts = append(starts, w.Clock.Now())
				}
				return nil
			})
			for range 12 {
				w.Clock.Advance(5 * time.Minute)
				w.Restart(t)
				p = newJob(t, w, e.hook("/api/webhook"))
				tick(t, p)
				if st := status(t, w); st.Started.Before(w.Clock.Now()) && (st.Webhook != listed.webhook || st.Subscription != listed.subscription) {
					t.Errorf("the status says %s and webhook %s", st.Subscription, st.Webhook)
				}
			}
			for i, at := range starts {
				if since := at.Sub(append([]time.Time{ingesttest.Start}, starts...)[i]); since < 15*time.Minute {
					t.Errorf("started again after %v", since)
				}
			}
			if len(starts) != 4 {
				t.Errorf("started %d times in an hour, want 4: %v", len(starts), starts)
			}
		})
	}
}
