package clock

import (
	"context"
	"time"
)

// Limits on how far a clock may be off.
const (
	// Tolerance is the skew below which the two clocks count as equal. The
	// Date header has whole seconds and arrives late.
	Tolerance = time.Minute
	// MaxLag is how far our clock may lag behind the API's before a search by
	// our clock would miss content blobs of a new month.
	MaxLag = 7 * 24 * time.Hour
	// MaxLead is how far in our future a notification may place a content
	// blob. It allows for skew, and keeps forged notifications out of months
	// that are still to come.
	MaxLead = time.Hour
)

// Pair is our clock and what is known of the API's. The zero value is not
// usable; make one with New.
//
// Use API for what the API judges (windows to list), Until for a deadline that
// the API sets (expiration), Earlier for a decision that loses something if it
// is made too soon (retention, how far back to look), and Ours for all else:
// retries, budgets, records of what happened.
type Pair struct {
	now  func() time.Time
	skew func() time.Duration
}

// New returns the pair of our clock, now, and the API's, which is ahead of it
// by skew. A nil now means time.Now; a nil skew means that the clocks agree.
func New(now func() time.Time, skew func() time.Duration) Pair {
	if now == nil {
		now = time.Now
	}
	if skew == nil {
		skew = func() time.Duration { return 0 }
	}
	return Pair{now, skew}
}

// IsZero reports whether p was not made by New.
func (p Pair) IsZero() bool { return p.now == nil }

// Ours returns the time by our clock.
func (p Pair) Ours() time.Time { return p.now() }

// API returns the time by the API's clock, or by ours if the two differ by no
// more than Tolerance. The API rejects a window that lies outside of what it
// takes for now, and a window that ends in its future would be listed too
// early: what is published there later would never be looked for.
func (p Pair) API() time.Time {
	now, skew := p.now(), p.skew()
	if skew.Abs() <= Tolerance {
		return now
	}
	return now.Add(skew)
}

// Earlier returns the time by the clock that is behind. If either clock is
// ahead of the truth, data whose age is judged by this time is kept for longer
// rather than given up too soon.
func (p Pair) Earlier() time.Time { return p.now().Add(min(0, p.skew())) }

// Until returns how long it is, by the API's clock, until t; negative if t has
// passed there.
func (p Pair) Until(t time.Time) time.Duration { return t.Sub(p.now().Add(p.skew())) }

// Sleep returns after d. It returns ctx's error, and at once, if ctx ends
// first or has ended already.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
