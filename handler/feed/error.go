package feed

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// An Error says why a call of the API failed, or why the login endpoint issued
// no token for it. Every error of this package is an *Error, except that of a
// context that ended, which wraps the context's error.
type Error struct {
	Operation  string        // what was being done, such as "list content"
	Status     int           // HTTP status; 0 without a response
	Code       string        // such as AF20022 or AADSTS7000215; "" if the response has none
	Message    string        // safe for logs and status pages: one line, at most 300 characters, no token, no personal address
	Class      Class         // what the caller can do
	RetryAfter time.Duration // how long to wait before the next attempt; 0 if unknown
}

// A Class says what a caller can do about an [Error].
type Class string

const (
	Transient     Class = "transient"     // the same call may succeed later
	Throttled     Class = "throttled"     // too many requests: wait for RetryAfter
	Configuration Class = "configuration" // an administrator must act; the message says how
	NotSubscribed Class = "subscription"  // the content type has no enabled subscription: start it
	Gone          Class = "gone"          // this content blob cannot be fetched, now or later
	Window        Class = "window"        // the listing cannot continue: restart at the window's start, within LookBack
	TooLarge      Class = "too-large"     // the body exceeds Config.MaxBody and was discarded
	Internal      Class = "internal"      // the request is wrong: a bug in this program
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

// ClassOf returns the class of the [Error] in err's chain, or "" for any other
// error.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}

// maxMessage is the longest Error.Message in characters.
const maxMessage = 300

// Text from outside may contain data that must not reach a log: bearer tokens,
// assertions, secrets that a server echoes, and personal addresses.
var (
	bearer   = regexp.MustCompile(`(?i)\bbearer\s+[\w~+/=.-]{8,}`)
	jwt      = regexp.MustCompile(`\beyJ[\w-]*(\.[\w-]*)*`)
	longWord = regexp.MustCompile(`[\w~-]{48,}`)
	address  = regexp.MustCompile(`[^\s@'"<>:,;()]+(?:@[^\s@'"<>:,;()]+)+`)
)

// clean makes text from outside safe for a log line. It replaces secrets and
// addresses by [removed], replaces unprintable characters by spaces, collapses
// runs of spaces, and cuts the text to maxMessage characters.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	for _, secret := range []*regexp.Regexp{bearer, jwt, longWord, address} {
		s = secret.ReplaceAllString(s, "[removed]")
	}
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxMessage {
		s = string(r[:maxMessage-1]) + "…"
	}
	return s
}
