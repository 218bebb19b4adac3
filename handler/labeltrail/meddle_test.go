package main

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

// What can happen to a request.

// refuse gives an answer that is not the API's to the question.
func refuse(status int, header http.Header, body string) meddle {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// change gives the API's answer, with another header or body.
func change(header func(http.Header), body func(string) string) meddle {
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

// cut sends some of the API's answer, and then breaks the connection: after
// its head and two thirds of its body, or before it has sent anything.
func cut(begun bool, end func(net.Conn)) meddle {
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

// reset makes the other end see that the connection was reset.
func reset(c net.Conn) {
	tcp := c.(*tls.Conn).NetConn().(*net.TCPConn)
	tcp.SetLinger(0)
	tcp.Close()
}

// endless sends the API's answer without a word of where it ends, as HTTP/1.0
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

// headers are those of an answer as they are sent, but for its length.
func headers(a *httptest.ResponseRecorder) string {
	var text strings.Builder
	_ = a.Header().WriteSubset(&text, map[string]bool{"Content-Length": true})
	return text.String()
}

// hang answers nothing for as long as the caller waits.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }
