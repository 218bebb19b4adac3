package main

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A gateway is a reverse proxy in front of a service. Its embedded transport plans
// faults: an error of a fault breaks the connection to the handler.
type gateway struct {
	*ingesttest.Transport
	URL       string
	authority []byte // certificate authority, PEM; nil without TLS
	noWaiting bool   // throttled responses ask for a delay of one second
}

// newAPIGateway returns a gateway with TLS to the tenant's API. URLs of next pages
// point to the gateway.
func newAPIGateway(t *testing.T, target string, transport http.RoundTripper) *gateway {
	t.Helper()
	certificate, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{Transport: ingesttest.NewTransport(transport), authority: certificate.CAPEM}
	proxy := newProxy(t, target, g.Transport)
	proxy.ModifyResponse = func(r *http.Response) error {
		if next := r.Header.Get("NextPageUri"); next != "" {
			r.Header.Set("NextPageUri", strings.Replace(next, target, g.URL, 1))
		}
		throttled := r.StatusCode == http.StatusTooManyRequests || r.StatusCode == http.StatusForbidden
		if g.noWaiting && throttled {
			r.Header.Set("Retry-After", "1")
		}
		return nil
	}
	server := newServer(t, proxy)
	server.TLS = certificate.ServerTLS()
	server.StartTLS()
	g.URL = server.URL
	return g
}

// newStorageGateway returns a gateway to the storage of a connection string, and the
// connection string to use instead. Blob and table service, which differ in their
// ports, share one plan and one count of requests.
func newStorageGateway(t *testing.T, connection string) (*gateway, string) {
	t.Helper()
	g := &gateway{Transport: ingesttest.NewTransport(http.DefaultTransport)}
	for _, name := range []string{"BlobEndpoint=", "TableEndpoint="} {
		_, rest, _ := strings.Cut(connection, name)
		endpoint, _, _ := strings.Cut(rest, ";")
		server := newServer(t, newProxy(t, origin(endpoint), g.Transport))
		server.Start()
		connection = strings.Replace(connection, origin(endpoint), server.URL, 1)
	}
	return g, connection
}

// newProxy returns a proxy to target that breaks the caller's connection if the
// request fails.
func newProxy(t *testing.T, target string, transport http.RoundTripper) *httputil.ReverseProxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		Transport: transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(u) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
}

func newServer(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(server.Close)
	return server
}

// respond is the fault of a response with one header that the service did not send.
func respond(status int, header, body string) ingesttest.Fault {
	fault := ingesttest.Respond(status, body)
	return func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		resp, err := fault(r, send)
		if name, value, found := strings.Cut(header, ": "); err == nil && found {
			resp.Header.Set(name, value)
		}
		return resp, err
	}
}

// isFetch reports whether a request to the API fetches a content blob.
func isFetch(r *http.Request) bool { return strings.Contains(r.URL.Path, "/feed/audit/") }

// origin is the scheme and host of a URL.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	return u.Scheme + "://" + u.Host
}
