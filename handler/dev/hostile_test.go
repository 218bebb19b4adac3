package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A canary is a server that the handler trusts and must never call.
type canary struct {
	url   string
	calls atomic.Int64
}

func newCanary(t *testing.T, r *rig) *canary {
	t.Helper()
	certificate, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		c.calls.Add(1)
		t.Errorf("the canary was called: %s, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	server.TLS = certificate.ServerTLS()
	server.StartTLS()
	t.Cleanup(server.Close)
	c.url, r.trusted = server.URL, append(r.trusted, certificate.CAPEM...)
	return c
}

// Whatever the API's answers and a webhook's callers say of other places, the
// handler's token goes to the configured API and nowhere else.
func TestNothingLeadsTheHandlerToAnotherServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, tenant.Config{Contents: 30, Faults: tenant.NewFaults(1, tenant.LocalhostURI).Everywhere()})
	c := newCanary(t, r)
	r.api.plan.set(r.misleading(c))
	r.boot(t, nil)
	r.host.Invoke(t.Context(), "pull") // may fail
	r.notifyOf(t, c)
	r.pullAll(t)
	r.check(t)
	if n := c.calls.Load(); n > 0 {
		t.Errorf("the canary was called %d times", n)
	}
}

// misleading answers the first few requests of each kind with ways to the
// canary.
func (r *rig) misleading(c *canary) func(int, *http.Request) meddle {
	times := map[string]int{}
	feed := "/api/v1.0/" + tenant.DefaultTenantID + "/activity/feed/"
	return func(_ int, request *http.Request) meddle {
		_, operation, _ := strings.Cut(request.URL.Path, "/feed/")
		operation, _, _ = strings.Cut(operation, "/audit/")
		kind := strings.SplitN(operation, "/", 3)
		name := strings.Join(kind[:min(2, len(kind))], "/")
		if fetches(request) {
			name = "audit"
		}
		times[name]++
		switch n := times[name]; {
		case name == "subscriptions/content" && n <= 3:
			return answer(http.StatusOK, "NextPageUri: "+c.url+feed+"subscriptions/content?nextPage=1", "[]")
		case n <= 2 || name == "subscriptions/content" && n <= 6:
			return answer(http.StatusFound, "Location: "+c.url+request.URL.Path, "")
		}
		return nil
	}
}

// notifyOf posts notices of contents that are to be had from the canary.
func (r *rig) notifyOf(t *testing.T, c *canary) {
	t.Helper()
	host := strings.TrimPrefix(c.url, "https://")
	for _, id := range []string{
		"20260318140000000001$20260318140000000001$audit_general$Audit_General", c.url + "/x", "//" + host + "/x", "@" + host + "/x",
		"../../../../" + host, "x?@" + host, "x#" + host, `\\` + host, "x\r\nHost: " + host,
	} {
		notice := fmt.Sprintf(`[{"tenantId":%q,"clientId":"x","contentType":"Audit.General","contentId":%q,"contentUri":%q,"contentCreated":%q,"contentExpiration":"2099-01-01T00:00:00Z"}]`,
			tenant.DefaultTenantID, id, c.url+"/audit/x", r.now().UTC().Format(time.RFC3339))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.host.URL()+"/api/webhook", strings.NewReader(notice))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Webhook-AuthID", r.authID)
		resp, err := http.DefaultClient.Do(request)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("notice of %q: %v %v", id, resp, err)
		}
		resp.Body.Close()
	}
}

// bombs is how many contents are small until they are decompressed.
const bombs = 6

// A content of over 256 MiB is refused without its bytes being held, even where
// several come at once, and the ledger and the log say so.
func TestContentsThatGrowWithoutBoundAreRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, tenant.Config{Contents: 20})
	bomb, bombed := gzipOfSpaces(t, 300<<20), map[string]bool{}
	r.api.plan.set(func(_ int, request *http.Request) meddle {
		if !fetches(request) || len(bombed) == bombs {
			return nil
		}
		bombed[request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]] = true
		return answer(http.StatusOK, "Content-Encoding: gzip", bomb)
	})
	r.boot(t, nil)
	r.pull(t)
	for _, c := range r.tenant.Contents(r.base) {
		entry, err := r.store.Entry(t.Context(), audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration})
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]store.State{true: store.Unreadable, false: store.Done}[bombed[c.ID]]; entry.State != want {
			t.Errorf("content %s is %s, want %s: %s", c.ID, entry.State, want, entry.Error)
		}
		if bombed[c.ID] && !strings.Contains(entry.Error, "too large: over 268435456 bytes") {
			t.Errorf("content %s: %q", c.ID, entry.Error)
		}
	}
	for id := range bombed {
		if !slices.ContainsFunc(r.log.all(), func(line string) bool {
			return strings.Contains(line, `"content unreadable"`) && strings.Contains(line, `"`+id+`"`)
		}) {
			t.Errorf("the log does not speak of content %s\n%s", id, r.log.tail())
		}
	}
	t.Logf("%.0f MB at most", float64(r.host.PeakRSS())/1e6)
	if peak := float64(r.host.PeakRSS()); peak > drainMemory {
		t.Errorf("the handler took %.0f MB", peak/1e6)
	}
}

func gzipOfSpaces(t *testing.T, size int64) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, spaces{}, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
