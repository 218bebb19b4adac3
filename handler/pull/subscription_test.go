package pull_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
)

const webhookSecret = "0123456789abcdef0123456789abcdef"

// An endpoint is a webhook that answers with a status that a test decides.
type endpoint struct {
	*httptest.Server
	status atomic.Int64
	calls  atomic.Int64
}

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{}
	e.status.Store(http.StatusOK)
	e.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		e.calls.Add(1)
		w.WriteHeader(int(e.status.Load()))
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(e.Certificate())
	return pool
}

// withWebhook is a world whose subscriptions are to carry a webhook.
func withWebhook(t *testing.T) (*ingesttest.Harness, *pull.Job, *endpoint) {
	t.Helper()
	e := newEndpoint(t)
	w := world(t, tenant.Config{Events: 40, Contents: 4, WebhookCAs: e.pool()})
	return w, newJob(t, w, e.hook("/api/webhook")), e
}

// hook is a change of the webhook to one at this path of the endpoint.
func (e *endpoint) hook(path string) func(*pull.Config) {
	return func(c *pull.Config) { c.Webhook = &feed.Webhook{Address: e.URL + path, AuthID: webhookSecret} }
}

func TestTheSubscriptionIsStartedWithItsWebhook(t *testing.T) {
	w, p, _ := withWebhook(t)
	tick(t, p)
	w.Clock.Advance(5 * time.Minute)
	tick(t, p)
	if st := status(t, w); st.Subscription != "enabled" || st.Webhook != "enabled" {
		t.Errorf("subscription %s, webhook %s", st.Subscription, st.Webhook)
	}
	if n := w.Tenant.Requests()[tenant.OpStart]; n != 1 {
		t.Errorf("%d starts", n)
	}
	w.Check(t)
}

func TestAWebhookThatCannotBeValidatedKeepsNothingFromBeingPulled(t *testing.T) {
	w, p, e := withWebhook(t)
	e.status.Store(http.StatusInternalServerError)
	run, err := p.Tick(t.Context())
	if err == nil || run.Error == nil || run.Error.Code != "AF20021" {
		t.Errorf("run %+v, %v: the status does not say what is wrong", run, err)
	}
	w.CheckTrail(t)
	e.status.Store(http.StatusOK)
	for range 4 {
		w.Clock.Advance(5 * time.Minute)
		tick(t, p)
	}
	if st := status(t, w); st.Webhook != "enabled" {
		t.Errorf("webhook %s once its endpoint answers", st.Webhook)
	}
}

func TestAWebhookWithAnotherAddressIsPutRight(t *testing.T) {
	w, p, e := withWebhook(t)
	tick(t, p)
	p = newJob(t, w, e.hook("/api/elsewhere"))
	calls := e.calls.Load()
	w.Clock.Advance(5 * time.Minute)
	tick(t, p) // too early for another start
	if e.calls.Load() != calls {
		t.Error("started again within 15 minutes")
	}
	w.Clock.Advance(11 * time.Minute)
	tick(t, p)
	w.Clock.Advance(time.Minute)
	tick(t, p)
	subs, err := w.Feed.Subscriptions(t.Context())
	if err != nil || len(subs) != 1 || subs[0].Webhook == nil || subs[0].Webhook.Address != e.URL+"/api/elsewhere" {
		t.Errorf("subscriptions %+v, %v", subs, err)
	}
	if breaches := w.Tenant.Violations(); len(breaches) > 0 {
		t.Error(breaches)
	}
}

func TestADisabledSubscriptionIsStartedAgain(t *testing.T) {
	w, p, _ := withWebhook(t)
	tick(t, p)
	w.Clock.Advance(20 * time.Minute)
	w.Tenant.Disable(tenant.General)
	for range 5 {
		if _, err := p.Tick(t.Context()); err != nil && feed.ClassOf(err) != feed.NotSubscribed {
			t.Fatal(err)
		}
		w.Clock.Advance(5 * time.Minute)
	}
	if st := status(t, w); st.Subscription != "enabled" {
		t.Errorf("subscription %s", st.Subscription)
	}
	w.CheckTrail(t)
}

// What the listing says is enough to start a subscription by: the list of
// subscriptions may not be had, or be out of date.
func TestASubscriptionIsStartedWhenTheListingMissesIt(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]ingesttest.Fault{
		"subscriptions unknown": ingesttest.Answer(http.StatusInternalServerError, outOfOrder),
		"said to be enabled":    ingesttest.Answer(http.StatusOK, `[{"contentType":"Audit.General","status":"enabled","webhook":null}]`),
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 4})
			p := newJob(t, w)
			w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if strings.HasSuffix(r.URL.Path, "/subscriptions/list") {
					return list
				}
				return nil
			})
			if run, err := p.Tick(t.Context()); err == nil || run.Error.Code != "AF20022" {
				t.Fatalf("run %+v, %v: not the case that this test is for", run, err)
			}
			w.Clock.Advance(5 * time.Minute)
			tick(t, p)
			w.Check(t)
			if n := w.Tenant.Requests()[tenant.OpStart]; n != 1 {
				t.Errorf("%d starts", n)
			}
		})
	}
}

// A start that a clock that was ahead put into the future keeps none waiting.
func TestAStartThatAWrongClockDatedAheadHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := world(t, tenant.Config{Events: 40, Contents: 4})
	p := newJob(t, w)
	wrong := 8 * 24 * time.Hour
	w.ShiftClock(wrong)
	tick(t, p)
	w.ShiftClock(-wrong)
	w.Clock.Advance(time.Hour)
	w.Tenant.Disable(tenant.General)
	tick(t, p)
	if got := status(t, w).Subscription; got != "enabled" {
		t.Errorf("the subscription is %q", got)
	}
}
