package feed

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// A CredentialConfig selects the identity that reads the API.
//
// If ClientID is empty, the managed identity reads the API. Otherwise the
// application with that id does. It proves itself by its secret, by its
// certificate or, with neither, by a federated credential that trusts the
// managed identity.
type CredentialConfig struct {
	Tenant                   string
	AuthorityHost            string // login endpoint, https; "": that of the enterprise cloud
	DisableInstanceDiscovery bool   // for a login endpoint that Microsoft does not know

	ClientID        string
	ClientSecret    string
	CertificatePath string // file with certificate and private key, PEM or PFX, without a password

	ManagedIdentityClientID string // "": the system-assigned identity
	FederatedAudience       string // audience of the managed identity's token; "": that of the enterprise cloud

	Transport policy.Transporter // nil: a transport with time-outs; of an http.Client only its Transport is used
}

// NewCredential returns the credential that cfg describes. It requests no token
// yet. The credential does not retry: the [Client] does. Its tokens can be
// renewed.
func NewCredential(cfg CredentialConfig) (azcore.TokenCredential, error) {
	if err := cfg.setDefaults(); err != nil {
		return nil, fmt.Errorf("configure credential: %w", err)
	}
	credential, err := cfg.credential()
	if err != nil {
		return nil, fmt.Errorf("configure credential: %w", err)
	}
	return credential, nil
}

func (cfg *CredentialConfig) setDefaults() error {
	enterprise, _ := CloudByName("enterprise")
	cfg.AuthorityHost = cmp.Or(cfg.AuthorityHost, enterprise.Login.String())
	cfg.FederatedAudience = cmp.Or(cfg.FederatedAudience, enterprise.ExchangeAudience)
	u, err := url.Parse(cfg.AuthorityHost)
	if err != nil || !isOrigin(u) {
		return fmt.Errorf("authority host %q: not an https URL with scheme and host only", cfg.AuthorityHost)
	}
	cfg.AuthorityHost = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
	cfg.Transport = withoutRedirects(cfg.Transport)
	return nil
}

// credential returns a credential of the kind that cfg selects.
func (cfg *CredentialConfig) credential() (azcore.TokenCredential, error) {
	switch {
	case cfg.ClientID == "" && (cfg.ClientSecret != "" || cfg.CertificatePath != ""):
		return nil, errors.New("a client secret or certificate without a client id")
	case cfg.ClientID == "":
		return cfg.managedIdentity()
	case cfg.ClientSecret != "" && cfg.CertificatePath != "":
		return nil, errors.New("both a client secret and a client certificate")
	case cfg.ClientSecret != "":
		return cfg.withSecret()
	case cfg.CertificatePath != "":
		return cfg.withCertificate()
	}
	return cfg.withFederation()
}

func (cfg *CredentialConfig) withSecret() (azcore.TokenCredential, error) {
	return newAppCredential(func() (azcore.TokenCredential, error) {
		return azidentity.NewClientSecretCredential(cfg.Tenant, cfg.ClientID, cfg.ClientSecret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: cfg.options(), DisableInstanceDiscovery: cfg.DisableInstanceDiscovery,
		})
	})
}

// withCertificate reads the certificate's file once. Like any setting, a new
// certificate takes effect when the process restarts.
func (cfg *CredentialConfig) withCertificate() (azcore.TokenCredential, error) {
	certs, key, err := readCertificate(cfg.CertificatePath)
	if err != nil {
		return nil, err
	}
	return newAppCredential(func() (azcore.TokenCredential, error) {
		return azidentity.NewClientCertificateCredential(cfg.Tenant, cfg.ClientID, certs, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: cfg.options(), DisableInstanceDiscovery: cfg.DisableInstanceDiscovery,
		})
	})
}

// withFederation returns the credential of an application that trusts the
// managed identity: the identity's token for the exchange audience replaces a
// secret ("Configure an application to trust a managed identity").
func (cfg *CredentialConfig) withFederation() (azcore.TokenCredential, error) {
	identity, err := cfg.managedIdentity()
	if err != nil {
		return nil, err
	}
	scopes := policy.TokenRequestOptions{Scopes: []string{cfg.FederatedAudience + "/.default"}}
	assertion := func(ctx context.Context) (string, error) {
		token, err := identity.GetToken(ctx, scopes)
		return token.Token, err
	}
	return newAppCredential(func() (azcore.TokenCredential, error) {
		return azidentity.NewClientAssertionCredential(cfg.Tenant, cfg.ClientID, assertion, &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: cfg.options(), DisableInstanceDiscovery: cfg.DisableInstanceDiscovery,
		})
	})
}

func (cfg *CredentialConfig) managedIdentity() (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: cfg.options()}
	if cfg.ManagedIdentityClientID != "" {
		options.ID = azidentity.ClientID(cfg.ManagedIdentityClientID)
	}
	identity, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, fmt.Errorf("managed identity: %w", err)
	}
	return identityCredential{identity}, nil
}

func (cfg *CredentialConfig) options() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: cfg.AuthorityHost},
		Transport: cfg.Transport,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

// CheckCertificate returns an error if path is not a valid CertificatePath of a
// [CredentialConfig].
func CheckCertificate(path string) error {
	_, _, err := readCertificate(path)
	return err
}

func readCertificate(path string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("client certificate: %w", err)
	}
	certs, key, err := azidentity.ParseCertificates(data, nil)
	if err != nil {
		return nil, nil, fmt.Errorf("client certificate %s: not PEM or PFX without a password: %w", path, err)
	}
	return certs, key, nil
}

// A directTransport sends one request and returns its response. Unlike an
// http.Client it returns a redirect instead of following it, which would send
// the secret along.
type directTransport struct{ http.RoundTripper }

func (d directTransport) Do(r *http.Request) (*http.Response, error) { return d.RoundTrip(r) }

// withoutRedirects returns t, or the transport of t if t is an http.Client.
func withoutRedirects(t policy.Transporter) policy.Transporter {
	if t == nil {
		return directTransport{newTransport()}
	}
	client, ok := t.(*http.Client)
	switch {
	case !ok:
		return t
	case client.Transport == nil:
		return directTransport{http.DefaultTransport}
	}
	return directTransport{client.Transport}
}

// The SDK's credentials return a cached token until it nears its end, and have
// no method to request another one. appCredential and identityCredential each
// work around that in their own way.

// An appCredential is the credential of an application. Each SDK credential of
// an application has its own cache, so that a new one must request a token.
type appCredential struct {
	build func() (azcore.TokenCredential, error)

	mu      sync.Mutex
	current azcore.TokenCredential
}

func newAppCredential(build func() (azcore.TokenCredential, error)) (azcore.TokenCredential, error) {
	first, err := build()
	if err != nil {
		return nil, err
	}
	return &appCredential{build: build, current: first}, nil
}

func (c *appCredential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	current := c.current
	c.mu.Unlock()
	return current.GetToken(ctx, options)
}

// Renew requests a new token. If that fails, the old token stays in use.
func (c *appCredential) Renew(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	next, err := c.build()
	if err != nil {
		return azcore.AccessToken{}, err
	}
	token, err := next.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = next
	return token, nil
}

// An identityCredential is the managed identity. The SDK caches its tokens for
// the whole process, so a new credential would return the same token. But the
// SDK skips the cache if the caller asks for claims, and it does not send the
// claims on App Service and Functions. The platform may still return a token
// from its own cache.
type identityCredential struct {
	*azidentity.ManagedIdentityCredential
}

// anyClaims is a claims request without a specific claim.
const anyClaims = `{"access_token":{}}`

// Renew requests a token from the platform.
func (c identityCredential) Renew(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	options.Claims = anyClaims
	return c.GetToken(ctx, options)
}
