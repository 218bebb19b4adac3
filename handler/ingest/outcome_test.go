package ingest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

func TestDrainFailures(t *testing.T) {
	for name, test := range map[string]struct {
		respond func(attempt int) ([]byte, error)
		state   ledger.State
		fetches int
		error   string
	}{
		"fails for a moment": {func(attempt int) ([]byte, error) {
			if attempt == 1 {
				return nil, apiError(feed.Transient, "AF50000")
			}
			return []byte("[]"), nil
		}, ledger.Done, 2, ""},
		"keeps failing":       {failing(apiError(feed.Transient, "AF50000")), ledger.Pending, 3, "AF50000"},
		"is gone":             {failing(apiError(feed.Gone, "AF20051")), ledger.Lost, 1, "AF20051"},
		"is not found once":   {notFoundOnce, ledger.Done, 2, ""},
		"is never found":      {failing(notFound), ledger.Lost, 3, "404"},
		"is too large":        {failing(apiError(feed.TooLarge, "")), ledger.Unreadable, 1, "fetch content"},
		"is half a body once": {halfOnce, ledger.Done, 2, ""},
		"is never an array":   {func(int) ([]byte, error) { return []byte(`no array`), nil }, ledger.Unreadable, 3, "NotAnArray"},
		"is always an object": {func(int) ([]byte, error) { return []byte(`{"a":1}`), nil }, ledger.Unreadable, 3, "NotAnArray"},
		"is an empty array":   {body(), ledger.Done, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			good := f.add(t, f.content("good", time.Hour), body(record(1)))
			bad := f.add(t, f.content("bad", 2*time.Hour), test.respond)
			f.drain(t)
			e := f.entry(t, bad)
			if e.State != test.state || !strings.Contains(e.Error, test.error) {
				t.Errorf("entry %+v, want %s with %q", e, test.state, test.error)
			}
			fetches := 0
			for _, id := range f.fetched {
				if id == "bad" {
					fetches++
				}
			}
			if fetches != test.fetches {
				t.Errorf("fetched %d times, want %d", fetches, test.fetches)
			}
			if e := f.entry(t, good); e.State != ledger.Done {
				t.Errorf("the other entry is %s", e.State)
			}
			raw, err := f.store.Raw(t.Context(), bad)
			if isStored := e.State == ledger.Done || strings.Contains(e.Error, "NotAnArray"); isStored != (err == nil) {
				t.Errorf("raw %q, %v", raw, err)
			}
		})
	}
}

// notFound is a 404 without a code of the API.
var notFound = &feed.Error{Operation: "fetch content", Status: http.StatusNotFound, Class: feed.Gone, Message: "no"}

func notFoundOnce(attempt int) ([]byte, error) {
	if attempt == 1 {
		return nil, notFound
	}
	return []byte("[]"), nil
}

func halfOnce(attempt int) ([]byte, error) {
	if attempt == 1 {
		return []byte(`[{"RecordType":94,`), nil
	}
	return []byte("[]"), nil
}

// An error that reads like a missing permission may concern one content blob
// alone, permanently.
func TestDrainDeniedContent(t *testing.T) {
	for name, age := range map[string]time.Duration{"in time": 2 * time.Hour, "past its expiration": 8 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			denied := f.add(t, f.content("denied", age), failing(apiError(feed.Configuration, "")))
			var good []audit.Content
			for i := range 3 { // one is being fetched when the API rejects the other
				good = append(good, f.add(t, f.content(fmt.Sprint("good", i), time.Hour), body(record(i))))
			}
			order := f.order(time.Hour)
			if _, err := f.Drain(t.Context(), order); feed.ClassOf(err) != feed.Configuration {
				t.Fatalf("error %v", err)
			}
			f.clock.Advance(5 * time.Minute)
			f.drain(t)
			for _, c := range good {
				if e := f.entry(t, c); e.State != ledger.Done {
					t.Errorf("another entry: %+v", e)
				}
			}
			f.clock.Advance(5 * time.Minute)
			if _, err := f.Drain(t.Context(), order); feed.ClassOf(err) != feed.Configuration {
				t.Errorf("error %v: it is not retried", err)
			}
			if e := f.entry(t, denied); e.State != ledger.Pending || e.Tries > 0 || e.Error == "" {
				t.Errorf("the denied entry: %+v", e)
			}
		})
	}
}

func TestDrainExpired(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("old", 8*24*time.Hour), failing(apiError(feed.Transient, "AF50000")))
	f.drain(t)
	if e := f.entry(t, c); e.State != ledger.Lost || !strings.Contains(e.Error, "AF50000") || len(f.fetched) != 1 {
		t.Errorf("entry %+v after %d attempts", e, len(f.fetched))
	}
}

// Content blobs expire by the API's clock, and are given up by it.
func TestDrainExpiresByAPIClock(t *testing.T) {
	for name, test := range map[string]struct {
		ahead, age time.Duration
		state      ledger.State
	}{
		"ours is ahead, it has not expired": {-time.Hour, 7*24*time.Hour + 30*time.Minute, ledger.Pending},
		"ours is behind, it has expired":    {time.Hour, 7*24*time.Hour - 30*time.Minute, ledger.Lost},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.configure(t, func(c *ingest.Config) {
				c.Clock = clock.New(f.clock.Now, func() time.Duration { return test.ahead })
			})
			c := f.add(t, f.content("one", test.age), failing(apiError(feed.Transient, "")))
			f.drain(t)
			e := f.entry(t, c)
			if e.State != test.state {
				t.Errorf("entry %+v", e)
			}
			if expires := c.Expiration.Add(-test.ahead); e.State == ledger.Pending && !e.NextTry.Before(expires) {
				t.Errorf("the next attempt is at %v, by our clock it expires at %v", e.NextTry, expires)
			}
		})
	}
}

func TestDrainLastChance(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("one", 7*24*time.Hour-time.Hour), failing(apiError(feed.Transient, "")))
	late := 0 // attempts in the last quarter of an hour
	for f.clock.Now().Before(c.Expiration) {
		before := len(f.fetched)
		f.drain(t)
		e := f.entry(t, c)
		if e.State != ledger.Pending || !e.NextTry.Before(c.Expiration) {
			t.Fatalf("entry %+v at %v, it expires at %v", e, f.clock.Now(), c.Expiration)
		}
		if c.Expiration.Sub(f.clock.Now()) <= 15*time.Minute {
			late += len(f.fetched) - before
		}
		f.clock.Advance(max(e.NextTry.Sub(f.clock.Now()), time.Second))
	}
	if late < 4 {
		t.Errorf("%d attempts in the last quarter of an hour", late)
	}
}

// cutFor responds with half a body that many times.
func cutFor(times int) func(attempt int) ([]byte, error) {
	return func(attempt int) ([]byte, error) {
		whole, err := body(record(1))(attempt)
		if attempt <= times {
			return whole[:len(whole)/2], nil
		}
		return whole, err
	}
}

// drainUntilFinal drains every five minutes until an entry is no longer pending,
// and returns how long that took.
func (f *fixture) drainUntilFinal(t *testing.T, c audit.Content) time.Duration {
	t.Helper()
	began := f.clock.Now()
	for f.entry(t, c).State == ledger.Pending {
		f.drain(t)
		f.clock.Advance(5 * time.Minute)
	}
	return f.clock.Now().Sub(began)
}

func TestDrainCutOffBody(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("cut", time.Hour), cutFor(6))
	took := f.drainUntilFinal(t, c)
	if e := f.entry(t, c); e.State != ledger.Done || e.Rows != 1 || len(f.fetched) != 7 {
		t.Errorf("%d attempts, entry %+v", len(f.fetched), e)
	}
	if took < 5*time.Minute {
		t.Errorf("seven attempts within %v", took)
	}
}

func TestDrainCutOffForever(t *testing.T) {
	for name, age := range map[string]time.Duration{
		"a new content blob":              time.Hour,
		"a content blob that expires now": 7*24*time.Hour - 10*time.Minute,
		"an expired content blob":         8 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c := f.add(t, f.content("cut", age), cutFor(1000))
			if took := f.drainUntilFinal(t, c); took > 12*time.Hour {
				t.Errorf("pending for %v", took)
			}
			if e := f.entry(t, c); e.State != ledger.Unreadable || !strings.Contains(e.Error, "cut off") {
				t.Errorf("entry %+v", e)
			}
			half, _ := cutFor(1000)(1)
			if raw, err := f.store.Raw(t.Context(), c); err != nil || string(raw) != string(half) {
				t.Errorf("stored %q, %v", raw, err)
			}
		})
	}
}

// Storage may reject one content blob permanently: a raw blob that a policy has
// moved to the archive can neither be read nor replaced.
func TestDrainRejectedByStorage(t *testing.T) {
	for name, method := range map[string]string{"reading": http.MethodGet, "writing": http.MethodPut} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			bad := f.add(t, f.content("bad", 2*time.Hour), body(record(1)))
			good := f.add(t, f.content("good", time.Hour), body(record(2)))
			f.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if r.Method == method && strings.HasSuffix(r.URL.Path, f.store.RawName(bad)) {
					return archived
				}
				return nil
			})
			f.drain(t)
			if e := f.entry(t, good); e.State != ledger.Done {
				t.Errorf("the other entry: %+v", e)
			}
			if e := f.entry(t, bad); e.State != ledger.Pending || e.Tries == 0 || !strings.HasPrefix(e.Error, "RawRefused: ") || !strings.Contains(e.Error, "BlobArchived") {
				t.Errorf("the rejected entry: %+v", e)
			}
			f.storage.Plan(nil)
			f.clock.Advance(time.Hour)
			f.drain(t)
			if e := f.entry(t, bad); e.State != ledger.Done || e.Rows != 1 || e.Error != "" {
				t.Errorf("once storage accepts it: %+v", e)
			}
		})
	}
}

func archived(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	resp, err := ingesttest.Respond(http.StatusConflict, "")(r, send)
	resp.Header.Set("X-Ms-Error-Code", "BlobArchived")
	return resp, err
}
