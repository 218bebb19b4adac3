package tenant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an error response of the API. A nil *apiError is success.
type apiError struct {
	status  int
	code    string // AF...; empty for an error of the web server
	message string
	body    string // sent instead of code and message, if not empty
	bare    bool   // the response has no body
}

// newError returns an error from the table in the Office 365 Management Activity
// API reference. The table has no status codes: they are those seen in the
// field, or else 400.
func newError(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// errorMessage returns an error in the web server's own form.
func errorMessage(status int, message string) *apiError {
	return &apiError{status: status, body: string(encode(map[string]string{"Message": message}))}
}

// unauthorized is the response to any invalid token.
func unauthorized() *apiError {
	return errorMessage(http.StatusUnauthorized, "Authorization has been denied for this request.")
}

// tooMany is the throttling response as the reference prints it: status 403, and
// a body in single quotes, which is not JSON.
func tooMany(method, publisher string) *apiError {
	return &apiError{status: http.StatusForbidden, code: "AF429", body: fmt.Sprintf(
		"{'error':{'code':'AF429','message':'Too many requests. Method=%s, PublisherId=%s'}}", method, publisher)}
}

func noSubscription() *apiError {
	return newError(http.StatusBadRequest, "AF20022", "No subscription found for the specified content type.")
}

func noContent(id string) *apiError {
	return newError(http.StatusNotFound, "AF20050", "The specified content (%s) does not exist.", id)
}

func contentExpired(id string) *apiError {
	return newError(http.StatusBadRequest, "AF20051", "Content requested with the key %s has already expired. Content older than 7 days cannot be retrieved.", id)
}

func (e *apiError) write(w http.ResponseWriter) {
	w.WriteHeader(e.status)
	switch {
	case e.bare:
	case e.body != "":
		w.Write([]byte(e.body))
	default:
		type detail struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		}
		writeJSON(w, struct {
			Error detail `json:"error"`
		}{detail{e.code, e.message}})
	}
}

func writeJSON(w http.ResponseWriter, v any) { w.Write(encode(v)) }

// encode returns the JSON of v. It does not escape &, < and >, as the service
// does not.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v) // cannot fail: every v of this package is made of strings and numbers
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// setHeaders sets the headers of every response. Date is the tenant's time.
func (t *Tenant) setHeaders(h http.Header) {
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("Server", "Microsoft-IIS/10.0")
	h.Set("X-AspNet-Version", "4.0.30319")
	h.Set("X-Powered-By", "ASP.NET")
	h.Set("Date", t.now().Format(http.TimeFormat))
}
