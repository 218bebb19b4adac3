package tenant

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

// Start makes a certificate and listens on a free port of 127.0.0.1.
func (t *Tenant) Start() (err error) {
	if t.invalid != nil {
		return fmt.Errorf("tenant: configuration: %w", t.invalid)
	}
	if t.cert, err = cert.NewLoopback(time.Now()); err != nil {
		return fmt.Errorf("tenant: make the certificate: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("tenant: listen: %w", err)
	}
	t.url = "https://" + listener.Addr().String()
	t.server = &http.Server{
		Handler:   t.routes(),
		TLSConfig: t.cert.ServerTLS(),
		ErrorLog:  log.New(io.Discard, "", 0), // of clients that hang up, which moods make them do
	}
	go t.server.ServeTLS(listener, "", "") // until Close; what it returns then says so and no more
	return nil
}

// URL returns scheme, host and port, of API and login host alike. Valid after
// Start.
func (t *Tenant) URL() string { return t.url }

// CACertPEM returns the certificate of the authority that the server's is from.
// Valid after Start.
func (t *Tenant) CACertPEM() []byte { return t.cert.CAPEM }

// Client returns an HTTP client that trusts the tenant. Valid after Start.
func (t *Tenant) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = t.cert.ClientTLS()
	return &http.Client{Transport: transport}
}

// Close stops the server and ends the requests under way.
func (t *Tenant) Close() {
	if t.server != nil {
		t.server.Close()
	}
}

func (t *Tenant) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/token", t.serveToken)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", t.serveToken)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", t.serveDiscovery)
	mux.HandleFunc("GET "+identityPath, t.serveManagedIdentity)
	mux.HandleFunc("/api/v1.0/{tenant}/activity/feed/{operation...}", t.serveFeed)
	mux.HandleFunc("/api/v1/{tenant}/activity/feed/{operation...}", t.serveFeed)
	return mux
}
