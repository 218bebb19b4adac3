package account

import (
	"cmp"
	"errors"
	"strings"
)

// developmentStorage is the connection string that "UseDevelopmentStorage=true"
// stands for. Every emulator has this account and key, which Microsoft publishes
// ("Use the Azurite emulator for local Azure Storage development"). They protect
// nothing.
const developmentStorage = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"

// A connectionString holds an account, its endpoints, and a key or a signature.
type connectionString struct {
	account, key, signature string
	blobURL, tableURL       string // without a trailing slash
}

// parseConnectionString parses name=value pairs joined by semicolons ("Configure
// Azure Storage connection strings"). The SDK's two parsers disagree, and the one
// for tables ignores the endpoints if there is a signature. Errors never quote the
// string, which holds a secret.
func parseConnectionString(text string) (connectionString, error) {
	values, err := pairs(text)
	if err != nil {
		return connectionString{}, err
	}
	if strings.EqualFold(values["usedevelopmentstorage"], "true") {
		return parseConnectionString(developmentStorage)
	}
	c := connectionString{
		account:   values["accountname"],
		key:       values["accountkey"],
		signature: strings.TrimPrefix(values["sharedaccesssignature"], "?"),
	}
	if c.account == "" {
		return c, errors.New("AccountName is missing")
	}
	if c.key == "" && c.signature == "" {
		return c, errors.New("AccountKey is missing")
	}
	c.blobURL = c.endpoint("blob", values)
	c.tableURL = c.endpoint("table", values)
	return c, nil
}

// endpoint returns the given endpoint of a service, or the default one of the
// account.
func (c connectionString) endpoint(service string, values map[string]string) string {
	if given := values[service+"endpoint"]; given != "" {
		return strings.TrimRight(given, "/")
	}
	protocol := cmp.Or(values["defaultendpointsprotocol"], "https")
	suffix := cmp.Or(values["endpointsuffix"], "core.windows.net")
	return protocol + "://" + c.account + "." + service + "." + suffix
}

// pairs returns the values by their names in lower case.
func pairs(text string) (map[string]string, error) {
	values := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errors.New("want name=value pairs, joined by semicolons")
		}
		values[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	return values, nil
}
