package ingest

import (
	"testing"
	"time"
)

// The first three attempts lie within minutes, later ones within hours.
func TestNextAttempt(t *testing.T) {
	now := time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	for attempts, most := range map[int]time.Duration{
		1: 20 * time.Second, 2: time.Minute, 3: 5 * time.Minute, 4: 10 * time.Minute, 8: 160 * time.Minute, 9: 4 * time.Hour, 1000: 4 * time.Hour,
	} {
		longest := time.Duration(0)
		for range 1000 {
			d := nextAttempt(now, attempts, 7*24*time.Hour).Sub(now)
			if d < 0 || d > most {
				t.Fatalf("after %d attempts: the next is %v later, want at most %v", attempts, d, most)
			}
			longest = max(longest, d)
		}
		if longest < most/2 {
			t.Errorf("after %d attempts: never more than %v later, want up to %v", attempts, longest, most)
		}
	}
}

func TestNextAttemptBeforeExpiration(t *testing.T) {
	now := time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	for range 1000 {
		if next := nextAttempt(now, 20, 30*time.Minute); next.After(now.Add(15 * time.Minute)) {
			t.Fatalf("next attempt at %v, the content blob expires half an hour after %v", next, now)
		}
	}
}
