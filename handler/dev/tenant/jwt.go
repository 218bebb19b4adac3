package tenant

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// claims are what an access token says, under the names that Microsoft Entra
// uses. To everybody but the tenant a token is opaque.
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
	Number   int      `json:"uti"` // in the order of issue
}

var errToken = errors.New("token is not one of the tenant's")

// seal returns the token of claims.
func seal(key []byte, c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("seal token: %w", err)
	}
	text := encodeSegment([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + encodeSegment(payload)
	return text + "." + encodeSegment(sign(key, text)), nil
}

// unseal returns the claims of a token that seal made with the same key.
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

// decodePayload decodes the middle part of any JWT, unverified.
func decodePayload(token string, into any) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return errors.New("JWT has not three parts")
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
