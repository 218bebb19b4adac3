package tenant

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// serveDiscovery answers the OpenID configuration, which client libraries read
// of an authority that they do not know.
func (t *Tenant) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	t.register.count(OpDiscovery)
	t.setLoginHeaders(w.Header())
	tenant := r.PathValue("tenant")
	if !strings.EqualFold(tenant, t.config.TenantID) {
		t.tenantNotFound(tenant).write(t, w)
		return
	}
	base := t.url + "/" + tenant
	o := object{}
	o.open()
	o.text("token_endpoint", base+"/oauth2/v2.0/token")
	o.texts("token_endpoint_auth_methods_supported", []string{"client_secret_post", "private_key_jwt", "client_secret_basic"})
	o.text("issuer", base+"/v2.0")
	o.text("authorization_endpoint", base+"/oauth2/v2.0/authorize")
	o.text("device_authorization_endpoint", base+"/oauth2/v2.0/devicecode")
	o.text("jwks_uri", base+"/discovery/v2.0/keys")
	o.text("tenant_region_scope", "EU")
	o.close()
	w.Write(o.buf)
}

// serveToken answers the client credentials grant, in its versions 1 and 2.
func (t *Tenant) serveToken(w http.ResponseWriter, r *http.Request) {
	t.register.count(OpToken)
	t.setLoginHeaders(w.Header())
	if t.strikeLogin(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		(&loginError{http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."}).write(t, w)
		return
	}
	v2 := strings.HasSuffix(r.URL.Path, "/v2.0/token")
	resource, failure := t.grant(r.PathValue("tenant"), r.PostForm, v2)
	if failure != nil {
		failure.write(t, w)
		return
	}
	token, err := t.issue(resource, t.identity.clientID, tokenLife)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	t.writeToken(w, token, resource, v2)
}

// writeToken writes the answer: version 1 has its numbers in quotes.
func (t *Tenant) writeToken(w http.ResponseWriter, token, resource string, v2 bool) {
	seconds, now := int(tokenLife.Seconds()), t.now()
	o := object{}
	o.open()
	o.text("token_type", "Bearer")
	if v2 {
		o.int("expires_in", seconds)
		o.int("ext_expires_in", seconds)
	} else {
		o.text("expires_in", strconv.Itoa(seconds))
		o.text("ext_expires_in", strconv.Itoa(seconds))
		o.text("expires_on", strconv.FormatInt(now.Add(tokenLife).Unix(), 10))
		o.text("not_before", strconv.FormatInt(now.Unix(), 10))
		o.text("resource", resource)
	}
	o.text("access_token", token)
	o.close()
	w.Write(o.buf)
}

// defaultScope finds the resource in a v2 scope. Microsoft's libraries ask for
// openid, offline_access and profile beside it, which Entra ID ignores here.
func defaultScope(scopes string) (resource string, found bool) {
	for scope := range strings.FieldsSeq(scopes) {
		if resource, found := strings.CutSuffix(scope, "/.default"); found {
			return resource, true
		}
	}
	return "", false
}

// grant checks a token request and returns the resource that it is for.
func (t *Tenant) grant(tenant string, form url.Values, v2 bool) (string, *loginError) {
	if !strings.EqualFold(tenant, t.config.TenantID) {
		return "", t.tenantNotFound(tenant)
	}
	if f := t.authenticate(form); f != nil {
		return "", f
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
	if !t.knownAudience(resource) {
		return "", &loginError{http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named " + resource +
			" was not found in the tenant named " + company + ". This can happen if the application has not been installed by the administrator of the tenant."}
	}
	return resource, nil
}

// authenticate checks who asks.
func (t *Tenant) authenticate(form url.Values) *loginError {
	switch grant := form.Get("grant_type"); {
	case grant == "":
		return &loginError{http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: 'grant_type'."}
	case grant != "client_credentials":
		return &loginError{http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '" + grant + "'."}
	case !strings.EqualFold(form.Get("client_id"), t.identity.clientID):
		return &loginError{http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '" + form.Get("client_id") +
			"' was not found in the directory '" + company + "'. This can happen if the application has not been installed by the administrator of the tenant " +
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

// strikeLogin answers a token request in a mood, if one strikes it.
func (t *Tenant) strikeLogin(w http.ResponseWriter, r *http.Request) bool {
	m := t.moods.Load()
	switch mood := m.next("token"+t.now().Format("2006010215"), []FaultMode{FrontDoorError, SlowResponse}); mood {
	case FrontDoorError:
		m.count(mood)
		w.Header().Set("Content-Type", "text/html")
		(&apiError{status: http.StatusServiceUnavailable, body: frontDoorPage}).write(w)
		return true
	case SlowResponse:
		m.count(mood)
		pause(r)
	}
	return false
}
