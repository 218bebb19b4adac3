package feed_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
)

const (
	tenant    = "11111111-2222-3333-4444-555555555555"
	publisher = "66666666-7777-8888-9999-aaaaaaaaaaaa"
	clientID  = "cccccccc-dddd-eeee-ffff-000000000000"
	secret    = "canary-secret-8Q~value"
	feedPath  = "/api/v1.0/" + tenant + "/activity/feed/"
)

// A server is the Management Activity API, the login endpoint and the managed
// identity's endpoint in one, over TLS. It complains of a caller that breaks
// their contracts. What the API answers is the test's to say.
type server struct {
	*httptest.Server
	t      *testing.T
	answer http.HandlerFunc // the API, for a request with a good token

	mu       sync.Mutex
	requests []string         // "METHOD path?query" of each request to the API
	forms    []url.Values     // of each request for a token
	live     string           // the token that is good; "" refuses all
	grant    http.HandlerFunc // answers for a token instead; nil: a good token
	denied   func()           // called before a 401
}

func newServer(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{t: t, answer: answer}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+tenant+"/v2.0/.well-known/openid-configuration", s.openid)
	mux.HandleFunc("POST /"+tenant+"/oauth2/v2.0/token", s.token)
	mux.HandleFunc("/api/", s.api)
	s.Server = httptest.NewUnstartedServer(mux)
	s.Server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // of connections that a test breaks off
	s.Server.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *server) openid(w http.ResponseWriter, _ *http.Request) {
	base := s.URL + "/" + tenant
	json.NewEncoder(w).Encode(map[string]string{
		"issuer":                 base + "/v2.0",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint":         base + "/oauth2/v2.0/token",
	})
}

func (s *server) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	s.mu.Lock()
	s.forms = append(s.forms, r.PostForm)
	s.live = fmt.Sprintf("canary-token-%d", len(s.forms))
	token, grant := s.live, s.grant
	s.mu.Unlock()
	if grant != nil {
		grant(w, r)
		return
	}
	if got := r.PostForm.Get("scope"); !strings.Contains(got, s.URL+"/.default") || r.PostForm.Get("client_id") != clientID {
		s.t.Errorf("token asked for scope %q, client %q", got, r.PostForm.Get("client_id"))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":%q}`, token)
}

func (s *server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.RequestURI)
	good := s.live != "" && r.Header.Get("Authorization") == "Bearer "+s.live
	s.mu.Unlock()
	if !strings.Contains(strings.ToLower(r.URL.RawQuery), "publisheridentifier="+publisher) {
		s.t.Errorf("%s %s: without PublisherIdentifier", r.Method, r.RequestURI)
	}
	if r.Method == http.MethodPost && r.ContentLength < 0 {
		s.t.Errorf("%s %s: without Content-Length", r.Method, r.RequestURI)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !good {
		if s.denied != nil {
			s.denied()
		}
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"Message":"Authorization has been denied for this request."}`)
		return
	}
	s.answer(w, r)
}

// revoke makes the token that was given out last a bad one.
func (s *server) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = ""
}

func (s *server) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

func (s *server) tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.forms)
}

func (s *server) root() *url.URL {
	u, _ := url.Parse(s.URL)
	return u
}

// client returns a client of the server that proves itself by a secret, with
// what the test sets in cfg.
func (s *server) client(cfg feed.Config) *feed.Client {
	s.t.Helper()
	if cfg.Credential == nil {
		credential, err := feed.NewCredential(s.credential(feed.CredentialConfig{ClientSecret: secret}))
		if err != nil {
			s.t.Fatal(err)
		}
		cfg.Credential = credential
	}
	cfg.Root, cfg.Tenant, cfg.Publisher = s.root(), tenant, publisher
	if cfg.Transport == nil {
		cfg.Transport = s.Client().Transport
	}
	if cfg.Wait == nil {
		c := &clock{now: time.Now()}
		cfg.Now, cfg.Wait = c.Now, c.Wait
	}
	c, err := feed.New(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *server) credential(cfg feed.CredentialConfig) feed.CredentialConfig {
	cfg.Tenant, cfg.AuthorityHost, cfg.DisableInstanceDiscovery = tenant, s.URL, true
	cfg.ClientID = cmp.Or(cfg.ClientID, clientID)
	cfg.Transport = s.Client()
	return cfg
}

// A clock stands still but while someone waits for it.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return ctx.Err()
}

func (c *clock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

// reply answers every request with the same status and body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// script answers each request with the next of its steps, and the last of them
// for ever.
func script(steps ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		step := steps[min(n, len(steps)-1)]
		n++
		mu.Unlock()
		step(w, r)
	}
}
