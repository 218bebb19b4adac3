package ingest

import (
	"math/rand/v2"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The schedule of retries. Whether an attempt is retried at all is decided in
// outcome.go.
const (
	// earlyAttempts are made within minutes, because most errors last for a
	// moment. Later ones are up to longestBackoff apart.
	earlyAttempts  = 3
	longestBackoff = 4 * time.Hour
	// lastChance is how long before its expiration an entry is attempted at
	// the latest. From then on each wait is at most half of the remaining time.
	lastChance = 15 * time.Minute
)

// isEarlyRetry reports whether an entry's next attempt belongs to the drain in
// which the last one failed.
func isEarlyRetry(e ledger.Entry) bool { return e.Tries > 0 && e.Tries < earlyAttempts }

// nextAttempt returns when to try again after the given number of attempts. It
// is a random moment within the backoff (full jitter), so that entries that
// failed together are not retried together, but no later than lastChance
// before the expiration. left is the time until the expiration. If it is less than
// lastChance, the next attempt is within half of it.
func nextAttempt(now time.Time, attempts int, left time.Duration) time.Time {
	delay := time.Duration(rand.Float64() * float64(backoff(attempts)))
	longest := left - lastChance
	if left <= lastChance {
		longest = left / 2
	}
	if longest > 0 {
		delay = min(delay, longest)
	}
	return now.Add(delay)
}

// backoff returns the longest delay after the given number of failed attempts.
func backoff(attempts int) time.Duration {
	switch attempts {
	case 1:
		return 20 * time.Second
	case 2:
		return time.Minute
	}
	return min(longestBackoff, 5*time.Minute<<min(attempts-earlyAttempts, 10))
}
