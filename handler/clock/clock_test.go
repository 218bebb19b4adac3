package clock_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
)

var ours = time.Date(2026, 3, 18, 14, 30, 0, 0, time.UTC)

func pair(skew time.Duration) clock.Pair {
	return clock.New(func() time.Time { return ours }, func() time.Duration { return skew })
}

func TestPair(t *testing.T) {
	expiration := ours.Add(2 * time.Hour)
	for _, test := range []struct {
		skew         time.Duration
		api, earlier time.Duration // from ours
	}{
		{0, 0, 0},
		{50 * time.Second, 0, 0},
		{-50 * time.Second, 0, -50 * time.Second},
		{time.Minute, 0, 0},
		{time.Hour, time.Hour, 0},
		{-time.Hour, -time.Hour, -time.Hour},
	} {
		p := pair(test.skew)
		if got := p.Ours(); !got.Equal(ours) {
			t.Errorf("skew %v: ours is %v", test.skew, got)
		}
		if got := p.API().Sub(ours); got != test.api {
			t.Errorf("skew %v: the API's is %v later, want %v", test.skew, got, test.api)
		}
		if got := p.Earlier().Sub(ours); got != test.earlier {
			t.Errorf("skew %v: the earlier is %v later, want %v", test.skew, got, test.earlier)
		}
		if got, want := p.Until(expiration), 2*time.Hour-test.skew; got != want {
			t.Errorf("skew %v: %v until the expiration, want %v", test.skew, got, want)
		}
	}
}

func TestNewDefaults(t *testing.T) {
	p := clock.New(nil, nil)
	if p.IsZero() || !(clock.Pair{}).IsZero() {
		t.Error("IsZero does not tell a Pair of New from the zero value")
	}
	if d := time.Since(p.API()).Abs(); d > time.Minute {
		t.Errorf("the API's clock is off by %v without a skew", d)
	}
}

func TestSleep(t *testing.T) {
	t.Run("returns after the duration", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			if err := clock.Sleep(t.Context(), time.Hour); err != nil || time.Since(began) != time.Hour {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
	t.Run("returns when the context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	})
	t.Run("reports a context that had ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 100 {
			if err := clock.Sleep(ctx, 0); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
	})
}

// The API's clock is six hours behind ours.
func ExamplePair() {
	ours := time.Date(2026, 3, 18, 14, 30, 0, 0, time.UTC)
	p := clock.New(func() time.Time { return ours }, func() time.Duration { return -6 * time.Hour })
	fmt.Println("retry at", p.Ours().Add(time.Minute).Format(time.TimeOnly))
	fmt.Println("list until", p.API().Format(time.TimeOnly))
	fmt.Println("keep events since", p.Earlier().AddDate(0, -1, 0).Format(time.DateTime))
	fmt.Println("left until it expires:", p.Until(ours.Add(time.Hour)))
	// Output:
	// retry at 14:31:00
	// list until 08:30:00
	// keep events since 2026-02-18 08:30:00
	// left until it expires: 7h0m0s
}
