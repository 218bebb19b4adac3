package tenant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func FuzzUnseal(f *testing.F) {
	key := []byte("key")
	sealed, err := seal(key, claims{Audience: "https://manage.office.com", Number: 1})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", ".", "..", sealed, sealed + "A", strings.Replace(sealed, ".", "", 1)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := unseal(key, s); err == nil && strings.TrimRight(s, "\r\n") != sealed {
			t.Errorf("%q is accepted as a token", s)
		}
	})
}

func TestCheckAssertion(t *testing.T) {
	a := serve(t, small())
	encode := func(v map[string]any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return encodeSegment(text)
	}
	header := encode(map[string]any{"alg": "RS256", "x5t": "thumbprint"})
	claims := func(change func(map[string]any)) string {
		c := map[string]any{
			"iss": a.ClientID(), "sub": a.ClientID(), "aud": a.URL() + "/" + a.TenantID() + "/oauth2/v2.0/token", "jti": "1", "exp": 1,
		}
		change(c)
		return encode(c)
	}
	valid := claims(func(map[string]any) {})
	identityToken, err := a.issue("https://manage.office.com", a.ManagedIdentityID(), identityTokenLife)
	if err != nil {
		t.Fatal(err)
	}
	const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	tests := []struct{ name, kind, token, want string }{
		{"valid", jwtBearer, header + "." + valid + ".sig", ""},
		{"wrong type", "saml", header + "." + valid + ".sig", "client_assertion_type"},
		{"header not base64", jwtBearer, "*." + valid + ".sig", "JWT header"},
		{"header not JSON", jwtBearer, encodeSegment([]byte("x")) + "." + valid + ".sig", "JWT header"},
		{"no certificate", jwtBearer, encode(map[string]any{"alg": "RS256"}) + "." + valid + ".sig", "names a certificate: false"},
		{"two parts", jwtBearer, header + "." + valid, "three parts"},
		{"payload not base64", jwtBearer, header + ".*.sig", "JWT payload"},
		{"other issuer", jwtBearer, header + "." + claims(func(c map[string]any) { c["iss"] = "x" }) + ".sig", "are not the client id"},
		{"other audience", jwtBearer, header + "." + claims(func(c map[string]any) { c["aud"] = "x" }) + ".sig", "not the token endpoint"},
		{"no jti", jwtBearer, header + "." + claims(func(c map[string]any) { delete(c, "jti") }) + ".sig", "missing jti or exp"},
		{"managed identity's token for another audience", jwtBearer, identityToken, "the token is not for " + exchangeAudience},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := a.checkAssertion(url.Values{"client_assertion_type": {tt.kind}, "client_assertion": {tt.token}})
			switch {
			case tt.want == "" && e != nil:
				t.Errorf("valid assertion fails: %s", e.message)
			case tt.want != "" && (e == nil || e.code != 700027 || !strings.Contains(e.message, tt.want)):
				t.Errorf("error is %+v, want 700027 with %q", e, tt.want)
			}
		})
	}
}

func TestManagedIdentityErrors(t *testing.T) {
	a := serve(t, small())
	right := http.Header{"X-Identity-Header": {a.IdentityHeader()}}
	resource := "&resource=" + url.QueryEscape("https://manage.office.com/")
	tests := []struct {
		name   string
		header http.Header
		query  string
		status int
	}{
		{"valid", right, "api-version=2019-08-01" + resource, 200},
		{"valid with client id", right, "api-version=2019-08-01&client_id=" + a.ManagedIdentityID() + resource, 200},
		{"missing header", nil, "api-version=2019-08-01" + resource, 401},
		{"unknown version", right, "api-version=2017-09-01" + resource, 400},
		{"unknown resource", right, "api-version=2019-08-01&resource=https%3A%2F%2Fnowhere.example", 400},
		{"unknown client", right, "api-version=2019-08-01&client_id=" + a.ClientID() + resource, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a.do(http.MethodGet, a.IdentityEndpoint()+"?"+tt.query, tt.header, "").want(t, tt.status, "{")
		})
	}
}
