package feed

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

const (
	maxFailures  = 2 // further tries after a transient failure
	maxThrottled = 3 // further tries after a throttled one

	retryBase = time.Second
	retryCap  = 8 * time.Second

	// patience is how long a call's requests may take together for it to send
	// another. What the API hangs on is left to the caller, who may have
	// something better to do meanwhile.
	patience = 30 * time.Second

	// The documentation names no time after which a throttled caller is
	// welcome again; the quota is counted by the minute.
	throttledBase = 30 * time.Second

	// A start request is allowed once in 15 minutes.
	coolDown = 15 * time.Minute
)

// mend does what can be done about a failed attempt, and returns nil if the
// request may be sent again. It returns failure if it may not.
func (c *Client) mend(ctx context.Context, k *call, failure error) error {
	e, ok := errors.AsType[*Error](failure)
	switch {
	case !ok || ctx.Err() != nil:
		return failure
	case refused(k, e):
		k.renewed = true
		return c.tokens.renew(ctx, k.token)
	case e.Class == Throttled:
		return c.backOff(k, e)
	case e.Class == Transient:
		return c.tryLater(ctx, k, e)
	}
	return failure
}

// refused reports whether the API refused the token and a new one has not been
// tried yet. A token may die before its time, by a change of keys or roles.
func refused(k *call, e *Error) bool {
	return e.Status == http.StatusUnauthorized && e.Class == Configuration && k.token != "" && !k.renewed
}

// backOff pauses the whole client, since the quota is the tenant's and not the
// request's. The next attempt waits for the end of the pause like all others.
func (c *Client) backOff(k *call, e *Error) error {
	if k.coolsDown {
		e.RetryAfter = or(e.RetryAfter, coolDown)
		return e
	}
	if e.Status == 0 {
		return e // never sent: the pause is on, and too long to wait for
	}
	e.RetryAfter = or(e.RetryAfter, throttledDelay(k.throttled))
	c.pace.pause(e.RetryAfter)
	c.log.Info("management API asks for a pause", "operation", k.operation, "pause", e.RetryAfter)
	if e.RetryAfter > longestWait || k.throttled == maxThrottled {
		return e
	}
	k.throttled++
	return nil
}

// throttledDelay is 15 to 30 s, then 30 to 60 s.
func throttledDelay(n int) time.Duration {
	most := min(throttledBase<<n, longestWait)
	return most/2 + rand.N(most/2)
}

// tryLater waits a little. It gives up on a server that asks for much time.
func (c *Client) tryLater(ctx context.Context, k *call, e *Error) error {
	if k.failures == maxFailures || k.spent > patience || e.RetryAfter > longestWait {
		return e
	}
	delay := max(rand.N(min(retryBase<<k.failures, retryCap)), e.RetryAfter)
	k.failures++
	return c.pace.wait(ctx, delay)
}
