package tenant

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const scope = "https://manage.office.com/.default"

// sdk returns the options that make Azure's SDK use the tenant.
func (a *api) sdk() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: a.URL()},
		Transport: a.http,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// accepted fails the test unless the API accepts the credential's token.
func (a *api) accepted(credential azcore.TokenCredential, err error) {
	a.Helper()
	if err != nil {
		a.Fatal(err)
	}
	token, err := credential.GetToken(a.Context(), policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		a.Fatal(err)
	}
	a.token = token.Token
	a.get("subscriptions/list").want(a.T, http.StatusOK, "[]")
}

func TestSDKSecret(t *testing.T) {
	a := serve(t, small())
	c, err := azidentity.NewClientSecretCredential(a.TenantID(), a.ClientID(), a.ClientSecret(),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: a.sdk(), DisableInstanceDiscovery: true})
	a.accepted(c, err)
}

func TestSDKCertificate(t *testing.T) {
	a := serve(t, small())
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(9), Subject: pkix.Name{CommonName: "application"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	c, err := azidentity.NewClientCertificateCredential(a.TenantID(), a.ClientID(), []*x509.Certificate{certificate}, crypto.PrivateKey(key),
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: a.sdk(), DisableInstanceDiscovery: true})
	a.accepted(c, err)
}

func TestSDKManagedIdentity(t *testing.T) {
	a := serve(t, small())
	t.Setenv("IDENTITY_ENDPOINT", a.IdentityEndpoint())
	t.Setenv("IDENTITY_HEADER", a.IdentityHeader())
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: a.sdk(), ID: azidentity.ClientID(a.ManagedIdentityID())}
	c, err := azidentity.NewManagedIdentityCredential(options)
	a.accepted(c, err)
	if a.Requests()[OpIdentity] != 1 {
		t.Errorf("%d requests to the identity endpoint, want 1", a.Requests()[OpIdentity])
	}
}

func TestSDKWorkloadIdentity(t *testing.T) {
	a := serve(t, small())
	t.Setenv("IDENTITY_ENDPOINT", a.IdentityEndpoint())
	t.Setenv("IDENTITY_HEADER", a.IdentityHeader())
	identity, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ClientOptions: a.sdk()})
	if err != nil {
		t.Fatal(err)
	}
	assertion := func(ctx context.Context) (string, error) {
		token, err := identity.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{exchangeAudience + "/.default"}})
		return token.Token, err
	}
	c, err := azidentity.NewClientAssertionCredential(a.TenantID(), a.ClientID(), assertion,
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: a.sdk(), DisableInstanceDiscovery: true})
	a.accepted(c, err)
}

func TestTokenErrors(t *testing.T) {
	a := serve(t, small())
	good := func() url.Values {
		return url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID()}, "client_secret": {a.ClientSecret()}, "scope": {scope}}
	}
	tests := []struct {
		name   string
		tenant string
		change func(url.Values)
		status int
		want   string
	}{
		{"wrong secret", a.TenantID(), func(v url.Values) { v.Set("client_secret", "no") }, 401, "AADSTS7000215"},
		{"missing secret", a.TenantID(), func(v url.Values) { v.Del("client_secret") }, 401, "AADSTS7000216"},
		{"unknown client", a.TenantID(), func(v url.Values) { v.Set("client_id", "6b1a4a6e-0c7f-4c0e-8f0e-3d2b7a9c1e55") }, 400, "AADSTS700016"},
		{"unknown tenant", "6b1a4a6e-0c7f-4c0e-8f0e-3d2b7a9c1e55", func(url.Values) {}, 400, "AADSTS90002"},
		{"scope without default", a.TenantID(), func(v url.Values) { v.Set("scope", "https://manage.office.com") }, 400, "AADSTS1002012"},
		{"unknown resource", a.TenantID(), func(v url.Values) { v.Set("scope", "https://nowhere.example/.default") }, 400, "AADSTS500011"},
		{"missing grant type", a.TenantID(), func(v url.Values) { v.Del("grant_type") }, 400, "AADSTS900144"},
		{"unsupported grant type", a.TenantID(), func(v url.Values) { v.Set("grant_type", "password") }, 400, "AADSTS70003"},
		{"malformed assertion", a.TenantID(), func(v url.Values) {
			v.Set("client_assertion", "x")
			v.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		}, 401, "AADSTS700027"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := good()
			tt.change(form)
			got := a.postToken("/"+tt.tenant+"/oauth2/v2.0/token", form)
			got.want(t, tt.status, tt.want)
			var e struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				Codes       []int  `json:"error_codes"`
			}
			if err := json.Unmarshal([]byte(got.body), &e); err != nil || e.Error == "" || e.Description == "" || len(e.Codes) != 1 {
				t.Errorf("error is %s (%v)", got.body, err)
			}
		})
	}
	a.do(http.MethodGet, a.URL()+"/contoso/v2.0/.well-known/openid-configuration", nil, "").want(t, 400, "AADSTS90002")
}

func TestTokenV1(t *testing.T) {
	a := serve(t, small())
	got := a.postToken("/"+a.TenantID()+"/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.ClientID()}, "client_secret": {a.ClientSecret()}, "resource": {"https://manage.office.com"},
	})
	got.want(t, http.StatusOK, `"expires_in":"3599"`)
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &grant); err != nil {
		t.Fatal(err)
	}
	a.token = grant.AccessToken
	a.get("subscriptions/list").want(t, http.StatusOK, "[]")
}

func TestAuthorize(t *testing.T) {
	const denied = `{"Message":"Authorization has been denied for this request."}`
	t.Run("no token", func(t *testing.T) {
		a := serve(t, small())
		a.do(http.MethodGet, a.URL()+"/api/v1.0/"+a.TenantID()+"/activity/feed/subscriptions/list", nil, "").want(t, 401, denied)
		if len(a.Violations()) == 0 {
			t.Error("a request without Authorization is not counted as a violation")
		}
	})
	t.Run("forged", func(t *testing.T) {
		a := serve(t, small())
		a.token = a.token[:len(a.token)-4] + "AAAA"
		a.get("subscriptions/list").want(t, 401, denied)
	})
	t.Run("expired", func(t *testing.T) {
		a := serve(t, small())
		a.advance(tokenLife - time.Second)
		a.get("subscriptions/list").want(t, 200, "[]")
		a.advance(time.Second)
		a.get("subscriptions/list").want(t, 401, denied)
	})
	t.Run("revoked", func(t *testing.T) {
		a := serve(t, small())
		a.RevokeTokens()
		a.get("subscriptions/list").want(t, 401, denied)
		a.login()
		a.get("subscriptions/list").want(t, 200, "[]")
	})
	t.Run("another resource", func(t *testing.T) {
		a := serve(t, small())
		token, err := a.issue("https://graph.microsoft.com", a.ClientID(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		a.token = token
		a.get("subscriptions/list").want(t, 401, denied)
	})
	t.Run("missing role", func(t *testing.T) {
		c := small()
		c.WithoutRole = true
		serve(t, c).get("subscriptions/list").want(t, 401, `"AF10001"`)
	})
	t.Run("another tenant", func(t *testing.T) {
		a := serve(t, small())
		other := a.URL() + "/api/v1.0/6b1a4a6e-0c7f-4c0e-8f0e-3d2b7a9c1e55/activity/feed/subscriptions/list"
		a.follow(http.MethodGet, other, "").want(t, 401, `"AF20010"`)
		a.follow(http.MethodGet, a.URL()+"/api/v1.0/contoso.com/activity/feed/subscriptions/list", "").want(t, 400, `"AF20013"`)
	})
	t.Run("auditing off", func(t *testing.T) {
		c := small()
		c.AuditingOff = true
		serve(t, c).get("subscriptions/list").want(t, 400, "Microsoft.Office.Compliance.Audit.DataServiceException: Tenant "+DefaultTenantID+" does not exist.")
	})
}
