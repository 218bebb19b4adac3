package tenant

import (
	"fmt"
	"net/http"
	"strconv"
)

// loginError is an error of the token endpoint as Microsoft Entra words it.
type loginError struct {
	status  int
	name    string // OAuth's, such as invalid_client
	code    int    // number of AADSTS
	message string
}

func (t *Tenant) tenantNotFound(tenant string) *loginError {
	return &loginError{http.StatusBadRequest, "invalid_request", 90002, "Tenant '" + tenant + "' not found. Check to make sure you have the correct tenant ID " +
		"and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."}
}

func (e *loginError) write(t *Tenant, w http.ResponseWriter) {
	stamp := t.now().Format("2006-01-02 15:04:05Z")
	d := roll(uint64(t.now().UnixNano()), uint64(e.code))
	trace, correlation := d.guid(), d.guid()
	o := object{}
	o.open()
	o.text("error", e.name)
	o.text("error_description", fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", e.code, e.message, trace, correlation, stamp))
	o.raw("error_codes", "["+strconv.Itoa(e.code)+"]")
	o.text("timestamp", stamp)
	o.text("trace_id", trace)
	o.text("correlation_id", correlation)
	o.text("error_uri", t.url+"/error?code="+strconv.Itoa(e.code))
	o.close()
	w.WriteHeader(e.status)
	w.Write(o.buf)
}

func (t *Tenant) setLoginHeaders(h http.Header) {
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Date", t.now().Format(http.TimeFormat))
}
