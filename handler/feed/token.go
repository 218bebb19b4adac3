package feed

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const opToken = "get token"

// A renewer is a credential that can request a new token while its cached token
// still looks valid. Those of [NewCredential] can.
type renewer interface {
	Renew(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)
}

// tokens provides the bearer tokens for the API. It asks the credential before
// each request and stores no token: the credential caches them.
type tokens struct {
	credential azcore.TokenCredential
	scope      string
	now        func() time.Time
	renewing   sync.Mutex
}

func (t *tokens) options() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{t.scope}}
}

func (t *tokens) get(ctx context.Context) (string, error) {
	token, err := t.credential.GetToken(ctx, t.options())
	if err != nil {
		return "", tokenError(ctx, err, t.now())
	}
	return token.Token, nil
}

// renew replaces a token that the API rejected. If the API rejects many
// requests with one token, the first to call renew replaces it and the others
// find the new one. A credential that is not a renewer keeps its token.
func (t *tokens) renew(ctx context.Context, rejected string) error {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	current, err := t.get(ctx)
	if err != nil || current != rejected {
		return err
	}
	r, ok := t.credential.(renewer)
	if !ok {
		return nil
	}
	if _, err := r.Renew(ctx, t.options()); err != nil {
		return tokenError(ctx, err, t.now())
	}
	return nil
}

// tokenError converts a credential's error to an [*Error], or returns ctx's
// error if ctx ended. The SDK's error text contains the whole response, so the
// message is built from the response's description instead.
func tokenError(ctx context.Context, err error, now time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if ok && failed.RawResponse != nil {
		return tokenResponseError(failed.RawResponse, now)
	}
	text := withoutResponse(err.Error())
	if isMissingIdentity(err, text) {
		return &Error{Operation: opToken, Class: Configuration, Message: diagnosis{advice: adviceNoIdentity}.message(text)}
	}
	return &Error{Operation: opToken, Class: Transient, Message: clean(text)}
}

// tokenResponseError returns the error of a response from the login endpoint or
// the managed identity's endpoint. Both respond with 400 or 401 if only an
// administrator can help.
func tokenResponseError(resp *http.Response, now time.Time) *Error {
	body, _ := runtime.Payload(resp) // cannot fail: the SDK has read the body
	body = body[:min(len(body), maxErrorBody)]
	e := classify(opToken, resp.StatusCode, body, Configuration)
	if e.Class == Internal || e.Class == Configuration && codes[e.Code].advice == "" {
		_, text := describe(body)
		e.Class = Configuration
		e.Message = diagnosis{advice: adviceNoToken}.message(text)
	}
	e.RetryAfter = retryAfter(resp.Header, now)
	return e
}

// imds is the address of the managed identity endpoint of virtual machines. The
// SDK uses it if Functions provides no endpoint, that is, if the app has no
// identity.
const imds = "169.254.169.254"

// isMissingIdentity reports whether the app has no managed identity, or not the
// requested one. The SDK then returns an error that is marked as not retriable
// and is not an AuthenticationFailedError.
func isMissingIdentity(err error, text string) bool {
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

// withoutResponse cuts the SDK's error text before the part that quotes an
// unreadable response, which may contain a token, or that links to help pages.
func withoutResponse(text string) string {
	for _, mark := range []string{"{", "raw message was", "message bytes were", ". To troubleshoot"} {
		text, _, _ = strings.Cut(text, mark)
	}
	return text
}
