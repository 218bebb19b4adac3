package tenant

import (
	"sync"
	"time"
)

// quota is the API's throttle: one bucket of tokens for the clients that name
// their publisher, and a smaller one that all others share. A minute refills
// either.
type quota struct {
	mu      sync.Mutex
	named   bucket
	unnamed bucket
}

type bucket struct {
	tokens float64
	filled time.Time
}

// take takes a token, if there is one, of a bucket of size perMinute.
func (b *bucket) take(now time.Time, perMinute float64) bool {
	if b.filled.IsZero() {
		b.tokens = perMinute
	}
	if elapsed := now.Sub(b.filled).Minutes(); elapsed > 0 {
		b.tokens = min(b.tokens+elapsed*perMinute, perMinute)
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// admit lets a call pass or throttles it.
func (t *Tenant) admit(c *call) *apiError {
	perMinute := float64(t.config.RequestsPerMinute)
	if perMinute < 0 {
		return nil
	}
	t.quota.mu.Lock()
	defer t.quota.mu.Unlock()
	admitted := false
	if c.publisher == zeroGUID {
		admitted = t.quota.unnamed.take(c.now, perMinute/10)
	} else {
		admitted = t.quota.named.take(c.now, perMinute)
	}
	if !admitted {
		return tooMany(quotaMethod(c.operation), c.publisher)
	}
	return nil
}

// quotaMethod returns the name that a throttled answer has for an operation.
func quotaMethod(op Operation) string {
	switch op {
	case OpAudit:
		return "GetBlob"
	case OpContent:
		return "ListContent"
	case OpStart:
		return "StartSubscription"
	}
	return "GET"
}
