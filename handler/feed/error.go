package feed

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// An Error is what became of a call that the API, or the login endpoint before
// it, did not answer as it should. Every error of this package is one, but for
// those of a context that ended, which wrap the context's error.
type Error struct {
	Operation  string        // what was being done, such as "list content"
	Status     int           // HTTP status; 0 if no answer came
	Code       string        // such as AF20022 or AADSTS7000215; "" if the answer had none
	Message    string        // safe for logs and status pages: one line, at most 300 characters, no token, no address of a person
	Class      Class         // what it means to the caller
	RetryAfter time.Duration // how long the API wants to be left alone; 0 if it did not say
}

// A Class says what a caller can do about an [Error].
type Class string

const (
	Transient     Class = "transient"     // nobody's fault: the same call may succeed later
	Throttled     Class = "throttled"     // too many requests: not before RetryAfter
	Configuration Class = "configuration" // an administrator has to act; the message says how
	NotSubscribed Class = "subscription"  // there is no enabled subscription for the content type: start it
	Gone          Class = "gone"          // this content cannot be fetched, now or later
	Window        Class = "window"        // the listing cannot go on: list from the window's start again, within the last 7 days
	TooLarge      Class = "too-large"     // the body is larger than Config.MaxBody and was not taken
	Internal      Class = "internal"      // the request itself is wrong: a bug of ours
)

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	b.WriteString(":")
	if e.Status != 0 {
		fmt.Fprintf(&b, " HTTP %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Status != 0 || e.Code != "" {
		b.WriteString(":")
	}
	b.WriteString(" " + e.Message)
	return b.String()
}

// ClassOf returns the class of the [Error] in err's chain, and "" if there is
// none.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}
