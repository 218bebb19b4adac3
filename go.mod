module github.com/labeltrail/labeltrail

go 1.26.0

require (
	github.com/Azure/azure-sdk-for-go/sdk/azcore v1.24.0 // credentials, retries and transports of the SDKs below
	github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 // tokens for the API and for storage
	github.com/Azure/azure-sdk-for-go/sdk/data/aztables v1.4.1 // rows; resolves only by its exact version
	github.com/Azure/azure-sdk-for-go/sdk/storage/azblob v1.8.0 // raw content; from v1.8.1 on it brings Apache Arrow along
	github.com/getkin/kin-openapi v0.153.0 // only for tests: compares answers with their OpenAPI 3.1 description
	github.com/google/go-cmp v0.7.0 // differences in tests
	github.com/lanrat/extsort v1.5.0 // not deployed: fsck sorts more than fits in memory; brings only x/sync
	github.com/robfig/cron/v3 v3.0.1 // NCRONTAB, in settings and in the local host
	github.com/rogpeppe/go-internal v1.16.0 // only for tests: testscript, the command line's tests as shell sessions
	github.com/tidwall/gjson v1.20.0 // attributes of a row, and strings of a record, without decoding all of it
	golang.org/x/sync v0.24.0 // errgroup and semaphore
	golang.org/x/time v0.16.0 // the ceiling of requests to the API
)

require (
	github.com/Azure/azure-sdk-for-go/sdk/internal v1.13.0 // indirect
	github.com/AzureAD/microsoft-authentication-library-for-go v1.10.1 // indirect
	github.com/go-openapi/jsonpointer v0.22.5 // indirect
	github.com/go-openapi/swag/jsonname v0.25.5 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/kylelemons/godebug v1.1.0 // indirect
	github.com/pkg/browser v0.0.0-20240102092130-5ac0b6a4141c // indirect
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
	go.yaml.in/yaml/v4 v4.0.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
)
