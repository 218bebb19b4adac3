package account

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// noToken is a credential that is never asked for a token.
type noToken struct{}

func (noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	panic("Connect sends a request")
}

func TestConnect(t *testing.T) {
	identity := Config{BlobURL: "https://a.blob.core.windows.net", TableURL: "https://a.table.core.windows.net", Credential: noToken{}}
	key := base64.StdEncoding.EncodeToString([]byte("secret-key"))
	for name, x := range map[string]struct {
		change func(*Config)
		want   string // "": no error
	}{
		"identity":                {func(*Config) {}, ""},
		"key":                     {func(c *Config) { *c = Config{ConnectionString: "AccountName=a;AccountKey=" + key} }, ""},
		"signature":               {func(c *Config) { *c = Config{ConnectionString: "AccountName=a;SharedAccessSignature=sv=2022"} }, ""},
		"empty":                   {func(c *Config) { *c = Config{} }, "neither a connection string nor a credential"},
		"both kinds":              {func(c *Config) { c.ConnectionString = "UseDevelopmentStorage=true" }, "both a connection string and an identity"},
		"no blob URL":             {func(c *Config) { c.BlobURL = "" }, "blob endpoint"},
		"table URL without https": {func(c *Config) { c.TableURL = "http://a.table.core.windows.net" }, "table endpoint"},
		"not pairs":               {func(c *Config) { *c = Config{ConnectionString: "my storage"} }, "name=value"},
		"no account":              {func(c *Config) { *c = Config{ConnectionString: "AccountKey=" + key} }, "AccountName is missing"},
		"no key":                  {func(c *Config) { *c = Config{ConnectionString: "AccountName=a;"} }, "AccountKey is missing"},
		"truncated key":           {func(c *Config) { *c = Config{ConnectionString: "AccountName=a;AccountKey=" + key[:7]} }, "not base64"},
	} {
		c := identity
		x.change(&c)
		a, err := Connect(c)
		if x.want == "" {
			if err != nil || a.Blobs == nil || a.Tables == nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), key[:7]) {
			t.Errorf("%s: %v, want an error with %q", name, err, x.want)
		}
	}
}
