package feed

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxBurst     = 16               // requests that may go at once
	longestWait  = time.Minute      // a call never waits longer than this for a pause to end
	longestPause = 15 * time.Minute // however long the API asks: a process does not stand still for a day over one answer
)

// pace holds all requests of a client below a ceiling, and holds them back
// altogether after the API has asked for a pause.
type pace struct {
	limiter *rate.Limiter
	now     func() time.Time
	wait    func(context.Context, time.Duration) error

	mu    sync.Mutex
	until time.Time // the end of the pause
}

// newPace allows perMinute requests in any minute. The burst is paid for by
// the rate, so that burst and refill together stay below the ceiling.
func newPace(perMinute int, now func() time.Time, wait func(context.Context, time.Duration) error) *pace {
	burst := min(max(perMinute/10, 1), maxBurst)
	interval := time.Minute/time.Duration(perMinute-burst+1) + time.Microsecond // the limiter rounds down
	return &pace{limiter: rate.NewLimiter(rate.Every(interval), burst), now: now, wait: wait}
}

// admit returns when the next request may be sent. A pause that lasts too long
// to be waited for is returned as an *Error of class Throttled, at once: the
// API was told enough.
func (p *pace) admit(ctx context.Context, operation string) error {
	now := p.now()
	if d := p.limiter.ReserveN(now, 1).DelayFrom(now); d > 0 {
		if err := p.wait(ctx, d); err != nil {
			return err
		}
	}
	return p.sitOut(ctx, operation)
}

// sitOut waits until the pause is over, and any that began meanwhile.
func (p *pace) sitOut(ctx context.Context, operation string) error {
	from := p.now()
	for {
		left := p.pausedUntil().Sub(from)
		if left <= 0 {
			return nil
		}
		if left > longestWait {
			return &Error{Operation: operation, Class: Throttled, RetryAfter: left,
				Message: "not sent: the API asked for a pause that is not over"}
		}
		if err := p.wait(ctx, left); err != nil {
			return err
		}
		from = from.Add(left)
	}
}

// pause holds all requests back for d from now on, or longer if a pause that
// is on is longer.
func (p *pace) pause(d time.Duration) {
	until := p.now().Add(min(d, longestPause))
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

func (p *pace) pausedUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// sleep returns after d, or with ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
