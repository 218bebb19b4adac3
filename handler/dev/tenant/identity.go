package tenant

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Lives of tokens. The platform keeps those of a managed identity for a day.
const (
	tokenLife         = 3599 * time.Second
	identityTokenLife = 86399 * time.Second
)

// exchangeAudience is that of a managed identity's token which stands as the
// credential of an application (workload identity federation).
const exchangeAudience = "api://AzureADTokenExchange"

// audiences are the resources that tokens are issued for: the API in each of
// Microsoft's clouds, and two of its neighbours.
var audiences = []string{
	"https://manage.office.com", "https://manage-gcc.office.com", "https://manage.office365.us", "https://manage.protection.apps.mil",
	"https://graph.microsoft.com", "https://storage.azure.com",
}

// identity is the tenant's directory: one application, one managed identity,
// and the tokens issued to them.
type identity struct {
	clientID, clientSecret string
	managedID, header      string
	key                    []byte

	mu      sync.Mutex
	issued  int
	revoked int // tokens up to this number are no longer valid
}

func newIdentity(c Config) identity {
	d := roll(c.Seed, 'a')
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return identity{
		clientID: d.guid(), clientSecret: "Q~8Q~" + string(d.appendHex(nil, 35)),
		managedID: d.guid(), header: d.guid(), key: key,
	}
}

// ClientID returns the id of the application that may read the API.
func (t *Tenant) ClientID() string { return t.identity.clientID }

// ClientSecret returns the application's secret. Any certificate is accepted in
// its stead.
func (t *Tenant) ClientSecret() string { return t.identity.clientSecret }

// identityPath is the path of the managed identity's token endpoint.
const identityPath = "/msi/token"

// IdentityEndpoint returns what the App Service platform sets as
// IDENTITY_ENDPOINT. Valid after Start.
func (t *Tenant) IdentityEndpoint() string { return t.url + identityPath }

// IdentityHeader returns what the platform sets as IDENTITY_HEADER.
func (t *Tenant) IdentityHeader() string { return t.identity.header }

// ManagedIdentityID returns the client id of the managed identity.
func (t *Tenant) ManagedIdentityID() string { return t.identity.managedID }

// RevokeTokens makes every token issued so far invalid.
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

// knownAudience reports whether a resource exists, whatever its final slash.
func (t *Tenant) knownAudience(resource string) bool {
	resource = strings.TrimRight(resource, "/")
	for _, a := range audiences {
		if a == resource {
			return true
		}
	}
	return resource == t.url || resource == exchangeAudience
}

// serveManagedIdentity answers the token request of App Service and Functions:
// GET with the resource, guarded by a header.
func (t *Tenant) serveManagedIdentity(w http.ResponseWriter, r *http.Request) {
	t.register.count(OpIdentity)
	w.Header().Set("Content-Type", "application/json")
	query := r.URL.Query()
	resource, client := query.Get("resource"), query.Get("client_id")
	switch {
	case r.Header.Get("X-IDENTITY-HEADER") != t.identity.header:
		http.Error(w, `{"statusCode":401,"message":"Unauthorized"}`, http.StatusUnauthorized)
		return
	case query.Get("api-version") != "2019-08-01", !t.knownAudience(resource), client != "" && client != t.identity.managedID:
		http.Error(w, `{"statusCode":400,"message":"No Managed Identity found for specified parameters."}`, http.StatusBadRequest)
		return
	}
	token, err := t.issue(resource, t.identity.managedID, identityTokenLife)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	o := object{}
	o.open()
	o.text("access_token", token)
	o.text("expires_on", strconv.FormatInt(t.now().Add(identityTokenLife).Unix(), 10))
	o.text("resource", resource)
	o.text("token_type", "Bearer")
	o.text("client_id", t.identity.managedID)
	o.close()
	w.Write(o.buf)
}
