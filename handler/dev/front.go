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

// A front is the HTTPS address of the functions, which on Azure the platform
// provides and the stand-in host does not. The API notifies no other kind.
type front struct {
	url    string
	cert   *cert.Loopback
	server *http.Server
	known  chan struct{} // closed once the host has an address
	once   sync.Once
	target atomic.Pointer[url.URL] // the host's address
}

// startFront listens on a port of the loopback address. Until forward says
// where the host is, requests wait: a webhook that did not answer the first
// handshake would not be tried again for a quarter of an hour.
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
		ErrorLog: log.New(io.Discard, "", 0), // of callers that hang up
	}
	go f.server.ServeTLS(listener, "", "") // until close; what it returns then says so and no more
	return f, nil
}

// forward names the host, or another one.
func (f *front) forward(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	f.target.Store(u)
	f.once.Do(func() { close(f.known) })
	return nil
}

// authorities are those that a caller must trust.
func (f *front) authorities() *x509.CertPool { return f.cert.ClientTLS().RootCAs }

// ServeHTTP passes a request on to the host.
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
