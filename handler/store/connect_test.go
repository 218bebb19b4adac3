package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/internal/account"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// token is a credential whose tokens look like those of Entra ID. Azurite checks
// audience, issuer and times, but not the signature.
type token struct {
	audience string
	err      error
	scopes   []string
}

func (c *token) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if c.err != nil {
		return azcore.AccessToken{}, c.err
	}
	c.scopes = append(c.scopes, o.Scopes...)
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"aud": c.audience, "iss": "https://sts.windows.net/" + tenant + "/",
		"iat": now.Unix() - 60, "nbf": now.Unix() - 60, "exp": now.Unix() + 3600,
	})
	if err != nil {
		return azcore.AccessToken{}, err
	}
	parts := []string{base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)), base64.RawURLEncoding.EncodeToString(claims), "c2ln"}
	return azcore.AccessToken{Token: strings.Join(parts, "."), ExpiresOn: now.Add(time.Hour)}, nil
}

func withIdentity(t *testing.T, server *azurite.Server, c *token) *Store {
	t.Helper()
	s, err := Open(Config{
		Tenant: tenant, BlobURL: server.BlobURL, TableURL: server.TableURL + "/", Credential: c,
		Transport: server.Client(), RetryDelay: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenWithIdentity(t *testing.T) {
	server, err := azurite.Start(t.Context(), azurite.Options{OAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	t.Run("reads and writes", func(t *testing.T) {
		c := &token{audience: "https://storage.azure.com"}
		s := withIdentity(t, server, c)
		one := content("one", "2026-11-21T10:00:00Z")
		if err := s.PutRaw(t.Context(), one, []byte("[]"), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Raw(t.Context(), one); err != nil {
			t.Error(err)
		}
		write(t, s, event(t, one, 0, 1, "2026-11-21T09:00:00Z"))
		if got := fixture.Collect(t, s.Events.List(t.Context(), events.Query{})); len(got) != 1 {
			t.Errorf("%d events", len(got))
		}
		for _, scope := range c.scopes {
			if scope != "https://storage.azure.com/.default" {
				t.Errorf("asked for a token for %s", scope)
			}
		}
	})
	t.Run("denied without permission", func(t *testing.T) {
		s := withIdentity(t, server, &token{audience: "https://manage.office.com"})
		for what, err := range map[string]error{
			"a table":     second(s.Events.Write(t.Context(), []events.Event{event(t, content("one", "2026-11-21T10:00:00Z"), 0, 1, "2026-11-21T09:00:00Z")})),
			"a blob":      s.PutRaw(t.Context(), content("two", "2026-11-21T10:00:00Z"), nil, 0),
			"table list":  second(s.Events.ByID(t.Context(), guid(1))),
			"a blob read": second(s.Raw(t.Context(), content("one", "2026-11-21T10:00:00Z"))),
		} {
			if !storage.Denied(err) || storage.Unavailable(err) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
	t.Run("shared access signature", func(t *testing.T) {
		keyed, err := Open(Config{Tenant: tenant, ConnectionString: server.ConnectionString(), Transport: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		signed, err := Open(Config{Tenant: tenant, ConnectionString: signedConnection(t, server), Transport: server.Client(), RetryDelay: -1})
		if err != nil {
			t.Fatal(err)
		}
		if err := signed.putDocument(t.Context(), "run", "signed", 1); err != nil {
			t.Error(err)
		}
		if got := fixture.Collect(t, keyed.listDocuments(t.Context(), "run")); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
	t.Run("no token", func(t *testing.T) {
		s := withIdentity(t, server, &token{err: errors.New("ManagedIdentityCredential: no answer\nGET http://secret")})
		err := s.putDocument(t.Context(), "run", "last", 1)
		if err == nil || !strings.HasSuffix(err.Error(), "ManagedIdentityCredential: no answer") {
			t.Errorf("%v", err)
		}
	})
}

// signedConnection returns a connection string with a signature that permits
// everything with tables for an hour.
func signedConnection(t *testing.T, server *azurite.Server) string {
	t.Helper()
	a, err := account.Connect(account.Config{ConnectionString: server.ConnectionString(), Transport: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	everything := aztables.AccountSASPermissions{Read: true, Write: true, Delete: true, List: true, Add: true, Create: true, Update: true}
	u, err := a.Tables.GetAccountSASURL(aztables.AccountSASResourceTypes{Service: true, Container: true, Object: true}, everything, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	_, signature, _ := strings.Cut(u, "?")
	return "AccountName=" + azurite.Account + ";SharedAccessSignature=" + signature + ";BlobEndpoint=" + server.BlobURL + ";TableEndpoint=" + server.TableURL
}

func TestOpenInvalidTenant(t *testing.T) {
	for _, tenant := range []string{"", "../x", strings.Repeat("a", 65)} {
		if _, err := Open(Config{Tenant: tenant, ConnectionString: "UseDevelopmentStorage=true"}); err == nil || !strings.Contains(err.Error(), "tenant") {
			t.Errorf("%q: %v", tenant, err)
		}
	}
	if _, err := Open(Config{Tenant: tenant}); err == nil || !strings.HasPrefix(err.Error(), "open store: neither a connection string") {
		t.Errorf("no account: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	s, err := Open(Config{
		Tenant: tenant, RetryDelay: -1,
		ConnectionString: "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aaaa;BlobEndpoint=http://127.0.0.1:1/a;TableEndpoint=http://127.0.0.1:1/a",
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"tables": s.putDocument(t.Context(), "run", "last", 1),
		"blobs":  s.PutRaw(t.Context(), content("one", "2026-11-21T10:00:00Z"), nil, 0),
	} {
		if !storage.Unavailable(err) || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "http://") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
