package feed

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// A diagnosis is the meaning of an error: its class and, if an administrator
// can act, the advice how.
type diagnosis struct {
	class  Class
	advice string
}

// codes is the table of known error codes. The AF codes come from "Office 365
// Management Activity API reference", Errors, except AF20024, AF50005 and
// AF50006, which were seen in the field. The AADSTS codes come from "Microsoft
// Entra authentication and authorization error codes". diagnose decides about
// any other code, mostly by the HTTP status.
var codes = map[string]diagnosis{
	"AF10001": {Configuration, "the token lacks the application permission ActivityFeed.Read of Office 365 Management APIs: grant it with admin consent (a managed identity may need a day to see it)"},
	"AF20001": {Internal, ""},
	"AF20002": {Internal, ""},
	"AF20003": {Internal, ""},
	"AF20010": {Configuration, "the application or identity belongs to another tenant than the requested one: check the tenant id"},
	"AF20011": {Configuration, "the tenant does not exist, was deleted, or has unified auditing off: check the tenant id and the cloud, and turn auditing on"},
	"AF20012": {Configuration, "the tenant is incorrectly configured for this API: open a support case with Microsoft"},
	"AF20013": {Internal, ""},
	"AF20020": {Internal, ""},
	"AF20021": {Configuration, "the webhook did not respond to the validation with HTTP 200: check its address; polling continues without it"},
	"AF20022": {NotSubscribed, ""},
	"AF20023": {NotSubscribed, ""},
	"AF20024": {NotSubscribed, ""}, // already enabled, no property change: to Start it is success
	"AF20030": {Window, ""},
	"AF20031": {Window, ""},
	"AF20050": {Gone, ""},
	"AF20051": {Gone, ""},
	"AF20052": {Gone, ""},
	"AF20053": {Internal, ""},
	"AF20054": {Internal, ""},
	"AF20055": {Window, ""},
	"AF429":   {Throttled, ""},
	"AF50000": {Transient, ""},
	"AF50005": {Transient, ""},
	"AF50006": {Transient, ""},

	"AADSTS50034":   {Configuration, "the login endpoint does not know the account: check the client id and the tenant id"},
	"AADSTS500011":  {Configuration, "Office 365 Management APIs are not present in the tenant: create their service principal (az ad sp create --id c5393580-f805-4401-95e8-94b7a6ef2fc2) and check the cloud"},
	"AADSTS53003":   {Configuration, "a Conditional Access policy blocks the application: exclude its service principal"},
	"AADSTS700016":  {Configuration, "the application is not known in the tenant: check the client id and the tenant id"},
	"AADSTS70021":   {Configuration, "no federated credential of the application matches the managed identity: add one with its object id as subject"},
	"AADSTS700211":  {Configuration, "no federated credential of the application has this issuer: the managed identity belongs to a different tenant than the credential says"},
	"AADSTS700212":  {Configuration, "no federated credential of the application has this audience: check it against the cloud"},
	"AADSTS700213":  {Configuration, "no federated credential of the application has this subject: it must be the managed identity's object id"},
	"AADSTS700027":  {Configuration, "the client certificate does not belong to the application: upload its public part to the application"},
	"AADSTS7000112": {Configuration, "the application is disabled in the tenant: enable its service principal"},
	"AADSTS7000215": {Configuration, "the client secret is wrong: set the secret's value, not its id"},
	"AADSTS7000222": {Configuration, "the client secret has expired: create a new one"},
	"AADSTS7000229": {Configuration, "the application has no service principal in the tenant: grant it admin consent there"},
	"AADSTS900023":  {Configuration, "the login endpoint does not know the tenant id: check the tenant id and the cloud"},
	"AADSTS90002":   {Configuration, "the tenant does not exist at this login endpoint: check the tenant id and the cloud"},
	"AADSTS90033":   {Transient, ""},
	"AADSTS90055":   {Throttled, ""},
}

// The advice for errors that the table does not cover.
const (
	// adviceAuditingOff is for the one error that has a fixed text but no code
	// ("Troubleshooting the Office 365 Management Activity API").
	adviceAuditingOff = "unified auditing is off in the tenant, or was turned on within the last hour: turn it on with Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true"

	// adviceUnauthorized is for a 401 without a reason, after a new token did
	// not help.
	adviceUnauthorized = "the API rejects even a new token: check tenant, cloud and audience, and that the application permission ActivityFeed.Read has admin consent"

	// adviceForbidden is for a 403 without a reason that is not throttling.
	adviceForbidden = "the API forbids the call: check that the application permission ActivityFeed.Read has admin consent"

	// adviceNotFound is for a 404 on a path that always exists.
	adviceNotFound = "the API does not know the path: check the address of the API and the cloud"

	// adviceNoIdentity is for a managed identity without an endpoint.
	adviceNoIdentity = "no such managed identity exists here: turn it on for the function app, or configure an application"

	// adviceNoToken is for a token request that is rejected without a known
	// code.
	adviceNoToken = "no token was issued: check tenant, client id and credential, or the managed identity"
)

var (
	codePattern      = regexp.MustCompile(`\b(?:AF\d{3,5}|AADSTS\d{4,9})\b`)
	throttledPattern = regexp.MustCompile(`(?i)too many request|\bAF429\b`)
)

// classify converts the status and body of a response to an Error. The body may
// be the documented envelope, the same with single quotes, ASP.NET's Message, an
// HTML page, other text, or empty. notFound is the class of a 404 that gives no
// reason.
func classify(operation string, status int, body []byte, notFound Class) *Error {
	code, text := describe(body)
	d := diagnose(status, code, body, notFound)
	return &Error{Operation: operation, Status: status, Code: code, Message: d.message(text), Class: d.class}
}

// diagnose looks for throttling first, because the API also reports it as a
// 403, which otherwise means a missing permission.
func diagnose(status int, code string, body []byte, notFound Class) diagnosis {
	if status == http.StatusTooManyRequests || throttledPattern.Match(body) {
		return diagnosis{Throttled, ""}
	}
	if saysAuditingOff(body) {
		return diagnosis{Configuration, adviceAuditingOff}
	}
	if d, known := codes[code]; known {
		return d
	}
	if strings.HasPrefix(code, "AF5") {
		return diagnosis{Transient, ""} // internal errors of the API; the reference lists only some
	}
	return diagnoseStatus(status, notFound)
}

func saysAuditingOff(body []byte) bool {
	s := string(body)
	return strings.Contains(s, "DataServiceException") && strings.Contains(s, "does not exist")
}

// diagnoseStatus is for a response without a known code. An unexpected 2xx is
// treated as transient.
func diagnoseStatus(status int, notFound Class) diagnosis {
	switch {
	case status == http.StatusUnauthorized:
		return diagnosis{Configuration, adviceUnauthorized}
	case status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return diagnosis{Configuration, adviceForbidden}
	case status == http.StatusNotFound && notFound == Configuration:
		return diagnosis{Configuration, adviceNotFound}
	case status == http.StatusNotFound, status == http.StatusGone:
		return diagnosis{notFound, ""}
	case status >= 300 && status < 400:
		return diagnosis{Transient, "a redirect, which the client does not follow"}
	case status == http.StatusRequestTimeout, status >= 500, status < 300:
		return diagnosis{Transient, ""}
	}
	return diagnosis{Internal, ""}
}

// message returns the advice, if any, and the cleaned text of the response.
func (d diagnosis) message(text string) string {
	text = clean(text)
	switch {
	case d.advice == "" && text == "":
		return "the response gives no reason"
	case d.advice == "":
		return text
	case text == "":
		return d.advice
	}
	return clean(d.advice + " (response: " + text + ")")
}

// maxErrorBody limits how many bytes of an error's body are read. Errors are
// short; an HTML page of a proxy has a few KiB.
const maxErrorBody = 64 << 10

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// envelope decodes the JSON forms of an error: the API's own
// {"error":{"code":…,"message":…}}, ASP.NET's {"Message":…} (names match in any
// case) and OAuth's {"error":…,"error_description":…}.
type envelope struct {
	Error       json.RawMessage `json:"error"`
	Message     string          `json:"message"`
	Description string          `json:"error_description"`
}

type codeAndMessage struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// describe returns the error code and the text of an error's body. It prefers
// the code in the envelope to the first code anywhere in the body.
func describe(body []byte) (code, text string) {
	body = trim(body)
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return codePattern.FindString(string(body)), plainText(body)
	}
	var inner codeAndMessage
	_ = json.Unmarshal(e.Error, &inner) // if the error is a string or absent, it has no code
	code = codePattern.FindString(inner.Code)
	if code == "" {
		code = codePattern.FindString(string(body))
	}
	for _, text = range []string{inner.Message, e.Description, e.Message} {
		if text != "" {
			return code, text
		}
	}
	return code, plainText(body)
}

// plainText returns the body, or the title of an HTML page.
func plainText(body []byte) string {
	if len(body) == 0 || body[0] != '<' {
		return string(body)
	}
	if title := htmlTitle.FindSubmatch(body); title != nil {
		return "an HTML page: " + string(title[1])
	}
	return "an HTML page"
}

// isError reports whether the body of a 200 is an error of the API, which was
// seen in the field, or an HTML page from a proxy. The caller judges any other
// body.
func isError(body []byte) bool {
	body = trim(body)
	return bytes.HasPrefix(body, []byte("<")) || isErrorObject(body)
}

func isErrorObject(body []byte) bool {
	if len(body) == 0 || body[0] != '{' || len(body) > maxErrorBody {
		return false
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return bytes.HasPrefix(body, []byte("{'error'")) // the form with single quotes
	}
	if _, ok := members["error"]; ok {
		return true
	}
	_, upper := members["Message"]
	_, lower := members["message"]
	_, record := members["CreationTime"]
	return (upper || lower) && !record
}
