package search

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
)

// A fault is what happens to a request instead of a plain response by next.
type fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// respond sends a response that is not the API's.
func respond(status int, header http.Header, body string) fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// change sends the API's response with another header or body.
func change(header func(http.Header), body func(string) string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := httptest.NewRecorder()
		next.ServeHTTP(a, r)
		header(a.Header())
		a.Header().Del("Content-Length")
		maps.Copy(w.Header(), a.Header())
		w.WriteHeader(a.Code)
		io.WriteString(w, body(a.Body.String()))
	}
}

func sameHeader(http.Header) {}

func sameBody(body string) string { return body }

// cut breaks the connection: after the head and two thirds of the body if
// begun, or before anything is sent.
func cut(begun bool, end func(net.Conn)) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		a := httptest.NewRecorder()
		next.ServeHTTP(a, r)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		if begun {
			body := a.Body.Bytes()
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", headers(a), len(body), body[:len(body)*2/3])
		}
		end(conn)
	}
}

func hangUp(c net.Conn) { c.Close() }

// reset makes the client see a connection reset.
func reset(c net.Conn) {
	tcp := c.(*tls.Conn).NetConn().(*net.TCPConn)
	tcp.SetLinger(0)
	tcp.Close()
}

// endless sends the API's response without saying where it ends, as HTTP/1.0
// does.
func endless(w http.ResponseWriter, r *http.Request, next http.Handler) {
	a := httptest.NewRecorder()
	next.ServeHTTP(a, r)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, "HTTP/1.0 200 OK\r\n%s\r\n%s", headers(a), a.Body)
	conn.Close()
}

// headers returns the headers of a response without its length, as sent.
func headers(a *httptest.ResponseRecorder) string {
	var text strings.Builder
	_ = a.Header().WriteSubset(&text, map[string]bool{"Content-Length": true})
	return text.String()
}

// hang sends nothing while the client waits.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }
