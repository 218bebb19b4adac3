package tenant

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// Lifetimes of tokens. The platform caches those of a managed identity for a
// day.
const (
	tokenLife         = 3599 * time.Second
	identityTokenLife = 86399 * time.Second
)

// exchangeAudience is the audience of a managed identity's token that serves as
// the credential of an application (workload identity federation).
const exchangeAudience = "api://AzureADTokenExchange"

// audiences are the resources that tokens are issued for: the API in each of
// Microsoft's clouds, and two other APIs.
var audiences = []string{
	"https://manage.office.com", "https://manage-gcc.office.com", "https://manage.office365.us", "https://manage.protection.apps.mil",
	"https://graph.microsoft.com", "https://storage.azure.com",
}

// identity is the tenant's directory: one application, one managed identity, and
// the number of tokens issued to them.
type identity struct {
	clientID, clientSecret string
	managedID, header      string // of the managed identity
	key                    []byte // signs tokens

	mu      sync.Mutex
	issued  int
	revoked int // tokens up to this number are invalid
}

func newIdentity(c Config) identity {
	d := dice.New(c.Seed, 'a')
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return identity{
		clientID: d.GUID(), clientSecret: "Q~8Q~" + d.Hex(35),
		managedID: d.GUID(), header: d.GUID(), key: key,
	}
}

// ClientID returns the client id of the application that may read the API.
func (t *Tenant) ClientID() string { return t.identity.clientID }

// ClientSecret returns the application's secret. Any certificate is accepted
// instead.
func (t *Tenant) ClientSecret() string { return t.identity.clientSecret }

// identityPath is the path of the managed identity's token endpoint.
const identityPath = "/msi/token"

// IdentityEndpoint returns the value of IDENTITY_ENDPOINT, as App Service sets
// it. Valid after Start.
func (t *Tenant) IdentityEndpoint() string { return t.url + identityPath }

// IdentityHeader returns the value of IDENTITY_HEADER, as App Service sets it.
func (t *Tenant) IdentityHeader() string { return t.identity.header }

// ManagedIdentityID returns the client id of the managed identity.
func (t *Tenant) ManagedIdentityID() string { return t.identity.managedID }

// RevokeTokens invalidates every token issued so far.
func (t *Tenant) RevokeTokens() {
	t.identity.mu.Lock()
	defer t.identity.mu.Unlock()
	t.identity.revoked = t.identity.issued
}

// issue returns a new token for a resource.
func (t *Tenant) issue(audience, appID string, life time.Duration) (string, error) {
	now := t.now()
	c := claims{
		Audience: audience, Issuer: "https://sts.windows.net/" + t.config.TenantID + "/", Subject: appID, AppID: appID,
		Tenant: t.config.TenantID, Version: "1.0", Issued: now.Unix(), Begins: now.Unix(), Expires: now.Add(life).Unix(),
	}
	if !t.config.WithoutRole {
		c.Roles = []string{"ActivityFeed.Read"}
	}
	t.identity.mu.Lock()
	t.identity.issued++
	c.Number = t.identity.issued
	t.identity.mu.Unlock()
	return seal(t.identity.key, c)
}

// isAudience reports whether tokens are issued for a resource. It ignores final
// slashes.
func (t *Tenant) isAudience(resource string) bool {
	resource = strings.TrimRight(resource, "/")
	return slices.Contains(audiences, resource) || resource == t.url || resource == exchangeAudience
}

// serveManagedIdentity answers the token request of App Service and Functions: a
// GET with the resource, protected by a header.
func (t *Tenant) serveManagedIdentity(w http.ResponseWriter, r *http.Request) {
	t.monitor.count(OpIdentity)
	w.Header().Set("Content-Type", "application/json")
	query := r.URL.Query()
	resource, client := query.Get("resource"), query.Get("client_id")
	switch {
	case r.Header.Get("X-IDENTITY-HEADER") != t.identity.header:
		http.Error(w, `{"statusCode":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
		return
	case query.Get("api-version") != "2019-08-01", !t.isAudience(resource), client != "" && client != t.identity.managedID:
		http.Error(w, `{"statusCode":400,"message":"No Managed Identity found for specified parameters."}`, http.StatusBadRequest)
		return
	}
	token, err := t.issue(resource, t.identity.managedID, identityTokenLife)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, struct {
		AccessToken string `json:"access_token"`
		ExpiresOn   int64  `json:"expires_on,string"`
		Resource    string `json:"resource"`
		TokenType   string `json:"token_type"`
		ClientID    string `json:"client_id"`
	}{token, t.now().Add(identityTokenLife).Unix(), resource, "Bearer", t.identity.managedID})
}
