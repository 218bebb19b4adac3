package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	response, body := devtest.Send(t, "PUT", h.URL()+"/api/open/a%2Fb/./c?x=1&x=2&y=a%20b;c", chunked("zipped"),
		"Content-Encoding", "gzip", "Content-Type", "x/y", "X-Many", "1", "X-Many", "2", "X-Forwarded-Proto", "https",
		"User-Agent", "caller", "Cookie", "a=b", headerInvocation, "forged")
	got := decode[received](t, body)
	want := received{
		Method: "PUT", Path: "/api/open/a%2Fb/c", Query: "x=1&x=2&y=a%20b;c", Host: strings.TrimPrefix(h.URL(), "http://"),
		Length: -1, Encoding: []string{"chunked"}, Body: "zipped",
	}
	header := got.Header
	got.Header = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, want := range map[string][]string{
		"Content-Encoding": {"gzip"}, "Content-Type": {"x/y"}, "X-Many": {"1", "2"}, "X-Forwarded-Proto": {"https"},
		"X-Forwarded-For": nil, "User-Agent": {"caller"}, "Cookie": {"a=b"}, headerVersion: {hostVersion},
		headerCorrelation: header.Values(headerInvocation),
	} {
		if diff := cmp.Diff(want, header[http.CanonicalHeaderKey(name)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if id := header.Get(headerInvocation); id == "forged" || id == "" {
		t.Errorf("invocation id %q", id)
	}
	if diff := cmp.Diff([]string{"one", "two"}, response.Header["X-Response"]); diff != "" {
		t.Errorf("response header (-want +got):\n%s", diff)
	}
}

func TestProxyStreams(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", h.URL()+"/api/open?do=stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if line, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil || line != "first\n" {
		t.Errorf("read %q, %v from the unfinished response", line, err)
	}
}

func TestProxyHandlerDies(t *testing.T) {
	t.Parallel()
	h := startWeb(t, proxying, Config{})
	response, err := http.Get(h.URL() + "/api/open?do=break")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("read %q without an error", body)
	}
	if response, _ := devtest.Send(t, "GET", h.URL()+"/api/open", nil); response.StatusCode != 200 {
		t.Errorf("afterwards: %d", response.StatusCode)
	}
}

func TestProxyCallerLeaves(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := newOutput()
	h := startWeb(t, proxying, Config{Output: out, OnLine: func(_ bool, line string) {
		if line == "hanging" {
			cancel()
		}
	}})
	r, err := http.NewRequestWithContext(ctx, "GET", h.URL()+"/api/open?do=hang", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	out.await(t, "info: released")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestProxyRetries(t *testing.T) {
	_, refused := http.Get("http://127.0.0.1:1")
	if refused == nil {
		t.Skip("something listens on port 1")
	}
	for _, test := range []struct {
		name    string
		failure error
		body    io.Reader
		want    int
	}{
		{"nothing listens", refused, strings.NewReader("x"), 10},
		{"request without a body breaks off", io.ErrUnexpectedEOF, nil, 10},
		{"request with a body breaks off", io.ErrUnexpectedEOF, strings.NewReader("x"), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			attempts := 0
			transport := retryTransport{
				base:   roundTrip(func(*http.Request) (*http.Response, error) { attempts++; return nil, test.failure }),
				delays: make([]time.Duration, len(proxyRetryDelays())),
			}
			r, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:1/", test.body)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := transport.RoundTrip(r); !errors.Is(err, test.failure) || attempts != test.want {
				t.Errorf("%d attempts, error %v; want %d", attempts, err, test.want)
			}
		})
	}
}
