package cert_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

func TestLoopback(t *testing.T) {
	l, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "here")
	}))
	server.TLS = l.ServerTLS()
	server.StartTLS()
	defer server.Close()

	resp, err := l.Client().Get(server.URL)
	if err != nil {
		t.Fatalf("client with the authority: %v", err)
	}
	resp.Body.Close()

	other, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Client().Get(server.URL); err == nil {
		t.Error("a client with another authority accepts the certificate")
	}
}

func ExampleNewLoopback() {
	l, err := cert.NewLoopback(time.Now())
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = l.ServerTLS()
	server.StartTLS()
	defer server.Close()

	resp, err := l.Client().Get(server.URL)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	// Output: 200 OK
}
