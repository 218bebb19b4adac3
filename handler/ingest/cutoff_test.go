package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// cutFor answers with half a body so many times.
func cutFor(times int) func(try int) ([]byte, error) {
	return func(try int) ([]byte, error) {
		whole, err := body(record(1))(try)
		if try <= times {
			return whole[:len(whole)/2], nil
		}
		return whole, err
	}
}

// drainFor drains every five minutes until the content is no longer pending,
// and returns for how long it was.
func (b *bench) drainFor(t *testing.T, c audit.Content) time.Duration {
	t.Helper()
	began := b.clock.Now()
	for b.entry(t, c).State == store.Pending {
		b.drain(t)
		b.clock.Advance(5 * time.Minute)
	}
	return b.clock.Now().Sub(began)
}

func TestABodyThatIsCutOffIsAskedForUntilItIsWhole(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("cut", time.Hour), cutFor(6))
	took := b.drainFor(t, c)
	if e := b.entry(t, c); e.State != store.Done || e.Rows != 1 || len(b.asked) != 7 {
		t.Errorf("%d tries, entry %+v", len(b.asked), e)
	}
	if took < 5*time.Minute {
		t.Errorf("seven tries within %v", took)
	}
}

func TestABodyThatIsCutOffForEverIsKeptAsItIs(t *testing.T) {
	for name, age := range map[string]time.Duration{
		"a new content":              time.Hour,
		"a content that expires now": 7*24*time.Hour - 10*time.Minute,
		"an expired content":         8 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.add(t, b.content("cut", age), cutFor(1000))
			if took := b.drainFor(t, c); took > 12*time.Hour {
				t.Errorf("pending for %v", took)
			}
			if e := b.entry(t, c); e.State != store.Unreadable || !strings.Contains(e.Error, "cut off") {
				t.Errorf("entry %+v", e)
			}
			half, _ := cutFor(1000)(1)
			if raw, err := b.Store.Raw(t.Context(), c); err != nil || string(raw) != string(half) {
				t.Errorf("kept %q, %v", raw, err)
			}
		})
	}
}
