package storage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

var (
	// ErrNotFound is returned when what was asked for is not in the store.
	ErrNotFound = errors.New("not found")
	// ErrExists is returned when something that is written once is there already.
	ErrExists = errors.New("exists already")
	// ErrConflict is returned when what was to be changed has changed in the meantime.
	ErrConflict = errors.New("changed by someone else")
	// ErrCorrupt is returned when stored bytes are not what was stored.
	ErrCorrupt = errors.New("corrupt")
)

// Error is storage's refusal, or its silence. Its text is safe to log: it never
// holds what was sent or received, which the SDK's own errors do.
type Error struct {
	Operation string // what was being done: "insert into events202611"
	Status    int    // HTTP status; 0 if there was no answer
	Code      string // storage error code, such as "ServerBusy"; "" if there was none
	Reason    string // why there was no answer

	cause error // what errors.Is may find: a context's error, or one of this package
}

func (e *Error) Error() string {
	text := e.Operation + ": " + e.Reason
	if e.Status != 0 {
		text = fmt.Sprintf("%s: %d %s", e.Operation, e.Status, e.Code)
	}
	return strings.TrimSpace(text)
}

func (e *Error) Unwrap() error { return e.cause }

// Unavailable reports whether err means that storage did not answer, or not
// now: throttled, timed out, a server error, no connection. The same call may
// succeed later.
func Unavailable(err error) bool {
	var e *Error
	if !errors.As(err, &e) || errors.Is(e.cause, context.Canceled) {
		return false
	}
	return Temporary(e.Status, e.Code)
}

// temporary is the one place that decides which refusals pass. Status 0 is no
// answer at all.
func Temporary(status int, code string) bool {
	switch status {
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	// A table or container that was dropped keeps its name for a while.
	return code == "TableBeingDeleted" || code == "ContainerBeingDeleted"
}

// Denied reports whether err means that storage refused the caller: 401 or 403.
func Denied(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden)
}

// BeingDropped reports whether err is the service's refusal to use a table's
// name again so soon after the table was dropped ("Delete Table": for at least
// 40 seconds).
func BeingDropped(err error) bool { return HasCode(err, "TableBeingDeleted") }

// failed makes an SDK error one of ours: what it says of the answer, not the
// answer.
func Failed(operation string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var response *azcore.ResponseError
	if errors.As(err, &response) {
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

func Rejected(operation string, status int, code string) error {
	return &Error{Operation: operation, Status: status, Code: code}
}

// unclear is the error of a write whose answers never said whether it is stored.
func Unclear(operation string) error {
	return &Error{Operation: operation, Reason: "no answer that says it is stored"}
}

// reason is the safe part of an error's text. An url.Error holds the URL and
// with it, perhaps, a signature; a credential's error holds an answer's body
// below its first line.
func reason(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	if len(first) > 200 {
		first = strings.ToValidUTF8(first[:200], "")
	}
	return first
}

// hasCode reports whether err is an answer with one of these storage error codes.
func HasCode(err error, codes ...string) bool {
	code := ""
	var response *azcore.ResponseError
	var e *Error
	switch {
	case errors.As(err, &response):
		code = response.ErrorCode
	case errors.As(err, &e):
		code = e.Code
	}
	for _, c := range codes {
		if c == code {
			return true
		}
	}
	return false
}
