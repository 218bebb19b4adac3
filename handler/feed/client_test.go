package feed_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/feed"
)

func TestNewInvalidConfig(t *testing.T) {
	_, err := feed.New(feed.Config{Tenant: "contoso.example", Publisher: "00000000-0000-0000-0000-000000000000", RequestsPerMinute: -1})
	for _, words := range []string{"root:", `tenant: "contoso.example"`, "publisher:", "credential:", "must not be negative"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error lacks %q: %v", words, err)
		}
	}
}

// The root must be an https URL with scheme, host and port only.
func TestNewRoot(t *testing.T) {
	good := feed.Config{Tenant: tenant, Credential: static("token")}
	for root, ok := range map[string]bool{
		"https://manage.office.com":        true,
		"https://manage.office.com/":       true,
		"https://127.0.0.1:8443":           true,
		"http://manage.office.com":         false,
		"https://manage.office.com/api":    false,
		"https://user@manage.office.com":   false,
		"https://manage.office.com?a=b":    false,
		"https://manage.office.com#f":      false,
		"https:manage.office.com":          false,
		"https://":                         false,
		"https://:443":                     false,
		"//manage.office.com":              false,
		"https://manage.office.com/api/v1": false,
	} {
		good.Root, _ = url.Parse(root)
		if _, err := feed.New(good); (err == nil) != ok {
			t.Errorf("root %s: %v", root, err)
		}
	}
}

func TestNewPublisher(t *testing.T) {
	root, _ := url.Parse("https://manage.office.com")
	for publisher, ok := range map[string]bool{"": true, tenant: true, "me": false, "00000000-0000-0000-0000-000000000000": false} {
		if _, err := feed.New(feed.Config{Root: root, Tenant: tenant, Publisher: publisher, Credential: static("x")}); (err == nil) != ok {
			t.Errorf("publisher %q: %v", publisher, err)
		}
	}
}

// No log entry and no error contains a secret, a token, an assertion or the id
// of a content blob, whatever goes wrong.
func TestNoSecretsInLogsAndErrors(t *testing.T) {
	const contentID = "canary-content$1"
	path, _ := selfSigned(t)
	canaries := []string{secret, "canary-token", "canary-content", "client_assertion", "eyJ", "Bearer"}
	echo := `{"error":{"code":"AF50000","message":"Bearer canary-token-1 eyJhbGciOiJQUzI1NiJ9.eyJhIjoxfQ.c2ln"}}`
	for name, bodies := range map[string]struct{ api, token string }{
		"success":           {"[]", ""},
		"echo of the token": {echo, ""},
		"truncated token":   {"", `{"token_type":"Bearer","access_token":"eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJ5In0`},
		"unclosed token":    {"", `{"access_token":"` + strings.Repeat("canarytoken", 8) + `"`},
		"number as token":   {"", `{"access_token":1}`},
		"form as token":     {"", "token_type=Bearer&access_token=canary-token"},
		"short token":       {"", `{"token_type":"Bearer","access_token":"canary-token","x":`},
	} {
		for _, cfg := range []feed.CredentialConfig{{ClientSecret: secret}, {CertificatePath: path}} {
			var log bytes.Buffer
			s := newServer(t, reply(200, bodies.api))
			if bodies.token != "" {
				s.grant = reply(200, bodies.token)
			}
			credential, err := feed.NewCredential(s.credential(cfg))
			if err != nil {
				t.Fatal(err)
			}
			c := s.client(feed.Config{Credential: credential, Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			_, err = c.Content(t.Context(), contentID)
			s.Close()
			_, err2 := c.Content(t.Context(), contentID) // no connection
			text := log.String() + "\n" + errors.Join(err, err2).Error()
			if strings.Contains(log.String(), tenant) {
				t.Errorf("%s: the log contains URLs: %s", name, log.String())
			}
			for _, canary := range append(canaries, "canarytoken") {
				if strings.Contains(text, canary) {
					t.Errorf("%s: leaked %q: %s", name, canary, text)
				}
			}
		}
	}
}

// Each request is one debug entry.
func TestRequestLog(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, sequence(reply(500, `{"error":{"code":"AF50000"}}`), hangUp, reply(200, "[]")))
	c := s.client(feed.Config{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == "time" || a.Key == "duration" {
			return slog.Attr{}
		}
		return a
	}})), Transport: s.freshConnections()})
	fetch(t, c)
	want := `level=DEBUG msg="management API" operation="fetch content" status=500 code=AF50000 class=transient
level=DEBUG msg="management API" operation="fetch content" status=0 code="" class=transient
level=DEBUG msg="management API" operation="fetch content" status=200 code="" class=""
`
	if log.String() != want {
		t.Errorf("log is\n%swant\n%s", log.String(), want)
	}
}
