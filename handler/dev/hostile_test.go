package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A foreignServer is a server whose certificate the handler trusts and that it must
// never call.
type foreignServer struct {
	url   string
	calls atomic.Int64
}

func newForeignServer(t *testing.T, f *fixture) *foreignServer {
	t.Helper()
	certificate, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &foreignServer{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		t.Errorf("the foreign server was called: %s, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	server.TLS = certificate.ServerTLS()
	server.StartTLS()
	t.Cleanup(server.Close)
	s.url, f.trusted = server.URL, append(f.trusted, certificate.CAPEM...)
	return s
}

// The handler sends its token only to the configured API, whatever the API's
// responses and the webhook's callers say about other servers.
func TestTokenStaysWithTheAPI(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tenant.Config{Contents: 30, Faults: tenant.NewFaults(1, tenant.LocalhostURI).Everywhere()})
	foreign := newForeignServer(t, f)
	f.api.Plan(redirects(foreign.url))
	f.start(t, nil)
	f.host.Invoke(t.Context(), "pull") // may fail
	f.notifyForeign(t, foreign.url)
	f.pullAll(t)
	f.check(t)
	if n := foreign.calls.Load(); n > 0 {
		t.Errorf("the foreign server was called %d times", n)
	}
}

// redirects is a plan whose first responses to each kind of request lead to a
// foreign server, by a redirect or by the address of a next page.
func redirects(foreign string) func(int, *http.Request) ingesttest.Fault {
	counts := map[string]int{}
	feed := "/api/v1.0/" + tenant.DefaultTenantID + "/activity/feed/"
	return func(_ int, request *http.Request) ingesttest.Fault {
		_, operation, _ := strings.Cut(request.URL.Path, "/feed/")
		operation, _, _ = strings.Cut(operation, "/audit/")
		kind := strings.SplitN(operation, "/", 3)
		name := strings.Join(kind[:min(2, len(kind))], "/")
		if isFetch(request) {
			name = "audit"
		}
		counts[name]++
		switch n := counts[name]; {
		case name == "subscriptions/content" && n <= 3:
			return respond(http.StatusOK, "NextPageUri: "+foreign+feed+"subscriptions/content?nextPage=1", "[]")
		case n <= 2 || name == "subscriptions/content" && n <= 6:
			return respond(http.StatusFound, "Location: "+foreign+request.URL.Path, "")
		}
		return nil
	}
}

// notifyForeign posts notifications whose ids and addresses lead to a foreign
// server.
func (f *fixture) notifyForeign(t *testing.T, foreign string) {
	t.Helper()
	host := strings.TrimPrefix(foreign, "https://")
	for _, id := range []string{
		"20260318140000000001$20260318140000000001$audit_general$Audit_General", foreign + "/x", "//" + host + "/x", "@" + host + "/x",
		"../../../../" + host, "x?@" + host, "x#" + host, `\\` + host, "x\r\nHost: " + host,
	} {
		notification := fmt.Sprintf(`[{"tenantId":%q,"clientId":"x","contentType":"Audit.General","contentId":%q,"contentUri":%q,"contentCreated":%q,"contentExpiration":"2099-01-01T00:00:00Z"}]`,
			tenant.DefaultTenantID, id, foreign+"/audit/x", f.now().UTC().Format(time.RFC3339))
		if resp := f.postWebhook(t, f.authID, notification); resp.StatusCode != http.StatusOK {
			t.Fatalf("notification of %q: %s", id, resp.Status)
		}
	}
}
