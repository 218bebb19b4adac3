package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

// A gateway stands before a service. It passes requests on, and does with
// them what its plan says.
type gateway struct {
	URL       string
	authority []byte // PEM, of its certificate; nil without TLS
	hurried   bool   // answers that ask for a pause ask for a short one
	plan      *gatewayPlan
	proxy     *httputil.ReverseProxy
}

// meddle does with a request what a test wants. pass passes it on.
type meddle func(w http.ResponseWriter, r *http.Request, pass func())

// gatewayPlan says what happens to the requests that it is for.
type gatewayPlan struct {
	mu sync.Mutex
	n  int
	do func(n int, r *http.Request) meddle
}

// set replaces the plan: do returns what happens to the n-th request from
// now on, or nil. It is called for one request at a time.
func (p *gatewayPlan) set(do func(n int, r *http.Request) meddle) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n, p.do = 0, do
}

// requests is how many there were since the last set.
func (p *gatewayPlan) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

func (p *gatewayPlan) next(r *http.Request) meddle {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.n
	p.n++
	if p.do == nil {
		return nil
	}
	return p.do(n, r)
}

// newGateway is one that speaks TLS. The service's next pages become the
// gateway's.
func newGateway(t *testing.T, target string, transport http.RoundTripper) *gateway {
	t.Helper()
	certificate, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	g, server := unstarted(t, target, transport)
	server.TLS = certificate.ServerTLS()
	server.StartTLS()
	g.URL, g.authority = server.URL, certificate.CAPEM
	g.proxy.ModifyResponse = func(r *http.Response) error {
		if next := r.Header.Get("NextPageUri"); next != "" {
			r.Header.Set("NextPageUri", strings.Replace(next, target, g.URL, 1))
		}
		throttled := r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusForbidden
		if g.hurried && throttled {
			r.Header.Set("Retry-After", "1")
		}
		return nil
	}
	return g
}

func newPlainGateway(t *testing.T, target string, transport http.RoundTripper) *gateway {
	t.Helper()
	g, server := unstarted(t, target, transport)
	server.Start()
	g.URL = server.URL
	return g
}

func unstarted(t *testing.T, target string, transport http.RoundTripper) (*gateway, *httptest.Server) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	silent := log.New(io.Discard, "", 0)
	g := &gateway{plan: &gatewayPlan{}, proxy: &httputil.ReverseProxy{
		Transport: transport, ErrorLog: silent,
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(u) },
	}}
	server := httptest.NewUnstartedServer(g)
	server.Config.ErrorLog = silent
	t.Cleanup(server.Close)
	return g, server
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pass := func() { g.proxy.ServeHTTP(w, r) }
	if meddle := g.plan.next(r); meddle != nil {
		meddle(w, r, pass)
		return
	}
	pass()
}

// answer is an answer that the service did not give.
func answer(status int, header, body string) meddle {
	return func(w http.ResponseWriter, _ *http.Request, _ func()) {
		if name, value, found := strings.Cut(header, ": "); found {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// fetches tells whether a request is for a content.
func fetches(r *http.Request) bool { return strings.Contains(r.URL.Path, "/feed/audit/") }

// origin is the scheme and host of a URL.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Scheme + "://" + u.Host
}
