package pull_test

import (
	"crypto/x509"
	"fmt"
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

// An endpoint is a webhook that responds with a status that the test decides.
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

// withWebhook is a harness whose subscriptions must have a webhook.
func withWebhook(t *testing.T) (*ingesttest.Harness, *pull.Job, *endpoint) {
	t.Helper()
	e := newEndpoint(t)
	h := newHarness(t, tenant.Config{Events: 40, Contents: 4, WebhookCAs: e.pool()})
	return h, newJob(t, h, e.hook("/api/webhook")), e
}

// hook is a change of the webhook to one at this path of the endpoint.
func (e *endpoint) hook(path string) func(*pull.Config) {
	return func(c *pull.Config) { c.Webhook = &feed.Webhook{Address: e.URL + path, AuthID: webhookSecret} }
}

func TestSubscriptionStart(t *testing.T) {
	h, job, _ := withWebhook(t)
	tick(t, job)
	h.Clock.Advance(5 * time.Minute)
	tick(t, job)
	if st := status(t, h); st.Subscription != "enabled" || st.Webhook != "enabled" {
		t.Errorf("subscription %s, webhook %s", st.Subscription, st.Webhook)
	}
	if n := h.Tenant.Requests()[tenant.OpStart]; n != 1 {
		t.Errorf("%d starts", n)
	}
	h.Check(t)
}

func TestWebhookNotValidated(t *testing.T) {
	h, job, e := withWebhook(t)
	e.status.Store(http.StatusInternalServerError)
	run, err := job.Tick(t.Context())
	if err == nil || run.Error == nil || run.Error.Code != "AF20021" {
		t.Errorf("run %+v, %v: the status does not say what is wrong", run, err)
	}
	h.CheckTrail(t)
	e.status.Store(http.StatusOK)
	for range 4 {
		h.Clock.Advance(5 * time.Minute)
		tick(t, job)
	}
	if st := status(t, h); st.Webhook != "enabled" {
		t.Errorf("webhook %s once its endpoint responds with 200", st.Webhook)
	}
}

func TestWebhookAddressChanges(t *testing.T) {
	h, job, e := withWebhook(t)
	tick(t, job)
	job = newJob(t, h, e.hook("/api/elsewhere"))
	calls := e.calls.Load()
	h.Clock.Advance(5 * time.Minute)
	tick(t, job) // too early for another start
	if e.calls.Load() != calls {
		t.Error("started again within 15 minutes")
	}
	h.Clock.Advance(11 * time.Minute)
	tick(t, job)
	h.Clock.Advance(time.Minute)
	tick(t, job)
	subs, err := h.Feed.Subscriptions(t.Context())
	if err != nil || len(subs) != 1 || subs[0].Webhook == nil || subs[0].Webhook.Address != e.URL+"/api/elsewhere" {
		t.Errorf("subscriptions %+v, %v", subs, err)
	}
	if breaches := h.Tenant.Violations(); len(breaches) > 0 {
		t.Error(breaches)
	}
}

func TestSubscriptionDisabled(t *testing.T) {
	h, job, _ := withWebhook(t)
	tick(t, job)
	h.Clock.Advance(20 * time.Minute)
	h.Tenant.Disable(tenant.General)
	for range 5 {
		if _, err := job.Tick(t.Context()); err != nil && feed.ClassOf(err) != feed.NotSubscribed {
			t.Fatal(err)
		}
		h.Clock.Advance(5 * time.Minute)
	}
	if st := status(t, h); st.Subscription != "enabled" {
		t.Errorf("subscription %s", st.Subscription)
	}
	h.CheckTrail(t)
}

// The error of a listing is enough to start a subscription: the list of
// subscriptions may be unknown or out of date.
func TestSubscriptionMissedByListing(t *testing.T) {
	t.Parallel()
	for name, list := range map[string]ingesttest.Fault{
		"subscriptions unknown": ingesttest.Respond(http.StatusInternalServerError, outOfOrder),
		"listed as enabled":     ingesttest.Respond(http.StatusOK, `[{"contentType":"Audit.General","status":"enabled","webhook":null}]`),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, tenant.Config{Events: 40, Contents: 4})
			job := newJob(t, h)
			h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if strings.HasSuffix(r.URL.Path, "/subscriptions/list") {
					return list
				}
				return nil
			})
			if run, err := job.Tick(t.Context()); err == nil || run.Error.Code != "AF20022" {
				t.Fatalf("precondition: run %+v, %v", run, err)
			}
			h.Clock.Advance(5 * time.Minute)
			tick(t, job)
			h.Check(t)
			if n := h.Tenant.Requests()[tenant.OpStart]; n != 1 {
				t.Errorf("%d starts", n)
			}
		})
	}
}

// A start that a wrong clock dated in the future delays no other.
func TestSubscriptionStartInFuture(t *testing.T) {
	t.Parallel()
	h := newHarness(t, tenant.Config{Events: 40, Contents: 4})
	job := newJob(t, h)
	wrong := 8 * 24 * time.Hour
	h.ShiftClock(wrong)
	tick(t, job)
	h.ShiftClock(-wrong)
	h.Clock.Advance(time.Hour)
	h.Tenant.Disable(tenant.General)
	tick(t, job)
	if got := status(t, h).Subscription; got != "enabled" {
		t.Errorf("the subscription is %q", got)
	}
}

func TestSubscriptionDisabledMidRun(t *testing.T) {
	t.Parallel()
	faults := tenant.NewFaults(1, tenant.SubscriptionDisabled)
	h := newHarness(t, tenant.Config{Events: 40, Contents: 40, Faults: faults})
	job := newJob(t, h)
	if run, err := job.Tick(t.Context()); err == nil || run.Error.Code != "AF20023" {
		t.Fatalf("precondition: run %+v, %v", run, err)
	}
	for h.Pending(t) > 0 {
		if h.Clock.Advance(time.Minute); h.Clock.Now().Sub(ingesttest.Start) > 20*time.Minute {
			t.Fatalf("%d content blobs are pending after 20 minutes", h.Pending(t))
		}
		starts := h.Tenant.Requests()[tenant.OpStart]
		if _, err := job.Tick(t.Context()); err == nil && h.Tenant.Requests()[tenant.OpStart] == starts {
			t.Error("a tick without a subscription reports success")
		}
	}
	if n := h.Tenant.Requests()[tenant.OpStart]; n != 2 {
		t.Errorf("%d starts, want the first and one more", n)
	}
	h.Check(t)
	wantInjected(t, faults, tenant.SubscriptionDisabled)
}

// A webhook disappears in several ways, and the API does not say so. Pull loses
// nothing until it has set the webhook again.
func TestWebhookGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		remove func(*testing.T, *ingesttest.Harness, *endpoint)
		state  string
	}{
		"silently": {func(t *testing.T, h *ingesttest.Harness, _ *endpoint) {
			h.Tenant.SetFaults(tenant.NewFaults(1, tenant.WebhookNull))
			notify(t, h, 8)
		}, "none"},
		"disabled after failures": {func(t *testing.T, h *ingesttest.Harness, e *endpoint) {
			e.status.Store(http.StatusInternalServerError)
			notify(t, h, 8)
			e.status.Store(http.StatusOK)
		}, "disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			h, job, e := withWebhook(t)
			tick(t, job)
			test.remove(t, h, e)
			subs, err := h.Feed.Subscriptions(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if hook := subs[0].Webhook; (hook == nil) != (test.state == "none") || hook != nil && hook.Status != test.state {
				t.Fatalf("precondition: webhook %+v", hook)
			}
			tick(t, job)
			h.Clock.Advance(time.Minute)
			tick(t, job)
			if st := status(t, h); st.Webhook != "enabled" {
				t.Errorf("the webhook is %s", st.Webhook)
			}
			h.Check(t)
		})
	}
}

// notify has the tenant send notifications every twelve hours, whether or not
// they succeed.
func notify(t *testing.T, h *ingesttest.Harness, times int) {
	t.Helper()
	h.Clock.Advance(36 * time.Hour)
	for range times {
		h.Clock.Advance(12 * time.Hour)
		h.Tenant.Notify(t.Context())
	}
}

// However the API lists a missing webhook, and for however long, the subscription
// is started with it at most once in 15 minutes, even by processes that share no
// memory, and the status shows what the API lists.
func TestWebhookStartPause(t *testing.T) {
	t.Parallel()
	const sub = `[{"contentType":"Audit.General","status":"enabled","webhook":%s}]`
	for name, listed := range map[string]struct{ response, webhook, subscription string }{
		"absent":       {`[]`, "none", "none"},
		"disabled":     {`[{"contentType":"Audit.General","status":"disabled","webhook":null}]`, "none", "disabled"},
		"hook is null": {fmt.Sprintf(sub, `null`), "none", "enabled"},
		"hook disabled": {fmt.Sprintf(sub, `{"status":"disabled","address":"https://x.example","authId":"","expiration":""}`),
			"disabled", "enabled"},
		"hook expired": {fmt.Sprintf(sub, `{"status":"expired","address":"https://x.example","authId":"","expiration":"2026-03-01T00:00:00Z"}`),
			"expired", "enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			h, job, e := withWebhook(t)
			tick(t, job)
			var starts []time.Time
			h.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				switch {
				case strings.HasSuffix(r.URL.Path, "/subscriptions/list"):
					return ingesttest.Respond(http.StatusOK, listed.response)
				case strings.HasSuffix(r.URL.Path, "/subscriptions/start"):
					starts = append(starts, h.Clock.Now())
				}
				return nil
			})
			for range 12 {
				h.Clock.Advance(5 * time.Minute)
				h.Restart(t)
				job = newJob(t, h, e.hook("/api/webhook"))
				tick(t, job)
				if st := status(t, h); st.Started.Before(h.Clock.Now()) && (st.Webhook != listed.webhook || st.Subscription != listed.subscription) {
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
