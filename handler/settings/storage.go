package settings

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Storage locates the trail, by connection string or by the services' addresses
// and an identity.
type Storage struct {
	ConnectionString  string
	BlobURL, TableURL string
	ClientID          string // of the user-assigned identity; "": AZURE_CLIENT_ID's, or the system-assigned one
}

// storagePrefixes are the connections that may name the storage. The first one
// with any setting counts. They follow the Functions convention for connections
// ("Azure Functions developer guide", Connections): the prefix alone is a
// connection string; a prefix with a suffix describes an identity-based
// connection.
var storagePrefixes = []string{"DataStorage", "AzureWebJobsStorage"}

var storageSuffixes = []string{"accountName", "blobServiceUri", "tableServiceUri", "clientId"}

// loadStorage reads the storage connection. Its error names the settings.
func loadStorage(getenv func(string) string) (Storage, error) {
	for _, prefix := range storagePrefixes {
		get := func(suffix string) string { return strings.TrimSpace(getenv(prefix + "__" + suffix)) }
		if s := strings.TrimSpace(getenv(prefix)); s != "" {
			return Storage{ConnectionString: s}, checkConnection(prefix, s)
		}
		for _, suffix := range storageSuffixes {
			if get(suffix) != "" {
				return identityStorage(prefix, get)
			}
		}
	}
	return Storage{}, errors.New("DataStorage: nothing says where the trail is kept: " +
		"set DataStorage or AzureWebJobsStorage, or DataStorage__accountName")
}

// checkConnection lets the store parse a connection string. The zero GUID stands
// for the tenant, which the string does not depend on. The error does not quote
// the string.
func checkConnection(name, value string) error {
	if _, err := store.Open(store.Config{Tenant: feed.ZeroGUID, ConnectionString: value}); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// accountName matches the name of a storage account.
var accountName = regexp.MustCompile(`^[A-Za-z0-9]{3,24}$`)

func identityStorage(prefix string, get func(string) string) (Storage, error) {
	c := Storage{
		BlobURL:  get("blobServiceUri"),
		TableURL: get("tableServiceUri"),
	}
	if id := get("clientId"); id != "" {
		if err := setGUID(&c.ClientID, id); err != nil {
			return c, fmt.Errorf("%s__clientId: %w", prefix, err)
		}
	}
	if account := get("accountName"); account != "" {
		if !accountName.MatchString(account) {
			return c, fmt.Errorf("%s__accountName: invalid storage account name: want 3 to 24 letters and digits", prefix)
		}
		c.BlobURL = cmp.Or(c.BlobURL, "https://"+account+".blob.core.windows.net")
		c.TableURL = cmp.Or(c.TableURL, "https://"+account+".table.core.windows.net")
	}
	return c, errors.Join(
		checkService(prefix+"__blobServiceUri", c.BlobURL),
		checkService(prefix+"__tableServiceUri", c.TableURL),
	)
}

// checkService does not quote the value, which may hold a signature.
func checkService(name, value string) error {
	if _, ok := parseHTTPS(value); !ok {
		return fmt.Errorf("%s: want an https URL, or set the account's name instead", name)
	}
	return nil
}

// StoreConfig returns the configuration of the trail's store. It calls credential
// unless there is a connection string, which contains its own credential.
func (t Trail) StoreConfig(credential func() (azcore.TokenCredential, error)) (store.Config, error) {
	c := store.Config{
		Tenant: t.Tenant, ConnectionString: t.Storage.ConnectionString,
		BlobURL: t.Storage.BlobURL, TableURL: t.Storage.TableURL,
	}
	if c.ConnectionString != "" {
		return c, nil
	}
	var err error
	c.Credential, err = credential()
	return c, err
}
