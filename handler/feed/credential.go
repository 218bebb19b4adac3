package feed

import (
	"fmt"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// CredentialConfig says as whom the API is read.
//
// Without a ClientID it is the managed identity. With one it is that
// application, which proves itself by its secret, by its certificate or, with
// neither, by a federated credential that trusts the managed identity.
type CredentialConfig struct {
	Tenant                   string
	AuthorityHost            string // login endpoint, https; "": that of the enterprise cloud
	DisableInstanceDiscovery bool   // set for a login endpoint that Microsoft does not know

	ClientID        string
	ClientSecret    string
	CertificatePath string // file with certificate and private key, PEM or PFX, without a password

	ManagedIdentityClientID string // "": the system-assigned identity
	FederatedAudience       string // audience of the managed identity's token; "": that of the enterprise cloud

	Transport policy.Transporter // nil: one with sane time-outs. An http.Client is used for its Transport alone
}

// NewCredential returns the credential that cfg describes. It asks for no
// token yet. It neither waits nor tries again when a token is refused: the
// [Client] does. Its tokens can be renewed.
func NewCredential(cfg CredentialConfig) (azcore.TokenCredential, error) {
	if err := cfg.fillIn(); err != nil {
		return nil, fmt.Errorf("configure credential: %w", err)
	}
	credential, err := cfg.credential()
	if err != nil {
		return nil, fmt.Errorf("configure credential: %w", err)
	}
	return credential, nil
}

func (cfg *CredentialConfig) fillIn() error {
	enterprise, _ := CloudByName("enterprise")
	cfg.AuthorityHost = or(cfg.AuthorityHost, enterprise.Login.String())
	cfg.FederatedAudience = or(cfg.FederatedAudience, enterprise.ExchangeAudience)
	u, err := url.Parse(cfg.AuthorityHost)
	if err != nil || !isOrigin(u) {
		return fmt.Errorf("authority host %q: not an https URL of scheme and host alone", cfg.AuthorityHost)
	}
	cfg.AuthorityHost = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
	cfg.Transport = singleTrips(cfg.Transport)
	return nil
}

func (cfg *CredentialConfig) options() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: cfg.AuthorityHost},
		Transport: cfg.Transport,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}
