package feed_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
)

func (s *server) clientAs(cfg feed.CredentialConfig) *feed.Client {
	s.t.Helper()
	credential, err := feed.NewCredential(cfg)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.client(feed.Config{Credential: credential})
}

// A custom login endpoint may end in a slash or not.
func TestClientSecret(t *testing.T) {
	for _, slash := range []string{"", "/"} {
		s := newServer(t, reply(200, "[]"))
		cfg := s.credential(feed.CredentialConfig{ClientSecret: secret})
		cfg.AuthorityHost += slash
		fetch(t, s.clientAs(cfg))
		if f := s.forms[0]; f.Get("client_secret") != secret || f.Get("grant_type") != "client_credentials" {
			t.Errorf("token request is %v", f)
		}
	}
}

// selfSigned writes a certificate and its key to a PEM file.
func selfSigned(t *testing.T) (path string, key *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "labeltrail"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	path = filepath.Join(t.TempDir(), "client.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, key
}

func TestClientCertificate(t *testing.T) {
	path, key := selfSigned(t)
	s := newServer(t, reply(200, "[]"))
	c := s.clientAs(s.credential(feed.CredentialConfig{CertificatePath: path}))
	fetch(t, c)
	s.revoke()
	fetch(t, c)
	if s.tokens() != 2 {
		t.Fatalf("%d tokens, want 2", s.tokens())
	}
	for _, form := range s.forms {
		claims := verifyAssertion(t, form.Get("client_assertion"), &key.PublicKey)
		if claims.Subject != clientID || claims.Issuer != clientID || claims.Audience != s.URL+"/"+tenant+"/oauth2/v2.0/token" {
			t.Errorf("assertion claims %+v", claims)
		}
	}
}

type claims struct {
	Subject  string `json:"sub"`
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
}

func verifyAssertion(t *testing.T, assertion string, key *rsa.PublicKey) (c claims) {
	t.Helper()
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		t.Fatalf("assertion has %d parts", len(parts))
	}
	var decoded [3][]byte
	for i, part := range parts {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			t.Fatal(err)
		}
		decoded[i] = b
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	pkcs := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], decoded[2])
	if pss := rsa.VerifyPSS(key, crypto.SHA256, digest[:], decoded[2], nil); pkcs != nil && pss != nil {
		t.Errorf("assertion is not signed by the certificate's key: %v, %v; header %s", pkcs, pss, decoded[0])
	}
	if err := json.Unmarshal(decoded[1], &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// An identity is the endpoint of Functions for tokens of a managed identity. It
// issues a new token for each request.
type identity struct {
	*httptest.Server
	requests atomic.Int64
	resource string // of the last request
	clientID string
	respond  http.HandlerFunc // nil: respond with a token
}

func newIdentity(t *testing.T, token func(n int64) string) *identity {
	t.Helper()
	i := &identity{}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := i.requests.Add(1)
		if r.Header.Get("X-IDENTITY-HEADER") != "identity-header" || r.URL.Query().Get("api-version") != "2019-08-01" {
			t.Errorf("identity request %s, %v", r.URL, r.Header)
		}
		i.resource, i.clientID = r.URL.Query().Get("resource"), r.URL.Query().Get("client_id")
		if i.respond != nil {
			i.respond(w, r)
			return
		}
		fmt.Fprintf(w, `{"access_token":%q,"expires_on":"%d","resource":%q,"token_type":"Bearer"}`,
			token(n), time.Now().Add(24*time.Hour).Unix(), i.resource)
	}))
	t.Cleanup(i.Close)
	t.Setenv("IDENTITY_ENDPOINT", i.URL+"/msi/token")
	t.Setenv("IDENTITY_HEADER", "identity-header")
	return i
}

// identityID returns the id of a new identity. The SDK caches tokens for the
// whole process by identity and resource, so each test needs one of its own.
func identityID() string { return "dddddddd-0000-0000-0000-" + rand.Text()[:12] }

func TestManagedIdentity(t *testing.T) {
	for name, id := range map[string]string{"system-assigned": "", "user-assigned": identityID()} {
		t.Run(name, func(t *testing.T) {
			audience := "https://audience.example/" + rand.Text()
			s := newServer(t, reply(200, "[]"))
			i := newIdentity(t, func(n int64) string { return fmt.Sprintf("identity-token-%d", n) })
			credential, err := feed.NewCredential(feed.CredentialConfig{Tenant: tenant, ManagedIdentityClientID: id})
			if err != nil {
				t.Fatal(err)
			}
			c := s.client(feed.Config{Credential: credential, Audience: audience})
			s.live = "identity-token-1"
			fetch(t, c)
			fetch(t, c)
			if i.requests.Load() != 1 || i.resource != audience || i.clientID != id {
				t.Errorf("%d identity requests, resource %q, client %q", i.requests.Load(), i.resource, i.clientID)
			}
			s.live = "identity-token-2"
			fetch(t, c)
			fetch(t, c)
			if i.requests.Load() != 2 {
				t.Errorf("%d identity requests after a 401, want 2", i.requests.Load())
			}
		})
	}
}

func TestFederatedCredential(t *testing.T) {
	for _, audience := range []string{"", "api://AzureADTokenExchangeUSGov"} {
		id := identityID()
		s := newServer(t, reply(200, "[]"))
		i := newIdentity(t, func(n int64) string { return fmt.Sprintf("identity-assertion-%d", n) })
		c := s.clientAs(s.credential(feed.CredentialConfig{ManagedIdentityClientID: id, FederatedAudience: audience}))
		fetch(t, c)
		s.revoke()
		fetch(t, c)
		if audience == "" {
			audience = "api://AzureADTokenExchange"
		}
		if i.resource != audience || i.clientID != id {
			t.Errorf("identity request for resource %q, client %q; want %q", i.resource, i.clientID, audience)
		}
		if s.tokens() != 2 || s.forms[0].Get("client_assertion") != "identity-assertion-1" {
			t.Errorf("%d tokens, assertion %q", s.tokens(), s.forms[0].Get("client_assertion"))
		}
	}
}

// An identity that the platform does not know is a configuration error.
func TestManagedIdentityUnknown(t *testing.T) {
	for _, cfg := range []feed.CredentialConfig{{}, {ClientID: clientID}} {
		s := newServer(t, nil)
		i := newIdentity(t, nil)
		i.respond = reply(400, `{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."}`)
		cfg.ManagedIdentityClientID = identityID()
		if cfg.ClientID != "" {
			cfg = s.credential(cfg)
		}
		_, err := s.clientAs(cfg).Content(t.Context(), "id")
		e := want(t, err, feed.Configuration, "")
		if !strings.Contains(e.Message, "managed identity") || !strings.Contains(e.Message, "No User Assigned") {
			t.Errorf("message is %q", e.Message)
		}
		i.respond = reply(500, "")
		_, err = s.clientAs(cfg).Content(t.Context(), "id")
		want(t, err, feed.Transient, "")
		if i.requests.Load() != 1+3 {
			t.Errorf("%d identity requests, want 4", i.requests.Load())
		}
	}
}

type transporter func(*http.Request) (*http.Response, error)

func (f transporter) Do(r *http.Request) (*http.Response, error) { return f(r) }

// If Functions provides no endpoint, the SDK uses that of virtual machines, at a
// link-local address.
func TestManagedIdentityMissing(t *testing.T) {
	for name, do := range map[string]transporter{
		"no response": func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("dial tcp %s:80: connect: no route to host", r.URL.Host)
		},
		"rejected": func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			reply(400, `{"error":"invalid_request","error_description":"Identity not found"}`)(w, r)
			return w.Result(), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("IDENTITY_ENDPOINT", "")
			s := newServer(t, nil)
			credential, err := feed.NewCredential(feed.CredentialConfig{Tenant: tenant, Transport: do})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.client(feed.Config{Credential: credential, Audience: "https://audience.example/" + rand.Text()}).Content(t.Context(), "id")
			if e := want(t, err, feed.Configuration, ""); !strings.Contains(e.Message, "no such managed identity") {
				t.Errorf("message is %q", e.Message)
			}
		})
	}
}

func TestNewCredentialInvalid(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.pfx")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for words, cfg := range map[string]feed.CredentialConfig{
		"without a client id":            {ClientSecret: secret},
		"a client id":                    {CertificatePath: "x.pem"},
		"both":                           {ClientID: clientID, ClientSecret: secret, CertificatePath: "x.pem"},
		"no such file":                   {ClientID: clientID, CertificatePath: "/no/such/file.pem"},
		"junk.pfx: not PEM or PFX":       {ClientID: clientID, CertificatePath: junk},
		"authority host \"http://x\"":    {ClientID: clientID, ClientSecret: secret, AuthorityHost: "http://x"},
		"scheme and host only":           {ClientID: clientID, ClientSecret: secret, AuthorityHost: "https://x/tenant"},
		"https URL with scheme and host": {AuthorityHost: "login.example"},
		"configure credential: invalid":  {ClientID: clientID, ClientSecret: secret, Tenant: "no tenant"},
	} {
		if cfg.Tenant == "" {
			cfg.Tenant = tenant
		}
		credential, err := feed.NewCredential(cfg)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: got %v, %v; want an error with %q", cfg, credential, err, words)
		}
		if credential != nil {
			t.Errorf("%+v: got a credential and an error", cfg)
		}
	}
}

func TestCheckCertificate(t *testing.T) {
	path, _ := selfSigned(t)
	if err := feed.CheckCertificate(path); err != nil {
		t.Error(err)
	}
	if err := feed.CheckCertificate(path + ".missing"); err == nil {
		t.Error("missing file: no error")
	}
}

func TestCloudByName(t *testing.T) {
	for name, want := range map[string][3]string{
		"enterprise": {"https://manage.office.com", "https://login.microsoftonline.com", "api://AzureADTokenExchange"},
		"gcc":        {"https://manage-gcc.office.com", "https://login.microsoftonline.com", "api://AzureADTokenExchange"},
		"GCCHigh":    {"https://manage.office365.us", "https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"},
		"dod":        {"https://manage.protection.apps.mil", "https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"},
	} {
		c, ok := feed.CloudByName(name)
		if got := [3]string{c.Root.String(), c.Login.String(), c.ExchangeAudience}; !ok || got != want {
			t.Errorf("cloud %s is %v, want %v", name, got, want)
		}
	}
	if c, ok := feed.CloudByName("china"); ok {
		t.Errorf("cloud china is %v", c)
	}
}
