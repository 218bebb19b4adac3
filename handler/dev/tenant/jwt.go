package tenant

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// claims are the content of an access token, under the names that Microsoft
// Entra uses. A token is opaque to everybody except the tenant.
type claims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	AppID    string   `json:"appid"`
	Tenant   string   `json:"tid"`
	Roles    []string `json:"roles,omitempty"`
	Version  string   `json:"ver"`
	Issued   int64    `json:"iat"`
	Begins   int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	Number   int      `json:"uti"` // counts the tokens issued
}

var errToken = errors.New("token was not issued by this tenant")

// seal returns a signed token with the claims.
func seal(key []byte, c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("seal token: %w", err)
	}
	text := encodeSegment([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + encodeSegment(payload)
	return text + "." + encodeSegment(sign(key, text)), nil
}

// unseal returns the claims of a token. It fails with errToken unless seal made
// the token with the same key.
func unseal(key []byte, token string) (claims, error) {
	var c claims
	text, signature, found := cutLast(token, ".")
	if !found {
		return c, errToken
	}
	mac, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || !hmac.Equal(mac, sign(key, text)) {
		return c, errToken
	}
	return c, decodePayload(token, &c)
}

// decodePayload decodes the claims of any JWT. It does not verify the signature.
func decodePayload(token string, into any) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("a JWT must have three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Errorf("JWT payload: %w", err)
	}
	return json.Unmarshal(payload, into)
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func encodeSegment(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// assertion is the JWT by which an application proves that it holds a
// certificate. The tenant does not verify its signature.
type assertion struct {
	Audience string `json:"aud"`
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	ID       string `json:"jti"`
	Expires  int64  `json:"exp"`
}

// checkAssertion accepts the assertion of a certificate, or a token of the
// managed identity (workload identity federation).
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
		return errors.New("missing jti or exp")
	}
	return nil
}

// checkHeader checks that the header of a JWT names a certificate.
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
