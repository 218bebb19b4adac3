package tenant

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// fault is an answer that is no success. A nil fault is success.
type apiError struct {
	status  int
	code    string // AF..., "" for an error of the web server
	message string
	body    string // instead of code and message, if not empty
	bare    bool   // there is no body
}

// newError returns a fault of the table of errors in the Office 365 Management
// Activity API reference. The table has no statuses: they are those seen in the
// field, and 400 where none was.
func newError(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// errorMessage is the web server's own kind of error.
func errorMessage(status int, message string) *apiError {
	body, _ := json.Marshal(map[string]string{"Message": message}) // a map of strings has no error
	return &apiError{status: status, body: string(body)}
}

// unauthorized is what any token that is not valid gets.
func unauthorized() *apiError {
	return errorMessage(http.StatusUnauthorized, "Authorization has been denied for this request.")
}

// tooMany is the throttled answer as the reference prints it: status 403, and a
// body in single quotes, which is no JSON.
func tooMany(method, publisher string) *apiError {
	return &apiError{status: http.StatusForbidden, code: "AF429", body: fmt.Sprintf(
		"{'error':{'code':'AF429','message':'Too many requests. Method=%s, PublisherId=%s'}}", method, publisher)}
}

func (f *apiError) write(w http.ResponseWriter) {
	w.WriteHeader(f.status)
	if f.bare {
		return
	}
	if f.body != "" {
		w.Write([]byte(f.body))
		return
	}
	o := object{}
	o.open()
	o.begin("error")
	o.text("code", f.code)
	o.text("message", f.message)
	o.close()
	o.close()
	w.Write(o.buf)
}

// setHeaders sets what the service sends with every answer. Date is the
// tenant's time.
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
