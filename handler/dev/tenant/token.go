package tenant

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// discovery is an OpenID configuration.
type discovery struct {
	TokenEndpoint         string   `json:"token_endpoint"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	DeviceEndpoint        string   `json:"device_authorization_endpoint"`
	KeysURI               string   `json:"jwks_uri"`
	RegionScope           string   `json:"tenant_region_scope"`
}

// serveDiscovery sends the OpenID configuration. Client libraries request it
// from an authority that they do not know.
func (t *Tenant) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	t.monitor.count(OpDiscovery)
	t.setLoginHeaders(w.Header())
	tenant := r.PathValue("tenant")
	if !strings.EqualFold(tenant, t.config.TenantID) {
		tenantNotFound(tenant).write(t, w)
		return
	}
	base := t.url + "/" + tenant
	writeJSON(w, discovery{
		TokenEndpoint:         base + "/oauth2/v2.0/token",
		AuthMethods:           []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		Issuer:                base + "/v2.0",
		AuthorizationEndpoint: base + "/oauth2/v2.0/authorize",
		DeviceEndpoint:        base + "/oauth2/v2.0/devicecode",
		KeysURI:               base + "/discovery/v2.0/keys",
		RegionScope:           "EU",
	})
}

// serveToken answers the client credentials grant, versions 1 and 2.
func (t *Tenant) serveToken(w http.ResponseWriter, r *http.Request) {
	t.monitor.count(OpToken)
	t.setLoginHeaders(w.Header())
	if t.injectLogin(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		missingGrantType().write(t, w)
		return
	}
	v2 := strings.HasSuffix(r.URL.Path, "/v2.0/token")
	resource, e := t.grant(r.PathValue("tenant"), r.PostForm, v2)
	if e != nil {
		e.write(t, w)
		return
	}
	token, err := t.issue(resource, t.identity.clientID, tokenLife)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	t.writeToken(w, token, resource, v2)
}

// Responses of the two versions of the token endpoint. Version 1 prints numbers
// in quotes.
type (
	tokenV1 struct {
		TokenType    string `json:"token_type"`
		ExpiresIn    int    `json:"expires_in,string"`
		ExtExpiresIn int    `json:"ext_expires_in,string"`
		ExpiresOn    int64  `json:"expires_on,string"`
		NotBefore    int64  `json:"not_before,string"`
		Resource     string `json:"resource"`
		AccessToken  string `json:"access_token"`
	}
	tokenV2 struct {
		TokenType    string `json:"token_type"`
		ExpiresIn    int    `json:"expires_in"`
		ExtExpiresIn int    `json:"ext_expires_in"`
		AccessToken  string `json:"access_token"`
	}
)

func (t *Tenant) writeToken(w http.ResponseWriter, token, resource string, v2 bool) {
	seconds, now := int(tokenLife.Seconds()), t.now()
	if v2 {
		writeJSON(w, tokenV2{"Bearer", seconds, seconds, token})
		return
	}
	writeJSON(w, tokenV1{"Bearer", seconds, seconds, now.Add(tokenLife).Unix(), now.Unix(), resource, token})
}

// grant checks a token request and returns the requested resource.
func (t *Tenant) grant(tenant string, form url.Values, v2 bool) (string, *loginError) {
	if !strings.EqualFold(tenant, t.config.TenantID) {
		return "", tenantNotFound(tenant)
	}
	if e := t.authenticate(form); e != nil {
		return "", e
	}
	resource := form.Get("resource")
	if v2 {
		scope, found := defaultScope(form.Get("scope"))
		if !found {
			return "", &loginError{http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope " + form.Get("scope") +
				" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."}
		}
		resource = scope
	}
	if !t.isAudience(resource) {
		return "", &loginError{http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named " + resource +
			" was not found in the tenant named " + records.Company + ". This can happen if the application has not been installed by the administrator of the tenant."}
	}
	return resource, nil
}

// defaultScope finds the resource in a v2 scope. Microsoft's libraries also ask
// for openid, offline_access and profile, which Entra ID ignores in this grant.
func defaultScope(scopes string) (resource string, found bool) {
	for scope := range strings.FieldsSeq(scopes) {
		if resource, found := strings.CutSuffix(scope, "/.default"); found {
			return resource, true
		}
	}
	return "", false
}

// authenticate checks the credential of a token request.
func (t *Tenant) authenticate(form url.Values) *loginError {
	switch grant := form.Get("grant_type"); {
	case grant == "":
		return missingGrantType()
	case grant != "client_credentials":
		return &loginError{http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '" + grant + "'."}
	case !strings.EqualFold(form.Get("client_id"), t.identity.clientID):
		return &loginError{http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '" + form.Get("client_id") +
			"' was not found in the directory '" + records.Company + "'. This can happen if the application has not been installed by the administrator of the tenant " +
			"or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."}
	case form.Has("client_assertion"):
		return t.checkAssertion(form)
	case !form.Has("client_secret"):
		return &loginError{http.StatusUnauthorized, "invalid_client", 7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
	case form.Get("client_secret") != t.identity.clientSecret:
		return &loginError{http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request " +
			"is the client secret value, not the client secret ID, for a secret added to app '" + t.identity.clientID + "'."}
	}
	return nil
}

// loginError is an error of the token endpoint in Microsoft Entra's words.
type loginError struct {
	status  int
	name    string // OAuth's, such as invalid_client
	code    int    // AADSTS number
	message string
}

func missingGrantType() *loginError {
	return &loginError{http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."}
}

func tenantNotFound(tenant string) *loginError {
	return &loginError{http.StatusBadRequest, "invalid_request", 90002, "Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID " +
		"and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."}
}

func (e *loginError) write(t *Tenant, w http.ResponseWriter) {
	stamp := t.now().Format("2006-01-02 15:04:05Z")
	d := dice.New(uint64(t.now().UnixNano()), uint64(e.code))
	trace, correlation := d.GUID(), d.GUID()
	w.WriteHeader(e.status)
	writeJSON(w, struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		Timestamp     string `json:"timestamp"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
		URI           string `json:"error_uri"`
	}{
		e.name, fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", e.code, e.message, trace, correlation, stamp),
		[]int{e.code}, stamp, trace, correlation, t.url + "/error?code=" + strconv.Itoa(e.code),
	})
}

func (t *Tenant) setLoginHeaders(h http.Header) {
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Date", t.now().Format(http.TimeFormat))
}
