package pull_test

import (
	"net/http"
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
		goes  func(*testing.T, *ingesttest.World, *endpoint)
		state string
	}{
		"without a word": {func(t *testing.T, w *ingesttest.World, _ *endpoint) {
			w.Tenant.SetMoods(tenant.NewMoods(1, tenant.WebhookNull))
			notify(t, w, 8)
		}, "none"},
		"disabled after failures": {func(t *testing.T, w *ingesttest.World, e *endpoint) {
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
func notify(t *testing.T, w *ingesttest.World, times int) {
	t.Helper()
	w.Clock.Advance(36 * time.Hour)
	for range times {
		w.Clock.Advance(12 * time.Hour)
		w.Tenant.Notify(t.Context())
	}
}
