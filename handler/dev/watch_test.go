package main

import (
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

func TestFailedTicks(t *testing.T) {
	failed := func(n int, code string, fetched int) *store.Run {
		return &store.Run{Started: time.Unix(int64(n), 0), Fetched: fetched, Error: &store.Fault{Code: code, Message: "words"}}
	}
	var f failedTicks
	for n := range 3 * patience {
		fetched := n % 3 // two of three ticks make progress
		if err := f.check(failed(n, "AF50000", fetched)); err != nil {
			t.Fatalf("tick %d: %v", n, err)
		}
	}
	for n := range patience {
		err := f.check(failed(1000+n, "AF429", 0))
		if again := f.check(failed(1000+n, "AF429", 0)); again != nil {
			t.Fatalf("the same tick is counted twice: %v", again)
		}
		if last := n == patience-1; (err != nil) != last {
			t.Errorf("tick %d without progress: %v", n, err)
		}
	}
	if err := (&failedTicks{}).check(failed(1, "AF10001", 5)); err == nil || !strings.Contains(err.Error(), "AF10001: words") {
		t.Errorf("permanent error: %v", err)
	}
	if err := (&failedTicks{}).check(nil); err != nil {
		t.Errorf("before the first tick: %v", err)
	}
}
