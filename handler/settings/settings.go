package settings

import (
	"net/url"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
)

// Trail describes a trail: its tenant, its storage, and the records that become rows.
type Trail struct {
	Tenant        string       // GUID
	RecordTypes   audit.Filter // record types that become rows
	RetentionDays int          // 0: for ever
	Storage       Storage
}

// Handler holds the settings of the handler. Each field has the value of the
// setting of that name, or its default.
type Handler struct {
	Trail
	Cloud             feed.Cloud
	APIRoot           *url.URL // scheme and host
	Authority         *url.URL // scheme and host of the login endpoint
	OwnAuthority      bool     // Authority is a setting of its own; Microsoft's instance discovery does not know it
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

// LoadHandler reads all settings. It returns every fault at once. Each begins
// with the name of its setting and never quotes a secret. Callers must not use
// the Handler if there are faults.
func LoadHandler(getenv func(string) string) (Handler, []string) {
	h, faults := load(Table(), getenv)
	faults = append(faults, h.contradictions(getenv)...)
	h.fillIn()
	return h, faults
}

// LoadTrail is LoadHandler for the settings of the trail alone.
func LoadTrail(getenv func(string) string) (Trail, []string) {
	h, faults := load(slices.DeleteFunc(Table(), func(s Setting) bool { return !s.Trail }), getenv)
	return h.Trail, faults
}

// keyVaultReference is the prefix of a setting that refers to a secret ("Use Key
// Vault references as app settings"). If the platform cannot resolve the
// reference, it passes it through verbatim, and a guessable string would become
// the secret.
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
				"and may the app's identity read it (Key Vault Secrets User)? Correct that, then restart the app")
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

// contradictions returns the faults that involve more than one setting.
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

// fillIn sets unset fields from other settings.
func (h *Handler) fillIn() {
	if h.APIRoot == nil {
		h.APIRoot = h.Cloud.Root
	}
	h.OwnAuthority = h.Authority != nil
	if !h.OwnAuthority {
		h.Authority = h.Cloud.Login
	}
	if h.Publisher == "" {
		h.Publisher = h.Tenant
	}
}

// Webhook returns the webhook that every subscription carries, or nil for none.
func (h *Handler) Webhook() *feed.Webhook {
	if h.WebhookURL == "" {
		return nil
	}
	return &feed.Webhook{Address: h.WebhookURL, AuthID: h.WebhookAuthID}
}
