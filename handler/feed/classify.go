package feed

import (
	"net/http"
	"regexp"
	"strings"
)

var (
	codePattern      = regexp.MustCompile(`\b(?:AF\d{3,5}|AADSTS\d{4,9})\b`)
	throttledPattern = regexp.MustCompile(`(?i)too many request|\bAF429\b`)
)

// classify reads an error out of an answer's status and body, whatever the
// body is: the documented envelope, the same in single quotes, ASP.NET's
// Message, a page of HTML, other text, nothing. notFound is the class of a 404
// that names no reason.
//
// Throttling is looked for first: the API reports it as a 403 too, which would
// otherwise read as a missing permission.
func classify(operation string, status int, body []byte, notFound Class) *Error {
	code, text := describe(body)
	v := judge(status, code, body, notFound)
	return &Error{Operation: operation, Status: status, Code: code, Message: v.message(text), Class: v.class}
}

func judge(status int, code string, body []byte, notFound Class) verdict {
	if status == http.StatusTooManyRequests || throttledPattern.Match(body) {
		return verdict{Throttled, ""}
	}
	if auditingOff(body) {
		return verdict{Configuration, adviceAuditingOff}
	}
	if v, known := codes[code]; known {
		return v
	}
	if strings.HasPrefix(code, "AF5") {
		return verdict{Transient, ""} // the family of internal errors, documented in part only
	}
	return judgeStatus(status, notFound)
}

func auditingOff(body []byte) bool {
	s := string(body)
	return strings.Contains(s, "DataServiceException") && strings.Contains(s, "does not exist")
}

// judgeStatus is for an answer without a code that we know. One below 300 is a
// success that was no success: the next may be better.
func judgeStatus(status int, notFound Class) verdict {
	switch {
	case status == http.StatusUnauthorized:
		return verdict{Configuration, adviceUnauthorised}
	case status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return verdict{Configuration, adviceForbidden}
	case status == http.StatusNotFound && notFound == Configuration:
		return verdict{Configuration, adviceNotFound}
	case status == http.StatusNotFound, status == http.StatusGone:
		return verdict{notFound, ""}
	case status >= 300 && status < 400:
		return verdict{Transient, "a redirect, which is not followed"}
	case status == http.StatusRequestTimeout, status >= 500, status < 300:
		return verdict{Transient, ""}
	}
	return verdict{Internal, ""}
}

// message is the advice, if any, and what the answer said.
func (v verdict) message(text string) string {
	text = clean(text)
	switch {
	case v.advice == "" && text == "":
		return "the answer gives no reason"
	case v.advice == "":
		return text
	case text == "":
		return v.advice
	}
	return clean(v.advice + " (answer: " + text + ")")
}
