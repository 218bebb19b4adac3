package feed_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// fetch fetches a content blob without records.
func fetch(t *testing.T, c *feed.Client) {
	t.Helper()
	if got, err := c.Content(t.Context(), "id"); err != nil || string(got) != "[]" {
		t.Fatalf("got %q, %v", got, err)
	}
}

// The token is requested once, and renewed after the API rejects it.
func TestTokenRenewal(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{})
	fetch(t, c)
	fetch(t, c)
	if s.tokens() != 1 || c.Requests() != 2 {
		t.Fatalf("%d tokens, %d requests; want 1, 2", s.tokens(), c.Requests())
	}
	s.revoke()
	fetch(t, c)
	if s.tokens() != 2 || c.Requests() != 4 {
		t.Fatalf("after a 401: %d tokens, %d requests; want 2, 4", s.tokens(), c.Requests())
	}
	fetch(t, c)
	if s.tokens() != 2 || c.Requests() != 5 {
		t.Errorf("after that: %d tokens, %d requests; want 2, 5", s.tokens(), c.Requests())
	}
}

// A call renews the token only once.
func TestTokenRenewalOnce(t *testing.T) {
	s := newServer(t, reply(401, `{"error":{"code":"AF10001","message":"The permission set () does not include ActivityFeed.Read."}}`))
	c := s.client(feed.Config{})
	_, err := c.Content(t.Context(), "id")
	want(t, err, feed.Configuration, "AF10001")
	if s.tokens() != 2 || c.Requests() != 2 {
		t.Errorf("%d tokens, %d requests; want 2, 2", s.tokens(), c.Requests())
	}
}

func TestTokenRenewalThrottled(t *testing.T) {
	s := newServer(t, sequence(reply(401, throttledBody), reply(200, "[]")))
	fetch(t, s.client(feed.Config{}))
	if s.tokens() != 1 {
		t.Errorf("%d tokens, want 1", s.tokens())
	}
}

// A renewal does not use up the retries after transient errors.
func TestTokenRenewalKeepsRetries(t *testing.T) {
	s := newServer(t, sequence(reply(503, ""), reply(401, ""), reply(503, ""), reply(200, "[]")))
	fetch(t, s.client(feed.Config{}))
	if s.tokens() != 2 {
		t.Errorf("%d tokens, want 2", s.tokens())
	}
}

// Many requests rejected with one token renew it once.
func TestTokenRenewalConcurrent(t *testing.T) {
	const many = 8
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{})
	fetch(t, c)
	s.revoke()
	var all sync.WaitGroup
	all.Add(many)
	s.onDenied = func() { all.Done(); all.Wait() } // no response before all requests have arrived
	var g errgroup.Group
	for range many {
		g.Go(func() error { _, err := c.Content(t.Context(), "id"); return err })
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if s.tokens() != 2 {
		t.Errorf("%d tokens, want 2", s.tokens())
	}
}

// static is a credential with one token, which it cannot renew.
type static string

func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// A credential that cannot renew its token is used once more.
func TestTokenRenewalUnsupported(t *testing.T) {
	s := newServer(t, nil)
	c := s.client(feed.Config{Credential: static("stale")})
	_, err := c.Content(t.Context(), "id")
	want(t, err, feed.Configuration, "")
	if c.Requests() != 2 {
		t.Errorf("%d requests, want 2", c.Requests())
	}
}

func TestTokenErrorAdvice(t *testing.T) {
	for code, words := range map[string]string{
		"AADSTS50034":   "client id",
		"AADSTS500011":  "az ad sp create",
		"AADSTS53003":   "Conditional Access",
		"AADSTS700016":  "the application is not known",
		"AADSTS70021":   "federated credential",
		"AADSTS700211":  "issuer",
		"AADSTS700212":  "audience",
		"AADSTS700213":  "subject",
		"AADSTS700027":  "certificate",
		"AADSTS7000112": "disabled",
		"AADSTS7000215": "client secret is wrong",
		"AADSTS7000222": "expired",
		"AADSTS7000229": "admin consent",
		"AADSTS900023":  "tenant id",
		"AADSTS90002":   "tenant does not exist",
		"AADSTS9999999": "check tenant, client id and credential",
	} {
		for _, status := range []int{400, 401} {
			s := newServer(t, nil)
			s.grant = reply(status, `{"error":"invalid_client","error_description":"`+code+`: Something is wrong. Trace ID: 5a Correlation ID: 6b Timestamp: 2026-11-21 10:00:00Z","error_codes":[1]}`)
			c := s.client(feed.Config{})
			_, err := c.Content(t.Context(), "id")
			e := want(t, err, feed.Configuration, code)
			if e.Operation != "get token" || e.Status != status || !strings.Contains(e.Message, words) || !strings.Contains(e.Message, "Something is wrong") {
				t.Errorf("%s: error is %v, want get token with %q", code, e, words)
			}
			if s.tokens() != 1 || c.Requests() != 0 {
				t.Errorf("%s: %d token requests, %d requests; want 1, 0", code, s.tokens(), c.Requests())
			}
		}
	}
}

func TestTokenRetry(t *testing.T) {
	for name, test := range map[string]struct {
		grant    http.HandlerFunc
		class    feed.Class
		code     string
		requests int
	}{
		"503":                   {reply(503, `{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred."}`), feed.Transient, "AADSTS90033", 3},
		"500 page":              {reply(500, "<html></html>"), feed.Transient, "", 3},
		"429":                   {reply(429, ""), feed.Throttled, "", 4},
		"throttled by its code": {reply(400, `{"error":"invalid_request","error_description":"AADSTS90055: busy"}`), feed.Throttled, "AADSTS90055", 4},
		"not JSON":              {reply(200, "<html></html>"), feed.Transient, "", 3},
		"connection cut":        {hangUp, feed.Transient, "", 3},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, reply(200, "[]"))
			s.grant = test.grant
			_, err := s.client(feed.Config{}).Content(t.Context(), "id")
			e := want(t, err, test.class, test.code)
			if e.Operation != "get token" || s.tokens() != test.requests {
				t.Errorf("error is %v after %d token requests, want get token after %d", e, s.tokens(), test.requests)
			}
		})
	}
}

// A failed renewal is the error of the call and leaves the credential unchanged.
func TestTokenRenewalFails(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{})
	fetch(t, c)
	s.revoke()
	s.grant = reply(401, `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}`)
	_, err := c.Content(t.Context(), "id")
	want(t, err, feed.Configuration, "AADSTS7000222")
	s.grant = nil
	fetch(t, c)
}

func TestTokenCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, nil)
	s.grant = func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}
	_, err := s.client(feed.Config{}).Content(ctx, "id")
	if err == nil || feed.ClassOf(err) != "" || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("error is %v, want context canceled", err)
	}
}

// Following the redirect would send the secret or the assertion to another
// server.
func TestTokenRedirect(t *testing.T) {
	foreign := canary(t)
	s := newServer(t, nil)
	s.grant = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", foreign.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
		io.WriteString(w, fmt.Sprintf("<a href=%q>", foreign.URL))
	}
	_, err := s.client(feed.Config{}).Content(t.Context(), "id")
	want(t, err, feed.Transient, "")
}
