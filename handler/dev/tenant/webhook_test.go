package tenant

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// endpoint receives the notifications of a webhook.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	requests []http.Header
	bodies   []string
}

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{status: http.StatusOK}
	e.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.requests = append(e.requests, r.Header)
		e.bodies = append(e.bodies, string(body))
		w.WriteHeader(e.status)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) respondWith(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

func (e *endpoint) received() ([]http.Header, []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests), slices.Clone(e.bodies)
}

// withEndpoint serves a tenant that trusts the returned endpoint.
func withEndpoint(t *testing.T, c Config) (*api, *endpoint) {
	e := newEndpoint(t)
	c.WebhookCAs = x509.NewCertPool()
	c.WebhookCAs.AddCert(e.Certificate())
	return serve(t, c), e
}

func (a *api) startWebhook(address, rest string) result {
	a.Helper()
	return a.call(http.MethodPost, "subscriptions/start?contentType=Audit.General", `{"webhook":{"address":"`+address+`"`+rest+`}}`)
}

func TestWebhookHandshake(t *testing.T) {
	a, e := withEndpoint(t, small())
	a.startWebhook(e.URL, `,"authId":"secret","expiration":""`).
		want(t, 200, `"webhook":{"status":"enabled","address":"`+e.URL+`","authId":"secret","expiration":null}`)
	headers, bodies := e.received()
	if len(bodies) != 1 {
		t.Fatalf("%d requests, want 1 for the handshake", len(bodies))
	}
	code := headers[0].Get("Webhook-ValidationCode")
	if code == "" || bodies[0] != `{"validationCode":"`+code+`"}` || headers[0].Get("Webhook-AuthID") != "secret" ||
		headers[0].Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("handshake is %v %s", headers[0], bodies[0])
	}
	a.get("subscriptions/list").want(t, 200, `"webhook":{"status":"enabled"`)
}

func TestWebhookErrors(t *testing.T) {
	a, e := withEndpoint(t, small())
	tests := []struct {
		name, address, rest string
		status              int
		want                string
	}{
		{"not https", "http://127.0.0.1/", "", 200, `"AF20021","message":"The webhook endpoint (http://127.0.0.1/) could not be validated. The address must begin with HTTPS."`},
		{"answers 202", e.URL, "", 202, "The endpoint did not return HTTP 200."},
		{"redirects", e.URL, "", 307, "The endpoint did not return HTTP 200."},
		{"unreachable", "https://127.0.0.1:1", "", 200, `"AF20021"`},
		{"expired", e.URL, `,"expiration":"2026-11-20T11:59:59"`, 200, `"AF20003"`},
		{"invalid expiration", e.URL, `,"expiration":"soon"`, 200, `"AF20002"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e.respondWith(tt.status)
			a.startWebhook(tt.address, tt.rest).want(t, 400, tt.want)
			a.get("subscriptions/list").want(t, 200, "[]")
		})
	}
	a.call(http.MethodPost, "subscriptions/start?contentType=Audit.General", "{webhook").want(t, 400, "invalid")
}

func TestWebhookChange(t *testing.T) {
	a, e := withEndpoint(t, small())
	a.startWebhook(e.URL, "").want(t, 200, "enabled")
	a.advance(cooldown)
	a.startWebhook(e.URL, "").want(t, 400, "AF20024")
	a.startWebhook(e.URL+"/other", "").want(t, 200, "/other")
	a.start(General).want(t, 403, "AF429")
	a.advance(cooldown)
	a.start(General).want(t, 200, `"webhook":null`)
}

// notified returns the ids of the content blobs in the notifications received.
func notified(t *testing.T, bodies []string) []string {
	t.Helper()
	var ids []string
	for _, body := range bodies {
		if strings.Contains(body, "validationCode") {
			continue
		}
		var batch []struct {
			row
			TenantID, ClientID string
		}
		if err := json.Unmarshal([]byte(body), &batch); err != nil || len(batch) == 0 {
			t.Fatalf("notification %q: %v", body, err)
		}
		for _, n := range batch {
			if n.TenantID != DefaultTenantID || n.ClientID == "" || n.ContentType != General || n.ContentCreated == "" || n.ContentURI == "" {
				t.Errorf("notification %+v lacks a field", n)
			}
			ids = append(ids, n.ContentID)
		}
	}
	return ids
}

func TestNotify(t *testing.T) {
	a, e := withEndpoint(t, small())
	a.startWebhook(e.URL, `,"authId":"secret"`)
	for range 20 {
		a.advance(6 * time.Hour)
		if _, err := a.Notify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.Notify(t.Context())
	headers, bodies := e.received()
	var want []string
	for _, c := range a.Contents(a.Now())[60:] {
		want = append(want, c.ID)
	}
	if got := notified(t, bodies); !slices.Equal(got, want) || len(want) < 20 {
		t.Errorf("%d content blobs notified, %d appeared", len(got), len(want))
	}
	if h := headers[1]; h.Get("Content-Type") != "application/json; utf-8" || h.Get("Webhook-AuthID") != "secret" || h.Get("Webhook-ValidationCode") != "" {
		t.Errorf("headers of a notification: %v", h)
	}
}

func TestNotifyBackoff(t *testing.T) {
	c := small()
	c.NotifyFailures = 5
	a, e := withEndpoint(t, c)
	a.startWebhook(e.URL, "")
	e.respondWith(http.StatusAccepted)
	a.advance(12 * time.Hour)
	var waits []time.Duration
	last := a.Now()
	for range 40 {
		_, before := e.received()
		_, err := a.Notify(t.Context())
		if _, after := e.received(); len(after) > len(before) {
			if err == nil {
				t.Error("a failed notification returned no error")
			}
			waits = append(waits, a.Now().Sub(last))
			last = a.Now()
		}
		a.advance(time.Minute)
	}
	if want := []time.Duration{0, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute}; !slices.Equal(waits, want) {
		t.Errorf("waits between attempts are %v, want %v and no more", waits, want)
	}
	a.login()
	a.get("subscriptions/list").want(t, 200, `"status":"enabled","webhook":{"status":"disabled"`)
	a.get(listing(General, a.Now().Add(-20*time.Hour), a.Now())).want(t, 200, "contentId")

	e.respondWith(http.StatusOK)
	a.startWebhook(e.URL, "").want(t, 200, `"webhook":{"status":"enabled"`)
	a.advance(12 * time.Hour)
	if n, err := a.Notify(t.Context()); n == 0 || err != nil {
		t.Errorf("%d content blobs notified after the webhook was enabled again: %v", n, err)
	}
}

func TestNotifyAfterFailure(t *testing.T) {
	a, e := withEndpoint(t, small())
	a.startWebhook(e.URL, "")
	e.respondWith(http.StatusInternalServerError)
	a.advance(24 * time.Hour)
	if n, err := a.Notify(t.Context()); n != 0 || err == nil {
		t.Errorf("%d content blobs notified, error %v", n, err)
	}
	_, failed := e.received()
	e.respondWith(http.StatusOK)
	a.advance(time.Minute)
	n, err := a.Notify(t.Context())
	if want := len(a.Contents(a.Now())) - 60; n != want || err != nil {
		t.Errorf("%d content blobs notified after the failure, want %d (%v)", n, want, err)
	}
	_, bodies := e.received()
	if len(notified(t, bodies[len(failed):])) != n {
		t.Errorf("%d content blobs arrived", len(notified(t, bodies[len(failed):])))
	}
}

func TestNotifyExpiredWebhook(t *testing.T) {
	a, e := withEndpoint(t, small())
	a.startWebhook(e.URL, `,"expiration":"2026-11-20T14:00:00"`).want(t, 200, `"expiration":"2026-11-20T14:00:00.000Z"`)
	a.advance(24 * time.Hour)
	if n, err := a.Notify(t.Context()); n != 0 || err != nil {
		t.Errorf("%d content blobs notified to an expired webhook (%v)", n, err)
	}
	a.login()
	a.get("subscriptions/list").want(t, 200, `"webhook":{"status":"expired"`)
}
