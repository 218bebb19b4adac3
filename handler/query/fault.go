package query

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A fault is an error as the caller sees it. All of its text is for the
// caller's eyes.
type fault struct {
	status                int
	code, message, target string
	retryAfter            string // seconds; "": the same request will not fare better later
}

func (f *fault) Error() string { return f.message }

// badRequest is a question that cannot be answered, because of target.
func badRequest(code, target, format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, code: code, target: target, message: fmt.Sprintf(format, args...)}
}

// outage is how many seconds a caller is asked to wait for storage.
const outage = "10"

// explain decides what the caller learns of err. What is not the caller's
// fault is logged, with the name of what was asked and never with the values
// that were asked for.
func (h *handler) explain(ctx context.Context, operation string, err error) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	if ctx.Err() != nil {
		return &fault{status: http.StatusServiceUnavailable, code: "Cancelled", message: "the caller has gone"}
	}
	if store.Unavailable(err) {
		h.Log.WarnContext(ctx, "storage does not answer", "operation", operation, "error", err.Error())
		return &fault{status: http.StatusServiceUnavailable, code: "StorageUnavailable",
			message: "storage does not answer at the moment; try again", retryAfter: outage}
	}
	h.Log.ErrorContext(ctx, "query failed", "operation", operation, "error", err.Error())
	return &fault{status: http.StatusInternalServerError, code: "InternalError", message: "internal error"}
}

// response is the fault in the envelope that all errors come in.
func (f *fault) response() response {
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Target  string `json:"target,omitempty"`
	}
	// Three strings can always be encoded.
	answer, _ := jsonResponse(f.status, map[string]body{"error": {f.code, f.message, f.target}})
	if f.retryAfter != "" {
		answer.header = map[string]string{"Retry-After": f.retryAfter}
	}
	return answer
}
