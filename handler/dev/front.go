package main

import (
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

// A front serves the functions over HTTPS, as Azure does in front of the real host.
// The API notifies only HTTPS addresses.
type front struct {
	url    string
	cert   *cert.Loopback
	server *http.Server
	known  chan struct{} // closed by the first call of forward
	once   sync.Once
	target atomic.Pointer[url.URL] // URL of the host
}

// startFront listens on a loopback port. Requests wait until forward is called: if
// the webhook did not answer the API's first handshake, the next would come a quarter
// of an hour later.
func startFront() (*front, error) {
	certificate, err := cert.NewLoopback(time.Now())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for notifications: %w", err)
	}
	f := &front{url: "https://" + listener.Addr().String(), cert: certificate, known: make(chan struct{})}
	f.server = &http.Server{
		Handler: f, TLSConfig: certificate.ServerTLS(), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // callers that hang up are not errors
	}
	go f.server.ServeTLS(listener, "", "") // ends with close, whose error it returns
	return f, nil
}

// forward sets the URL of the host. It may be called again for another host.
func (f *front) forward(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	f.target.Store(u)
	f.once.Do(func() { close(f.known) })
	return nil
}

// authorities returns the certificate authorities that callers must trust.
func (f *front) authorities() *x509.CertPool { return f.cert.ClientTLS().RootCAs }

// ServeHTTP passes a request on to the host. It waits until forward was called.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
		return
	case <-f.known:
	}
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(f.target.Load()) }}
	proxy.ServeHTTP(w, r)
}

func (f *front) close() { f.server.Close() }
