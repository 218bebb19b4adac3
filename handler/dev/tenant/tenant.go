package tenant

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// Tenant is a simulated tenant. Its methods may be called concurrently.
type Tenant struct {
	config        Config
	invalid       error // why the configuration cannot be used; nil if it can
	streams       []*records.Stream
	identity      identity
	monitor       monitor
	subscriptions subscriptions
	quota         quota
	webhooks      webhooks
	faults        atomic.Pointer[Faults]
	cert          *cert.Loopback
	server        *http.Server
	url           string
}

// New returns a tenant whose history ends now, according to Config.Now. It
// answers requests between Start and Close; all methods that return its data
// work at any time. An invalid Config makes an empty tenant, and Start returns
// the error.
func New(c Config) *Tenant {
	c = c.withDefaults()
	t := &Tenant{config: c, identity: newIdentity(c)}
	t.faults.Store(c.Faults)
	t.webhooks.client = newWebhookClient(c.WebhookCAs)
	t.invalid = c.validate()
	if t.invalid != nil {
		return t
	}
	t.streams, t.invalid = records.NewStreams(records.Config{
		TenantID: c.TenantID, Seed: c.Seed, Base: c.Now().UTC().Truncate(time.Second), Events: c.Events, Contents: c.Contents,
		LiveStep: c.LiveStep, NoiseShare: c.NoiseShare, Types: c.Types,
	})
	return t
}

// TenantID returns the tenant's GUID.
func (t *Tenant) TenantID() string { return t.config.TenantID }

// now returns the tenant's time.
func (t *Tenant) now() time.Time { return t.config.Now().UTC() }

// stream returns the stream of a content type, nil if the tenant has no events
// of that type.
func (t *Tenant) stream(contentType string) *records.Stream {
	for _, s := range t.streams {
		if s.ContentType == contentType {
			return s
		}
	}
	return nil
}

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
		ErrorLog:  log.New(io.Discard, "", 0), // it only reports clients that hang up, which fault modes provoke
	}
	go t.server.ServeTLS(listener, "", "") // returns ErrServerClosed at Close
	return nil
}

// URL returns scheme, host and port, the same for the API and the login host.
// Valid after Start.
func (t *Tenant) URL() string { return t.url }

// CACertPEM returns the certificate of the authority that signed the server's.
// Valid after Start.
func (t *Tenant) CACertPEM() []byte { return t.cert.CAPEM }

// Client returns an HTTP client that trusts the tenant. Valid after Start.
func (t *Tenant) Client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = t.cert.ClientTLS()
	return &http.Client{Transport: transport}
}

// Close stops the server and aborts the requests in flight.
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
