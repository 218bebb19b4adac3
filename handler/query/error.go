package query

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// An apiError is an error as the caller sees it. None of its text is
// confidential.
type apiError struct {
	status                int
	code, message, target string
	retryAfter            string // seconds; "" if repeating the request does not help
}

func (e *apiError) Error() string { return e.message }

// badRequest returns a 400. target is the parameter or header at fault.
func badRequest(code, target, format string, args ...any) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, target: target, message: fmt.Sprintf(format, args...)}
}

// outage is how long a caller should wait for storage, in seconds.
const outage = "10"

// explain returns what the caller is told about err. Errors that the caller
// did not cause are logged with the name of the route. The values that were
// asked for are never logged.
func (h *handler) explain(ctx context.Context, route string, err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return &apiError{status: http.StatusServiceUnavailable, code: "Cancelled", message: "the caller disconnected"}
	}
	if store.Unavailable(err) {
		h.Log.WarnContext(ctx, "storage does not answer", "operation", route, "error", err.Error())
		return &apiError{status: http.StatusServiceUnavailable, code: "StorageUnavailable",
			message: "storage is not available; try again later", retryAfter: outage}
	}
	h.Log.ErrorContext(ctx, "query failed", "operation", route, "error", err.Error())
	return &apiError{status: http.StatusInternalServerError, code: "InternalError", message: "internal error"}
}

// response returns the error in the envelope that all errors share.
func (e *apiError) response() response {
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Target  string `json:"target,omitempty"`
	}
	// Encoding three strings cannot fail.
	resp, _ := jsonResponse(e.status, map[string]body{"error": {e.code, e.message, e.target}})
	if e.retryAfter != "" {
		resp.header = map[string]string{"Retry-After": e.retryAfter}
	}
	return resp
}

// Faulty returns the handler of the paths under /api/v1/ for an app whose
// settings are invalid. Every response is a 500 that lists the faults. Status
// keeps its usual shape, so that monitoring can always read it. Storage is not
// read.
func Faulty(tenant, version string, faults []string, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp := configurationError(faults).response()
		if r.URL.EscapedPath() == pathPrefix+"status" {
			s := newStatus(tenant, version, now())
			s.Faults = append(s.Faults, faults...)
			// Encoding strings and a time of our own cannot fail.
			resp, _ = jsonResponse(http.StatusInternalServerError, s)
		}
		resp.addHeader(costHeader(&store.Cost{}, 0))
		resp.write(w, r)
	})
}

func configurationError(faults []string) *apiError {
	return &apiError{
		status: http.StatusInternalServerError, code: "ConfigurationError",
		message: "invalid settings: " + strings.Join(faults, "; "),
	}
}
