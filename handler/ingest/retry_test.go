package ingest

import (
	"testing"
	"time"
)

func TestNextAttempt(t *testing.T) {
	now := time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	for tries, most := range map[int]time.Duration{
		1: 20 * time.Second, 2: time.Minute, 3: 5 * time.Minute, 4: 10 * time.Minute, 8: 160 * time.Minute, 9: 4 * time.Hour, 1000: 4 * time.Hour,
	} {
		longest := time.Duration(0)
		for range 1000 {
			d := nextAttempt(now, tries, 7*24*time.Hour).Sub(now)
			if d < 0 || d > most {
				t.Fatalf("after %d tries: the next is %v later, want at most %v", tries, d, most)
			}
			longest = max(longest, d)
		}
		if longest < most/2 {
			t.Errorf("after %d tries: never more than %v later, want up to %v", tries, longest, most)
		}
	}
}

func TestNextAttemptBeforeExpiration(t *testing.T) {
	now := time.Date(2026, 3, 18, 12, 0, 0, 0, time.UTC)
	for range 1000 {
		if next := nextAttempt(now, 20, 30*time.Minute); next.After(now.Add(15 * time.Minute)) {
			t.Fatalf("next try at %v, the content expires half an hour after %v", next, now)
		}
	}
}
