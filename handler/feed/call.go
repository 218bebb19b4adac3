package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

const (
	maxFailures  = 2 // retries after a transient error
	maxThrottled = 3 // retries after throttling

	// The wait before the first retry is random, up to retryBase. The limit
	// doubles with each further retry, up to retryCap.
	retryBase = time.Second
	retryCap  = 8 * time.Second

	// patience limits the time that a call's requests may take together before
	// it stops retrying. If the API hangs, the caller may have something better
	// to do.
	patience = 30 * time.Second

	// throttledBase is the longest first backoff after throttling without a
	// Retry-After. The documentation names none; the quota is counted by the
	// minute.
	throttledBase = 30 * time.Second
)

// A request is what a call sends to the API, once per attempt.
type request struct {
	operation string
	method    string
	url       *url.URL
	body      []byte
	notFound  Class              // class of a 404 that gives no reason
	accept    func([]byte) error // checks the body of a 200; an error makes the attempt a transient error
	coolsDown bool               // throttling means that StartInterval is not over, not that the tenant's quota is used up
}

// A response is a 200 with an accepted body.
type response struct {
	header http.Header
	body   []byte
}

// A call is a request and the history of its attempts.
type call struct {
	request
	token     string        // sent with the last attempt; "" if that had no token
	renewed   bool          // whether the token has been renewed
	failures  int           // retries after transient errors
	throttled int           // retries after throttling
	spent     time.Duration // in requests, without the waits between them
}

// do sends r until an attempt succeeds or a retry cannot help. Its error is an
// *Error, or wraps ctx's error if ctx ended.
func (c *Client) do(ctx context.Context, r request) (response, error) {
	k := &call{request: r}
	for {
		resp, err := c.attempt(ctx, k)
		if err == nil {
			return resp, nil
		}
		if err := c.prepareRetry(ctx, k, err); err != nil {
			return response{}, callError(ctx, r.operation, err)
		}
	}
}

// callError returns the error of a call whose last attempt ended with err. A
// request whose context ends fails with what looks like a transient error; the
// context's error is the real reason.
func callError(ctx context.Context, operation string, err error) error {
	class := ClassOf(err)
	if ctx.Err() != nil && (class == "" || class == Transient) {
		err = ctx.Err()
	}
	if ClassOf(err) != "" {
		return err
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// attempt sends the request once.
func (c *Client) attempt(ctx context.Context, k *call) (response, error) {
	k.token = ""
	if err := c.pace.admit(ctx, k.operation); err != nil {
		return response{}, err
	}
	token, err := c.tokens.get(ctx)
	if err != nil {
		return response{}, err
	}
	k.token = token
	started := c.now()
	defer func() { k.spent += c.now().Sub(started) }()
	return c.send(ctx, k.request, token)
}

// prepareRetry returns nil if the call may make another attempt after err: it
// renews the token, starts a backoff, or waits. Otherwise it returns an error
// that ends the call.
func (c *Client) prepareRetry(ctx context.Context, k *call, err error) error {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok || ctx.Err() != nil:
		return err
	case canRenewToken(k, e):
		k.renewed = true
		return c.tokens.renew(ctx, k.token)
	case e.Class == Throttled:
		return c.retryThrottled(k, e)
	case e.Class == Transient:
		return c.retryTransient(ctx, k, e)
	}
	return err
}

// canRenewToken reports whether the API rejected the token and the call has not
// renewed it yet. A change of keys or roles can end a token before it expires.
func canRenewToken(k *call, e *Error) bool {
	return e.Status == http.StatusUnauthorized && e.Class == Configuration && k.token != "" && !k.renewed
}

// retryThrottled makes the whole client back off, because the quota belongs to
// the tenant and not to the request. The next attempt waits for the end of the
// backoff like all others.
func (c *Client) retryThrottled(k *call, e *Error) error {
	if k.coolsDown {
		e.RetryAfter = cmp.Or(e.RetryAfter, StartInterval)
		return e
	}
	if e.Status == 0 {
		return e // not sent: the client is backing off already, for too long to wait
	}
	e.RetryAfter = cmp.Or(e.RetryAfter, throttledDelay(k.throttled))
	c.pace.backOff(e.RetryAfter)
	c.log.Info("management API throttles", "operation", k.operation, "backoff", e.RetryAfter)
	if e.RetryAfter > longestWait || k.throttled == maxThrottled {
		return e
	}
	k.throttled++
	return nil
}

// throttledDelay returns the backoff before retry n, counted from 0, with
// jitter: 15 to 30 s for the first retry, then 30 to 60 s.
func throttledDelay(n int) time.Duration {
	most := min(throttledBase<<n, longestWait)
	return most/2 + rand.N(most/2)
}

// retryTransient waits a few seconds at most, or for the Retry-After of the
// response. It returns e after the last attempt, or if Retry-After is too long
// to wait for.
func (c *Client) retryTransient(ctx context.Context, k *call, e *Error) error {
	if k.failures == maxFailures || k.spent > patience || e.RetryAfter > longestWait {
		return e
	}
	delay := max(rand.N(min(retryBase<<k.failures, retryCap)), e.RetryAfter)
	k.failures++
	return c.pace.wait(ctx, delay)
}
