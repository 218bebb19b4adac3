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

// A server stands for the Management Activity API and the login endpoint, over
// TLS. It reports an error if the caller violates their contracts. The test
// chooses the API's responses.
type server struct {
	*httptest.Server
	t       *testing.T
	respond http.HandlerFunc // the API's response to a request with a valid token

	mu       sync.Mutex
	requests []string         // "METHOD path?query" of each request to the API
	forms    []url.Values     // the form of each token request
	live     string           // the valid token; "": no token is valid
	grant    http.HandlerFunc // the response to a token request; nil: a valid token
	onDenied func()           // called before a 401; may be nil
}

func newServer(t *testing.T, respond http.HandlerFunc) *server {
	t.Helper()
	s := &server{t: t, respond: respond}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+tenant+"/v2.0/.well-known/openid-configuration", s.openid)
	mux.HandleFunc("POST /"+tenant+"/oauth2/v2.0/token", s.token)
	mux.HandleFunc("/api/", s.api)
	s.Server = httptest.NewUnstartedServer(mux)
	s.Server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // silent about connections that a test cuts
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
		s.t.Errorf("token request for scope %q, client %q", got, r.PostForm.Get("client_id"))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":%q}`, token)
}

func (s *server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.RequestURI)
	valid := s.live != "" && r.Header.Get("Authorization") == "Bearer "+s.live
	s.mu.Unlock()
	if !strings.Contains(strings.ToLower(r.URL.RawQuery), "publisheridentifier="+publisher) {
		s.t.Errorf("%s %s: no PublisherIdentifier", r.Method, r.RequestURI)
	}
	if r.Method == http.MethodPost && r.ContentLength < 0 {
		s.t.Errorf("%s %s: no Content-Length", r.Method, r.RequestURI)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !valid {
		if s.onDenied != nil {
			s.onDenied()
		}
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"Message":"Authorization has been denied for this request."}`)
		return
	}
	s.respond(w, r)
}

// revoke makes the last token invalid.
func (s *server) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = ""
}

// sent returns the requests to the API so far.
func (s *server) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// tokens returns the number of token requests so far.
func (s *server) tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.forms)
}

func (s *server) root() *url.URL {
	u, _ := url.Parse(s.URL)
	return u
}

// client returns a client of the server. It fills in what cfg leaves out: a
// credential with a client secret, a transport, and a clock.
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

// A clock advances only by waits, and records them.
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

// reply responds to every request with the same status and body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// sequence responds to each request with the next handler, and repeats the last
// one.
func sequence(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next := handlers[min(n, len(handlers)-1)]
		n++
		mu.Unlock()
		next(w, r)
	}
}
