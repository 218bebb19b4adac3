package feed_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// freshConnections returns a transport that reuses no connection. On a reused
// connection, net/http itself repeats a failed request.
func (s *server) freshConnections() http.RoundTripper {
	transport := s.Client().Transport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return transport
}

// hangUp cuts the connection without a response.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// A transient error is retried twice, after short waits.
func TestRetryTransient(t *testing.T) {
	for name, failure := range map[string]http.HandlerFunc{
		"connection reset": hangUp,
		"503":              reply(503, ""),
		"AF50000":          reply(500, `{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`),
		"empty":            reply(200, ""),
		"error object":     reply(200, `{"error":{"message":"x"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			k := &clock{now: windowStart}
			s := newServer(t, sequence(failure, failure, reply(200, "[]")))
			c := s.client(feed.Config{Now: k.Now, Wait: k.Wait, Transport: s.freshConnections()})
			if got, err := c.Content(t.Context(), "id"); err != nil || string(got) != "[]" {
				t.Fatalf("got %q, %v", got, err)
			}
			if c.Requests() != 3 {
				t.Errorf("%d requests counted, want 3", c.Requests())
			}
			waits := k.waited()
			if len(waits) != 2 || waits[0] >= time.Second || waits[1] >= 2*time.Second {
				t.Errorf("waited %v, want under 1 s, then under 2 s", waits)
			}

			s = newServer(t, failure)
			c = s.client(feed.Config{Transport: s.freshConnections()})
			_, err := c.Content(t.Context(), "id")
			want(t, err, feed.Transient, feedCode(name))
			if c.Requests() != 3 {
				t.Errorf("%d requests in all, want 3", c.Requests())
			}
		})
	}
}

func feedCode(name string) string {
	if name == "AF50000" {
		return name
	}
	return ""
}

// An error that a retry cannot fix is not retried.
func TestRetryNotPermanent(t *testing.T) {
	for _, code := range []string{"AF20022", "AF20051", "AF20055", "AF20001", "AF20012"} {
		s := newServer(t, reply(400, `{"error":{"code":"`+code+`"}}`))
		if _, err := s.client(feed.Config{}).Content(t.Context(), "id"); err == nil {
			t.Errorf("%s: no error", code)
		}
		if n := len(s.sent()); n != 1 {
			t.Errorf("%s: %d requests, want 1", code, n)
		}
	}
}

func retryAfter(status int, value, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", value)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func TestRetryAfter(t *testing.T) {
	k := &clock{now: windowStart}
	s := newServer(t, sequence(retryAfter(503, "7", ""), reply(200, "[]")))
	if _, err := s.client(feed.Config{Now: k.Now, Wait: k.Wait}).Content(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Second}, k.waited()); diff != "" {
		t.Error(diff)
	}
	s = newServer(t, retryAfter(503, "61", ""))
	_, err := s.client(feed.Config{}).Content(t.Context(), "id")
	if e := want(t, err, feed.Transient, ""); e.RetryAfter != 61*time.Second || len(s.sent()) != 1 {
		t.Errorf("RetryAfter %s, %d requests; want 61 s, 1", e.RetryAfter, len(s.sent()))
	}
}

// A request's time-out is transient; the end of the caller's context is not.
func TestTimeout(t *testing.T) {
	s := newServer(t, sequence(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, reply(200, "[]")))
	c := s.client(feed.Config{Timeout: 50 * time.Millisecond})
	if got, err := c.Content(t.Context(), "id"); err != nil || string(got) != "[]" {
		t.Errorf("got %q, %v", got, err)
	}
	if c.Requests() != 2 {
		t.Errorf("%d requests, want 2", c.Requests())
	}
	s = newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.client(feed.Config{}).Content(ctx, "id"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want the context's", err)
	}
}

// A call whose requests have taken more than 30 s together is not retried.
func TestRetryEndsPatience(t *testing.T) {
	for took, requests := range map[time.Duration]int{5 * time.Second: 3, 20 * time.Second: 2, 90 * time.Second: 1} {
		k := &clock{now: windowStart}
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			k.Wait(r.Context(), took)
			w.WriteHeader(http.StatusGatewayTimeout)
		})
		_, err := s.client(feed.Config{Now: k.Now, Wait: k.Wait}).Content(t.Context(), "id")
		want(t, err, feed.Transient, "")
		if n := len(s.sent()); n != requests {
			t.Errorf("%d requests of %v each, want %d", n, took, requests)
		}
	}
}

func TestUntrustedCertificate(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	_, err := s.client(feed.Config{Transport: http.DefaultTransport}).Content(t.Context(), "id")
	want(t, err, feed.Configuration, "")
	if len(s.sent()) > 0 {
		t.Errorf("sent %q", s.sent())
	}
}

func TestSkew(t *testing.T) {
	k := &clock{now: windowStart}
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", windowStart.Add(-7*time.Minute).Format(http.TimeFormat))
		io.WriteString(w, "[]")
	})
	c := s.client(feed.Config{Now: k.Now, Wait: k.Wait})
	if c.Skew() != 0 {
		t.Errorf("skew before the first response is %s", c.Skew())
	}
	if _, err := c.Content(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	if c.Skew() != -7*time.Minute {
		t.Errorf("skew is %s, want -7m", c.Skew())
	}
}
