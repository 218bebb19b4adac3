package main

import (
	"cmp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
)

// openStore opens the trail's store. It sends no request.
func openStore(c settings.Handler) (*store.Store, error) {
	config, err := c.StoreConfig(func() (azcore.TokenCredential, error) {
		return managedIdentity(cmp.Or(c.Storage.ClientID, c.IdentityClientID))
	})
	if err != nil {
		return nil, err
	}
	return store.Open(config)
}

// managedIdentity returns the credential for the storage: that of a user-assigned
// identity, or of the system-assigned one for "".
func managedIdentity(clientID string) (azcore.TokenCredential, error) {
	options := &azidentity.ManagedIdentityCredentialOptions{}
	if clientID != "" {
		options.ID = azidentity.ClientID(clientID)
	}
	return azidentity.NewManagedIdentityCredential(options)
}
