package settings

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
)

// Trail says whose trail there is, where it is kept and what becomes a row.
type Trail struct {
	Tenant        string       // GUID
	RecordTypes   audit.Filter // the types of record that become rows
	RetentionDays int          // 0: for ever
	Storage       Storage
}

// Handler is the settings of the handler. Its fields hold the values of the
// settings of their names, or what these give by default.
type Handler struct {
	Trail
	Cloud             feed.Cloud
	APIRoot           *url.URL // scheme and host
	Authority         *url.URL // scheme and host of the login endpoint
	OwnAuthority      bool     // it is not the cloud's, and Microsoft's instance discovery does not know it
	ClientID          string   // "": the managed identity reads the API itself
	ClientSecret      string
	CertificatePath   string
	IdentityClientID  string // "": the system-assigned identity
	Publisher         string
	ContentTypes      []string
	Schedule          string
	Concurrency       int
	RequestsPerMinute int
	WebhookURL        string // "": no webhook
	WebhookAuthID     string
}

// LoadHandler reads all settings. It reports every fault at once, each led by
// the name of its setting and none quoting a secret; with faults the result is
// not to be used.
func LoadHandler(getenv func(string) string) (Handler, []string) {
	h, faults := load(Table(), getenv)
	faults = append(faults, h.contradictions(getenv)...)
	h.fillIn()
	return h, faults
}

// LoadTrail reads the trail's settings alone, and otherwise is LoadHandler.
func LoadTrail(getenv func(string) string) (Trail, []string) {
	h, faults := load(slices.DeleteFunc(Table(), func(s Setting) bool { return !s.Trail }), getenv)
	return h.Trail, faults
}

// keyVaultReference begins a setting that names a secret instead of holding it
// ("Use Key Vault references as app settings"). The platform replaces it by the
// secret, or hands it on as it is where it cannot: then whoever knows how the
// app is deployed would know what we take for a secret.
const keyVaultReference = "@Microsoft.KeyVault("

func load(table []Setting, getenv func(string) string) (Handler, []string) {
	var h Handler
	var faults []string
	for _, s := range table {
		value := strings.TrimSpace(getenv(s.Name))
		if value == "" {
			value = s.Default
		}
		if value == "" {
			continue
		}
		if strings.HasPrefix(value, keyVaultReference) {
			faults = append(faults, s.Name+": its Key Vault reference is not resolved: does the secret exist, "+
				"and may the app's identity read it (Key Vault Secrets User)? Then restart the app")
			continue
		}
		if err := s.set(&h, value); err != nil {
			faults = append(faults, s.Name+": "+err.Error())
		}
	}
	var err error
	if h.Storage, err = loadStorage(getenv); err != nil {
		faults = append(faults, strings.Split(err.Error(), "\n")...)
	}
	if unset(getenv, "TENANT_ID") {
		faults = append(faults, "TENANT_ID: required: the tenant's GUID (Entra admin center, Overview)")
	}
	return h, faults
}

// contradictions are the faults that no single setting shows.
func (h *Handler) contradictions(getenv func(string) string) []string {
	var faults []string
	if unset(getenv, "MANAGEMENT_API_CLIENT_ID") && (h.ClientSecret != "" || h.CertificatePath != "") {
		faults = append(faults, "MANAGEMENT_API_CLIENT_ID: required with a client secret or certificate")
	}
	if h.ClientSecret != "" && h.CertificatePath != "" {
		faults = append(faults, "MANAGEMENT_API_CLIENT_SECRET, MANAGEMENT_API_CLIENT_CERTIFICATE_PATH: set one of them, not both")
	}
	if unset(getenv, "WEBHOOK_URL") != unset(getenv, "WEBHOOK_AUTH_ID") {
		faults = append(faults, "WEBHOOK_URL, WEBHOOK_AUTH_ID: set both or neither")
	}
	return faults
}

func unset(getenv func(string) string, name string) bool {
	return strings.TrimSpace(getenv(name)) == ""
}

// fillIn sets what other settings give where they are unset themselves.
func (h *Handler) fillIn() {
	if h.APIRoot == nil {
		h.APIRoot = h.Cloud.Root
	}
	if h.OwnAuthority = h.Authority != nil; !h.OwnAuthority {
		h.Authority = h.Cloud.Login
	}
	if h.Publisher == "" {
		h.Publisher = h.Tenant
	}
}

// Webhook is what every subscription is to carry; nil for none.
func (h *Handler) Webhook() *feed.Webhook {
	if h.WebhookURL == "" {
		return nil
	}
	return &feed.Webhook{Address: h.WebhookURL, AuthID: h.WebhookAuthID}
}
