package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Sentinel errors of the store and its packages. Test for them with [errors.Is].
var (
	// ErrNotFound means that the store does not hold what was asked for.
	ErrNotFound = errors.New("not found")
	// ErrExists means that a write-once object is already stored.
	ErrExists = errors.New("already exists")
	// ErrConflict means that another writer has changed what the caller read.
	ErrConflict = errors.New("changed by another writer")
	// ErrCorrupt means that stored bytes are not what was written.
	ErrCorrupt = errors.New("corrupt")
)

// Error is a response that rejects a request, or the lack of a response. Its text
// is safe to log: unlike an SDK error, it never holds what was sent or received.
type Error struct {
	Operation string // what was being done: "write events202611"
	Status    int    // HTTP status; 0: no response arrived
	Code      string // storage error code, such as "ServerBusy"; may be empty
	Reason    string // why no response arrived

	cause error // a context's error, for errors.Is
}

func (e *Error) Error() string {
	text := e.Operation + ": " + e.Reason
	if e.Status != 0 {
		text = fmt.Sprintf("%s: %d %s", e.Operation, e.Status, e.Code)
	}
	return strings.TrimSpace(text)
}

func (e *Error) Unwrap() error { return e.cause }

// Unavailable reports whether err means that storage did not respond, or not
// now: throttling, a timeout, a server error, no connection. The same call may
// succeed later.
func Unavailable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !errors.Is(e.cause, context.Canceled) && Temporary(e.Status, e.Code)
}

// Temporary reports whether a response with this status and error code may be
// followed by a success. Status 0 means that no response arrived.
//
// The packages of the store decide by this function whether to send a transaction
// again. The SDK also retries single requests, by a policy of its own, before this
// function sees their response.
func Temporary(status int, code string) bool {
	switch status {
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	// The service keeps the name of a dropped table or container for a while.
	return code == "TableBeingDeleted" || code == "ContainerBeingDeleted"
}

// Denied reports whether err means that storage rejected the caller's identity:
// 401 or 403.
func Denied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// BeingDropped reports whether err means that a dropped table's name cannot be
// reused yet. The service keeps it for at least 40 seconds ("Delete Table").
func BeingDropped(err error) bool { return HasCode(err, "TableBeingDeleted") }

// Failed turns an SDK error into an *Error. It keeps the status and the code of
// a response and drops its text. It returns nil for nil, and an error that holds
// an *Error unchanged.
func Failed(operation string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if response, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return Rejected(operation, response.StatusCode, response.ErrorCode)
	}
	e := &Error{Operation: operation, Reason: reason(err)}
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			e.cause = cause
		}
	}
	return e
}

// Rejected returns the error of a response with this status and code.
func Rejected(operation string, status int, code string) error {
	return &Error{Operation: operation, Status: status, Code: code}
}

// Unclear returns the error of a write of which no response said whether it was
// applied.
func Unclear(operation string) error {
	return &Error{Operation: operation, Reason: "no response says whether it was applied"}
}

// reason returns the part of an error's text that is safe to log. A url.Error
// holds the URL, which may hold a signature. A credential's error holds a
// response body after its first line.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if len(first) > 200 {
		first = strings.ToValidUTF8(first[:200], "")
	}
	return first
}

// HasCode reports whether err is a response with one of these storage error codes.
func HasCode[C ~string](err error, codes ...C) bool {
	if response, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return slices.Contains(codes, C(response.ErrorCode))
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return slices.Contains(codes, C(e.Code))
	}
	return false
}
