package feed

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxBurst       = 16               // requests sent at once
	longestWait    = time.Minute      // the longest backoff that a call waits for
	longestBackoff = 15 * time.Minute // however long the API asks for: one bad response must not stop a process for a day
)

// A pace keeps all requests of a client below a ceiling, and holds them back
// while the client backs off.
type pace struct {
	limiter *rate.Limiter
	now     func() time.Time
	wait    func(context.Context, time.Duration) error

	mu    sync.Mutex
	until time.Time // end of the backoff
}

// newPace returns a pace that allows perMinute requests in any minute, burst
// included.
func newPace(perMinute int, now func() time.Time, wait func(context.Context, time.Duration) error) *pace {
	burst := min(max(perMinute/10, 1), maxBurst)
	interval := time.Minute/time.Duration(perMinute-burst+1) + time.Microsecond // the limiter rounds down
	return &pace{limiter: rate.NewLimiter(rate.Every(interval), burst), now: now, wait: wait}
}

// admit waits until the next request may be sent. If the client must back off
// for longer than longestWait, admit returns a Throttled *Error at once instead
// of waiting.
func (p *pace) admit(ctx context.Context, operation string) error {
	now := p.now()
	d := p.limiter.ReserveN(now, 1).DelayFrom(now)
	if d > 0 {
		if err := p.wait(ctx, d); err != nil {
			return err
		}
	}
	return p.awaitBackoff(ctx, operation)
}

// awaitBackoff waits for the end of the backoff, and of any backoff that
// another call starts during the wait.
func (p *pace) awaitBackoff(ctx context.Context, operation string) error {
	from := p.now()
	for {
		left := p.backoffEnd().Sub(from)
		if left <= 0 {
			return nil
		}
		if left > longestWait {
			return &Error{Operation: operation, Class: Throttled, RetryAfter: left,
				Message: "not sent: the API has throttled the client, and the backoff is not over"}
		}
		if err := p.wait(ctx, left); err != nil {
			return err
		}
		from = from.Add(left)
	}
}

// backOff holds all requests back for d from now on. A backoff that ends later
// stays in force.
func (p *pace) backOff(d time.Duration) {
	until := p.now().Add(min(d, longestBackoff))
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

func (p *pace) backoffEnd() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}
