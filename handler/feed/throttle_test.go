package feed_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/feed"
)

const throttledBody = `{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob, PublisherId=` + publisher + `'}}`

func TestThrottledRetryAfter(t *testing.T) {
	k := &clock{now: windowStart}
	date := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", windowStart.Add(time.Hour).Format(http.TimeFormat))
		retryAfter(429, windowStart.Add(time.Hour+45*time.Second).Format(http.TimeFormat), "")(w, r)
	}
	s := newServer(t, sequence(retryAfter(403, "30", throttledBody), date, reply(200, "[]")))
	if got, err := s.client(feed.Config{Now: k.Now, Wait: k.Wait}).Content(t.Context(), "id"); err != nil || string(got) != "[]" {
		t.Fatalf("got %q, %v", got, err)
	}
	if diff := cmp.Diff([]time.Duration{30 * time.Second, 45 * time.Second}, k.waited()); diff != "" {
		t.Error(diff)
	}
}

func TestThrottledBackoffGrows(t *testing.T) {
	k := &clock{now: windowStart}
	s := newServer(t, reply(403, throttledBody))
	_, err := s.client(feed.Config{Now: k.Now, Wait: k.Wait}).Content(t.Context(), "id")
	e := want(t, err, feed.Throttled, "AF429")
	waits := append(k.waited(), e.RetryAfter)
	if len(waits) != 4 || len(s.sent()) != 4 {
		t.Fatalf("waited %v, sent %d requests; want 3 waits and a RetryAfter, 4 requests", waits, len(s.sent()))
	}
	for i, least := range []time.Duration{15 * time.Second, 30 * time.Second, 30 * time.Second, 30 * time.Second} {
		if waits[i] < least || waits[i] > 2*least {
			t.Errorf("backoff %d is %s, want %s to %s", i+1, waits[i], least, 2*least)
		}
	}
}

// A long backoff is left to the caller, and nothing is sent until it is over.
func TestThrottledLongBackoff(t *testing.T) {
	k := &clock{now: windowStart}
	s := newServer(t, sequence(retryAfter(429, "300", ""), reply(200, "[]")))
	var log bytes.Buffer
	c := s.client(feed.Config{Now: k.Now, Wait: k.Wait, Log: slog.New(slog.NewTextHandler(&log, nil))})
	status := 429
	for _, left := range []time.Duration{300 * time.Second, 200 * time.Second, 100 * time.Second} {
		_, err := c.Content(t.Context(), "id")
		if e := want(t, err, feed.Throttled, ""); e.RetryAfter != left || e.Status != status {
			t.Errorf("%v, RetryAfter %s; want status %d, %s", e, e.RetryAfter, status, left)
		}
		status = 0 // not sent
		k.now = k.now.Add(100 * time.Second)
	}
	if n := len(s.sent()); n != 1 || c.Requests() != 1 || len(k.waited()) != 0 {
		t.Errorf("%d requests, waits %v; want 1 and none", n, k.waited())
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("the backoff is logged %d times:\n%s", lines, log.String())
	}
	if _, err := c.Content(t.Context(), "id"); err != nil {
		t.Errorf("after the backoff: %v", err)
	}
}

// After one request is throttled, requests that start during the backoff wait
// too.
func TestThrottledClientBacksOff(t *testing.T) {
	waiting, over := make(chan time.Duration), make(chan struct{})
	wait := func(ctx context.Context, d time.Duration) error {
		waiting <- d
		<-over
		return ctx.Err()
	}
	now := func() time.Time { return windowStart }
	s := newServer(t, sequence(retryAfter(429, "30", ""), reply(200, "[]")))
	c := s.client(feed.Config{Now: now, Wait: wait})
	var g errgroup.Group
	fetch := func() error { _, err := c.Content(t.Context(), "id"); return err }
	for n := range 4 {
		g.Go(fetch)
		if d := <-waiting; d != 30*time.Second {
			t.Errorf("request %d waits %s, want 30 s", n+1, d)
		}
	}
	if n := len(s.sent()); n != 1 {
		t.Errorf("%d requests sent by the end of the backoff, want the 1 before it", n)
	}
	close(over)
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if n := len(s.sent()); n != 5 {
		t.Errorf("%d requests in all, want 5", n)
	}
}

// Throttling of a start is its own cool-down and holds back no other call.
func TestThrottledStart(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			reply(403, throttledBody)(w, r)
			return
		}
		reply(200, "[]")(w, r)
	})
	k := &clock{now: windowStart}
	c := s.client(feed.Config{Now: k.Now, Wait: k.Wait})
	e := want(t, c.Start(t.Context(), "Audit.General", nil), feed.Throttled, "AF429")
	if e.RetryAfter != 15*time.Minute {
		t.Errorf("RetryAfter %s, want 15 min", e.RetryAfter)
	}
	if _, err := c.Subscriptions(t.Context()); err != nil || len(k.waited()) != 0 {
		t.Errorf("the next call: %v, after waits %v", err, k.waited())
	}
}

// No minute has more requests than the ceiling, burst included.
func TestRequestCeiling(t *testing.T) {
	for _, ceiling := range []int{1, 2, 10, 60, 600} {
		k := &clock{now: windowStart}
		var times []time.Time
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			times = append(times, k.Now())
			reply(200, "[]")(w, r)
		})
		c := s.client(feed.Config{RequestsPerMinute: ceiling, Now: k.Now, Wait: k.Wait})
		for range 2*ceiling + 40 {
			if _, err := c.Content(t.Context(), "id"); err != nil {
				t.Fatal(err)
			}
		}
		for i, j := 0, 0; i < len(times); i++ {
			for times[i].Sub(times[j]) >= time.Minute {
				j++
			}
			if i-j+1 > ceiling {
				t.Fatalf("ceiling %d: %d requests in the minute up to %s", ceiling, i-j+1, times[i])
			}
		}
		least := float64(2*ceiling+40) / (times[len(times)-1].Sub(windowStart).Minutes() + 1)
		if least < 0.6*float64(ceiling) {
			t.Errorf("ceiling %d: only %.1f requests a minute", ceiling, least)
		}
	}
}

func TestRequestBurst(t *testing.T) {
	k := &clock{now: windowStart}
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{Now: k.Now, Wait: k.Wait})
	for range 16 {
		if _, err := c.Content(t.Context(), "id"); err != nil {
			t.Fatal(err)
		}
	}
	if waits := k.waited(); len(waits) > 0 {
		t.Errorf("16 requests under a ceiling of 2,000 waited %v", waits)
	}
}
