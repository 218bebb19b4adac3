package settings

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/feed"
)

const testTenant = "11111111-2222-3333-4444-555555555555"

// environment returns a getenv with the required settings, changed by pairs of
// name and value.
func environment(pairs ...string) func(string) string {
	env := map[string]string{"TENANT_ID": testTenant, "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return env[name] }
}

func TestLoadHandlerDefaults(t *testing.T) {
	c, faults := LoadHandler(environment())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if c.Publisher != testTenant {
		t.Errorf("publisher %q, want the tenant", c.Publisher)
	}
	if got := c.APIRoot.String() + " " + c.Authority.String(); got != "https://manage.office.com https://login.microsoftonline.com" {
		t.Errorf("hosts %s", got)
	}
	if diff := cmp.Diff([]string{"Audit.General"}, c.ContentTypes); diff != "" {
		t.Error(diff)
	}
	for _, wanted := range []int32{93, 94, 95, 96, 97, 43, 71, 72, 75, 82, 83, 84} {
		if !c.RecordTypes.Wants(audit.RecordType(wanted)) {
			t.Errorf("record type %d is not wanted", wanted)
		}
	}
	if c.RecordTypes.Wants(25) {
		t.Error("record type 25 is wanted")
	}
	if c.Concurrency != 16 || c.RequestsPerMinute != 2000 || c.RetentionDays != 0 || c.Webhook() != nil {
		t.Errorf("defaults: %+v", c)
	}
}

func TestLoadHandlerFault(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want string
	}{
		"tenant as a domain":         {[]string{"TENANT_ID", "contoso.onmicrosoft.com"}, "TENANT_ID: "},
		"tenant missing":             {[]string{"TENANT_ID", ""}, "TENANT_ID: required"},
		"tenant all zeros":           {[]string{"TENANT_ID", feed.ZeroGUID}, "TENANT_ID: the zero GUID"},
		"publisher all zeros":        {[]string{"PUBLISHER_ID", feed.ZeroGUID}, "PUBLISHER_ID: the zero GUID"},
		"unknown cloud":              {[]string{"CLOUD", "china"}, `CLOUD: "china" is not one of enterprise, gcc`},
		"API URL without TLS":        {[]string{"MANAGEMENT_API_URL", "http://manage.office.com"}, "MANAGEMENT_API_URL: "},
		"API URL with a path":        {[]string{"MANAGEMENT_API_URL", "https://manage.office.com/api"}, "MANAGEMENT_API_URL: "},
		"login host without scheme":  {[]string{"AZURE_AUTHORITY_HOST", "login.microsoftonline.com"}, "AZURE_AUTHORITY_HOST: "},
		"secret without application": {[]string{"MANAGEMENT_API_CLIENT_SECRET", "s"}, "MANAGEMENT_API_CLIENT_ID: required"},
		"certificate that is absent": {[]string{"MANAGEMENT_API_CLIENT_CERTIFICATE_PATH", "/nowhere"}, "MANAGEMENT_API_CLIENT_CERTIFICATE_PATH: "},
		"unknown content type":       {[]string{"CONTENT_TYPES", "Audit.General,Audit.Aip"}, `CONTENT_TYPES: "Audit.Aip"`},
		"unknown record type":        {[]string{"RECORD_TYPES", "93,AipDiscovery"}, "RECORD_TYPES: "},
		"schedule with a zone":       {[]string{"PULL_SCHEDULE", "TZ=UTC 0 */5 * * * *"}, "PULL_SCHEDULE: "},
		"schedule with a day left":   {[]string{"PULL_SCHEDULE", "0 0 4 ? * 1"}, "PULL_SCHEDULE: "},
		"schedule of four fields":    {[]string{"PULL_SCHEDULE", "*/5 * * *"}, "PULL_SCHEDULE: "},
		"concurrency of zero":        {[]string{"PULL_CONCURRENCY", "0"}, "PULL_CONCURRENCY: "},
		"requests not a number":      {[]string{"REQUESTS_PER_MINUTE", "many"}, "REQUESTS_PER_MINUTE: "},
		"webhook without its AuthID": {[]string{"WEBHOOK_URL", "https://example.com/api/webhook"}, "WEBHOOK_URL, WEBHOOK_AUTH_ID: "},
		"AuthID that is too short":   {[]string{"WEBHOOK_AUTH_ID", "short"}, "WEBHOOK_AUTH_ID: 5 characters"},
		"AuthID invalid in a header": {[]string{"WEBHOOK_AUTH_ID", strings.Repeat("x", 32) + "\ny"}, "WEBHOOK_AUTH_ID: "},
		"unresolved Key Vault reference": {[]string{"WEBHOOK_URL", "https://example.com/", "WEBHOOK_AUTH_ID",
			"@Microsoft.KeyVault(VaultName=v;SecretName=webhook-auth-id-1)"}, "WEBHOOK_AUTH_ID: its Key Vault reference is not resolved"},
		"webhook without TLS": {[]string{"WEBHOOK_URL", "http://example.com/"}, "WEBHOOK_URL: "},
		"negative retention":  {[]string{"RETENTION_DAYS", "-1"}, "RETENTION_DAYS: "},
		"no storage":          {[]string{"AzureWebJobsStorage", ""}, "DataStorage: "},
		"half of the storage URLs": {[]string{"DataStorage__blobServiceUri", "https://a.blob.core.windows.net"},
			"DataStorage__tableServiceUri: "},
		"storage URL without TLS": {[]string{"DataStorage__blobServiceUri", "http://a.blob.core.windows.net"},
			"DataStorage__blobServiceUri: "},
		"account as an address":   {[]string{"DataStorage__accountName", "https://trail.blob.core.windows.net"}, "DataStorage__accountName: "},
		"storage identity's name": {[]string{"DataStorage__accountName", "trail", "DataStorage__clientId", "id-trail"}, "DataStorage__clientId: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := LoadHandler(environment(test.env...))
			if !strings.Contains("\n"+strings.Join(faults, "\n"), "\n"+test.want) {
				t.Errorf("faults %q, want one that begins with %q", faults, test.want)
			}
		})
	}
}

func TestLoadHandlerAllFaults(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, faults := LoadHandler(environment("TENANT_ID", "x", "CLOUD", "y", "PULL_CONCURRENCY", "z", "AzureWebJobsStorage", "my storage",
		"MANAGEMENT_API_CLIENT_ID", testTenant, "MANAGEMENT_API_CLIENT_CERTIFICATE_PATH", junk))
	if len(faults) != 5 {
		t.Errorf("%d faults, want 5: %q", len(faults), faults)
	}
}

func TestLoadHandlerFaultQuotesNoSecret(t *testing.T) {
	const secret = "hunter2hunter2"
	_, faults := LoadHandler(environment("MANAGEMENT_API_CLIENT_SECRET", secret, "WEBHOOK_AUTH_ID", secret,
		"MANAGEMENT_API_URL", "https://user:"+secret+"@example.com/x", "AZURE_AUTHORITY_HOST", "http://user:"+secret+"@example.com",
		"MANAGEMENT_API_CLIENT_ID", secret, // the two are easily confused
		"DataStorage__blobServiceUri", "http://trail.example/?sig="+secret))
	if all := strings.Join(faults, "\n"); all == "" || strings.Contains(all, secret) {
		t.Errorf("faults: %s", all)
	}
}

func TestLoadHandlerStorage(t *testing.T) {
	for name, test := range map[string]struct {
		env  []string
		want Storage
	}{
		"the app's own storage unless there is another": {
			nil, Storage{ConnectionString: "UseDevelopmentStorage=true"}},
		"a connection string of its own": {
			[]string{"DataStorage", "AccountName=a;AccountKey=a2V5"}, Storage{ConnectionString: "AccountName=a;AccountKey=a2V5"}},
		"an account and the identity": {
			[]string{"DataStorage__accountName", "trail", "DataStorage__clientId", testTenant},
			Storage{BlobURL: "https://trail.blob.core.windows.net", TableURL: "https://trail.table.core.windows.net", ClientID: testTenant}},
		"the services' addresses": {
			[]string{"DataStorage__blobServiceUri", "https://b.example", "DataStorage__tableServiceUri", "https://t.example"},
			Storage{BlobURL: "https://b.example", TableURL: "https://t.example"}},
		"the app's own storage by identity": {
			[]string{"AzureWebJobsStorage", "", "AzureWebJobsStorage__accountName", "host"},
			Storage{BlobURL: "https://host.blob.core.windows.net", TableURL: "https://host.table.core.windows.net"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, faults := LoadHandler(environment(test.env...))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if diff := cmp.Diff(test.want, c.Storage); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadHandlerCertificate(t *testing.T) {
	pair, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(path, slices.Concat(pair.CertificatePEM, pair.KeyPEM), 0o600); err != nil {
		t.Fatal(err)
	}
	c, faults := LoadHandler(environment("MANAGEMENT_API_CLIENT_ID", testTenant, "MANAGEMENT_API_CLIENT_CERTIFICATE_PATH", path))
	if len(faults) > 0 || c.CertificatePath != path {
		t.Errorf("path %q, faults %q", c.CertificatePath, faults)
	}
}

func TestLoadTrail(t *testing.T) {
	trail, faults := LoadTrail(environment("RETENTION_DAYS", "30", "CLOUD", "nowhere", "WEBHOOK_URL", "x", "MANAGEMENT_API_CLIENT_SECRET", "x"))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if trail.Tenant != testTenant || trail.RetentionDays != 30 || !trail.RecordTypes.Wants(94) || trail.Storage.ConnectionString == "" {
		t.Errorf("trail %+v", trail)
	}
	if _, faults := LoadTrail(environment("TENANT_ID", "", "RETENTION_DAYS", "x", "AzureWebJobsStorage", "")); len(faults) != 3 {
		t.Errorf("%d faults, want 3: %q", len(faults), faults)
	}
}

func TestStoreConfig(t *testing.T) {
	trail, _ := LoadTrail(environment())
	config, err := trail.StoreConfig(func() (azcore.TokenCredential, error) { return nil, errors.New("credential requested") })
	if err != nil || config.ConnectionString != "UseDevelopmentStorage=true" || config.Tenant != testTenant {
		t.Errorf("config %+v, %v", config, err)
	}
	trail, _ = LoadTrail(environment("DataStorage__accountName", "trail"))
	if _, err := trail.StoreConfig(func() (azcore.TokenCredential, error) { return nil, errors.New("credential requested") }); err == nil {
		t.Error("an account name without a credential was enough")
	}
}
