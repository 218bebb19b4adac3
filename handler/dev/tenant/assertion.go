package tenant

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// assertion is the JWT with which an application proves that it holds a
// certificate. Its signature is not verified.
type assertion struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	ID       string `json:"jti"`
	Expires  int64  `json:"exp"`
}

// checkAssertion accepts the assertion of a certificate, and a token of the
// managed identity in its place.
func (t *Tenant) checkAssertion(form url.Values) *loginError {
	token := form.Get("client_assertion")
	if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
		return badAssertion("client_assertion_type is not jwt-bearer")
	}
	if who, err := unseal(t.identity.key, token); err == nil {
		if who.Audience != exchangeAudience || who.AppID != t.identity.managedID {
			return badAssertion("the token is not for " + exchangeAudience)
		}
		return nil
	}
	if err := t.checkCertificate(token); err != nil {
		return badAssertion(err.Error())
	}
	return nil
}

func (t *Tenant) checkCertificate(token string) error {
	if err := checkHeader(token); err != nil {
		return err
	}
	var a assertion
	if err := decodePayload(token, &a); err != nil {
		return err
	}
	tokenURL := strings.Contains(strings.ToLower(a.Audience), strings.ToLower(t.config.TenantID)) && strings.HasPrefix(a.Audience, "https://")
	switch {
	case a.Issuer != t.identity.clientID || a.Subject != t.identity.clientID:
		return fmt.Errorf("iss %q and sub %q are not the client id", a.Issuer, a.Subject)
	case !tokenURL:
		return fmt.Errorf("aud %q is not the token endpoint", a.Audience)
	case a.ID == "" || a.Expires == 0:
		return fmt.Errorf("jti or exp is missing")
	}
	return nil
}

// checkHeader demands that the header names the certificate.
func checkHeader(token string) error {
	segment, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return fmt.Errorf("JWT header: %w", err)
	}
	var header struct {
		Algorithm string `json:"alg"`
		SHA1      string `json:"x5t"`
		SHA256    string `json:"x5t#S256"`
	}
	if err := json.Unmarshal(text, &header); err != nil {
		return fmt.Errorf("JWT header: %w", err)
	}
	if header.Algorithm != "RS256" && header.Algorithm != "PS256" || header.SHA1+header.SHA256 == "" {
		return fmt.Errorf("JWT header has alg %q and names a certificate: %t", header.Algorithm, header.SHA1+header.SHA256 != "")
	}
	return nil
}

func badAssertion(why string) *loginError {
	return &loginError{http.StatusUnauthorized, "invalid_client", 700027,
		"The certificate with identifier used to sign the client assertion is not registered on application. [Reason - " + why + "]"}
}
