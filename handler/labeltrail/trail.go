package main

import (
	"errors"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
)

// openTrail reads the settings and opens the trail that they name. It sends
// no request.
func (p *program) openTrail() (settings.Trail, *store.Store, error) {
	trail, faults := settings.LoadTrail(p.getenv)
	if len(faults) > 0 {
		return trail, nil, errors.New("settings:\n  " + strings.Join(faults, "\n  "))
	}
	config, err := trail.StoreConfig(func() (azcore.TokenCredential, error) { return operator(trail.Storage.ClientID) })
	if err != nil {
		return trail, nil, err
	}
	config.Transport, config.RetryDelay, config.Now = p.transport, p.retryDelay, p.now
	st, err := store.Open(config)
	return trail, st, err
}

// operator is who runs the command: a person who is logged in (az login, azd
// auth login), or else the managed identity of the machine, which clientID
// may name.
func operator(clientID string) (azcore.TokenCredential, error) {
	person, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil || clientID == "" {
		return person, err
	}
	options := &azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(clientID)}
	machine, err := azidentity.NewManagedIdentityCredential(options)
	if err != nil {
		return nil, err
	}
	return azidentity.NewChainedTokenCredential([]azcore.TokenCredential{person, machine}, nil)
}
