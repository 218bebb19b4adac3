package feed

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// credential chooses the kind of credential and makes it.
func (cfg *CredentialConfig) credential() (azcore.TokenCredential, error) {
	switch {
	case cfg.ClientID == "" && (cfg.ClientSecret != "" || cfg.CertificatePath != ""):
		return nil, errors.New("a client secret or certificate without a client id")
	case cfg.ClientID == "":
		return cfg.managedIdentity()
	case cfg.ClientSecret != "" && cfg.CertificatePath != "":
		return nil, errors.New("both a client secret and a client certificate")
	case cfg.ClientSecret != "":
		return newRebuilt(cfg.bySecret)
	case cfg.CertificatePath != "":
		return cfg.certificate()
	}
	return cfg.federated()
}

func (cfg *CredentialConfig) bySecret() (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(cfg.Tenant, cfg.ClientID, cfg.ClientSecret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: cfg.options(), DisableInstanceDiscovery: cfg.DisableInstanceDiscovery,
	})
}

// CheckCertificate reports what is wrong with the file of a
// [CredentialConfig]'s CertificatePath.
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

// certificate reads the file once: a process sees a renewed certificate when
// it starts anew, as it does with any setting.
func (cfg *CredentialConfig) certificate() (azcore.TokenCredential, error) {
	certs, key, err := readCertificate(cfg.CertificatePath)
	if err != nil {
		return nil, err
	}
	return newRebuilt(func() (azcore.TokenCredential, error) {
		return azidentity.NewClientCertificateCredential(cfg.Tenant, cfg.ClientID, certs, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: cfg.options(), DisableInstanceDiscovery: cfg.DisableInstanceDiscovery,
		})
	})
}

// federated is an application that trusts the managed identity: a token of
// the identity for the exchange audience takes the place of a secret
// ("Configure an application to trust a managed identity").
func (cfg *CredentialConfig) federated() (azcore.TokenCredential, error) {
	identity, err := cfg.managedIdentity()
	if err != nil {
		return nil, err
	}
	scopes := policy.TokenRequestOptions{Scopes: []string{cfg.FederatedAudience + "/.default"}}
	assertion := func(ctx context.Context) (string, error) {
		token, err := identity.GetToken(ctx, scopes)
		return token.Token, err
	}
	return newRebuilt(func() (azcore.TokenCredential, error) {
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
