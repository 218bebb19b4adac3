package feed

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const opToken = "get token"

// tokenError makes of a credential's error an [*Error], or ctx's error if that
// is why there is no token. The SDK's own text holds the whole answer, so only
// the answer's description is taken from it.
func tokenError(ctx context.Context, err error, now time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if ok && failed.RawResponse != nil {
		return refusedToken(failed.RawResponse, now)
	}
	text := withoutAnswer(err.Error())
	if noIdentity(err, text) {
		return &Error{Operation: opToken, Class: Configuration, Message: verdict{advice: adviceNoIdentity}.message(text)}
	}
	return &Error{Operation: opToken, Class: Transient, Message: clean(text)}
}

// imds answers for managed identities on virtual machines. The SDK turns to it
// where Functions offers no endpoint, so where no identity is turned on.
const imds = "169.254.169.254"

// noIdentity reports whether there is no managed identity here, or not the one
// asked for. The SDK says so by an error that is not to be tried again and is
// no failed authentication.
func noIdentity(err error, text string) bool {
	if strings.Contains(text, imds) {
		return true
	}
	_, failed := errors.AsType[*azidentity.AuthenticationFailedError](err)
	_, final := errors.AsType[interface {
		error
		NonRetriable()
	}](err)
	return final && !failed
}

// withoutAnswer cuts the SDK's text where it goes on to quote an answer that
// it could not read, which may hold a token, or where to find help.
func withoutAnswer(text string) string {
	for _, mark := range []string{"{", "raw message was", "message bytes were", ". To troubleshoot"} {
		text, _, _ = strings.Cut(text, mark)
	}
	return text
}

// refusedToken reads the answer of the login endpoint, or of the managed
// identity's. Either answers 400 or 401 to what only an administrator can mend.
func refusedToken(resp *http.Response, now time.Time) *Error {
	body, _ := runtime.Payload(resp) // the SDK holds it whole
	body = body[:min(len(body), maxErrorBody)]
	e := classify(opToken, resp.StatusCode, body, Configuration)
	if e.Class == Internal || e.Class == Configuration && codes[e.Code].advice == "" {
		_, text := describe(body)
		e.Class = Configuration
		e.Message = verdict{advice: "no token is given: check tenant, client id and credential, or the managed identity"}.message(text)
	}
	e.RetryAfter = retryAfter(resp.Header, now)
	return e
}
