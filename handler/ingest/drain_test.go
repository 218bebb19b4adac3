package ingest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

func TestDrain(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("one", time.Hour), body(record(1), record(2), `{"RecordType":25}`, `{"RecordType":94}`))
	stats := f.drain(t)
	want := ledger.Counts{Records: 4, Rows: 2, Rejected: 1}
	if stats.Counts != want || stats.Fetched != 1 || stats.Left.Contents != 0 {
		t.Errorf("stats %+v", stats)
	}
	e := f.entry(t, c)
	if e.State != ledger.Done || e.Counts != want || e.Blob != f.store.RawName(c) || e.Error != "" {
		t.Errorf("entry %+v", e)
	}
	raw, err := f.store.Raw(t.Context(), c)
	if sent, _ := f.respond["one"](1); err != nil || string(raw) != string(sent) {
		t.Errorf("raw %s, %v", raw, err)
	}
}

func TestDrainOrder(t *testing.T) {
	f := newFixture(t)
	for _, days := range []int{2, 6, 1, 5, 3} {
		f.add(t, f.content(fmt.Sprint(days), time.Duration(days)*24*time.Hour), body())
	}
	f.drain(t)
	if want := []string{"6", "5", "3", "2", "1"}; !slices.Equal(f.fetched, want) {
		t.Errorf("fetched %v, want %v", f.fetched, want)
	}
}

func TestDrainRetryFromRawBlob(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("one", time.Hour), body(record(1)))
	f.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "events") || strings.Contains(r.URL.Path, "$batch") {
			return ingesttest.Drop
		}
		return nil
	})
	if _, err := f.Drain(t.Context(), f.order(time.Minute)); !store.Unavailable(err) {
		t.Fatalf("drain without tables: %v", err)
	}
	if e := f.entry(t, c); e.State != ledger.Pending || e.Tries > 0 {
		t.Errorf("storage failed, and the entry is %+v", e)
	}
	f.storage.Plan(nil)
	f.clock.Advance(30 * 24 * time.Hour) // long after its expiration
	f.drain(t)
	if e := f.entry(t, c); e.State != ledger.Done || e.Rows != 1 {
		t.Errorf("entry %+v", e)
	}
	if len(f.fetched) != 1 {
		t.Errorf("%d requests to the API", len(f.fetched))
	}
}

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

func TestDrainStops(t *testing.T) {
	for _, class := range []feed.Class{feed.Throttled, feed.Configuration, feed.NotSubscribed} {
		t.Run(string(class), func(t *testing.T) {
			f := newFixture(t)
			var contents []audit.Content
			for i := range 5 {
				contents = append(contents, f.add(t, f.content(fmt.Sprint(i), time.Hour), failing(apiError(class, ""))))
			}
			stats, err := f.Drain(t.Context(), f.order(time.Minute))
			if feed.ClassOf(err) != class {
				t.Errorf("error %v", err)
			}
			if stats.Left == nil || stats.Left.Contents != 5 {
				t.Errorf("left %+v, want 5 entries", stats.Left)
			}
			if len(f.fetched) > 2 {
				t.Errorf("%d requests after one was rejected", len(f.fetched))
			}
			for _, c := range contents {
				if e := f.entry(t, c); e.State != ledger.Pending || e.Tries > 0 {
					t.Errorf("entry %+v", e)
				}
			}
		})
	}
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

func TestDrainRetention(t *testing.T) {
	f := newFixture(t)
	f.configure(t, func(c *ingest.Config) {
		c.Retain = func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }
	})
	old := strings.Replace(record(2), "2026-03-18", "2026-02-28", 1)
	c := f.add(t, f.content("one", time.Hour), body(record(1), old))
	f.drain(t)
	if e := f.entry(t, c); e.Rows != 1 || e.Records != 2 {
		t.Errorf("entry %+v", e)
	}
}

func TestDrainDuplicates(t *testing.T) {
	f := newFixture(t)
	f.add(t, f.content("first", 3*time.Hour), body(record(1)))
	f.drain(t)
	again := f.add(t, f.content("again", time.Hour), body(strings.ReplaceAll(record(1), ",", " , "), record(2)))
	other := f.add(t, f.content("other", 2*time.Hour), body(strings.Replace(record(1), "Applied", "Removed", 1)))
	f.drain(t)
	if e := f.entry(t, again); e.Counts != (ledger.Counts{Records: 2, Rows: 1, Duplicates: 1}) {
		t.Errorf("again: %+v", e.Counts)
	}
	if e := f.entry(t, other); e.Counts != (ledger.Counts{Records: 1, Conflicts: 1}) {
		t.Errorf("other: %+v", e.Counts)
	}
}

// The trail's completeness is derived from what a drain leaves, so that must be
// everything, however little time the drain has.
func TestDrainTimeUp(t *testing.T) {
	for name, left := range map[string]time.Duration{"none": 0, "enough for some": time.Minute} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			for i := range 3 {
				f.add(t, f.content(fmt.Sprint(i), time.Duration(3-i)*time.Hour), func(int) ([]byte, error) {
					f.clock.Advance(time.Hour) // the time is up
					return nil, apiError(feed.Transient, "AF50000")
				})
			}
			stats, err := f.Drain(t.Context(), f.order(left))
			if err != nil || stats.Left == nil || stats.Left.Contents != 3 || len(f.fetched) == 3 {
				t.Fatalf("fetched %d, left %+v, %v", len(f.fetched), stats.Left, err)
			}
			if want := ingesttest.Start.Add(-3 * time.Hour); !stats.Left.OldestCreated.Equal(want) {
				t.Errorf("the oldest left was created at %v, want %v", stats.Left.OldestCreated, want)
			}
		})
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

// givenUp returns the log message of each content blob that was given up, by id.
func givenUp(t *testing.T, log *bytes.Buffer) map[string]string {
	t.Helper()
	messages := map[string]string{}
	for line := range bytes.Lines(log.Bytes()) {
		var entry struct{ Level, Msg, ContentID string }
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Level != "ERROR" {
			t.Errorf("level of %s", line)
		}
		messages[entry.ContentID] = entry.Msg
	}
	return messages
}

// A crash before the ledger's write leaves the entry pending: the loss is logged
// twice, rather than never.
func TestDrainLogsLossFirst(t *testing.T) {
	f := newFixture(t)
	log := &bytes.Buffer{}
	f.configure(t, func(c *ingest.Config) { c.Log = slog.New(slog.NewJSONHandler(log, nil)) })
	gone := f.add(t, f.content("gone", time.Hour), failing(apiError(feed.Gone, "AF20051")))
	f.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method != http.MethodGet {
			return ingesttest.Drop
		}
		return nil
	})
	order := f.order(time.Minute)
	if _, err := f.Drain(t.Context(), order); err == nil {
		t.Fatal("the drain reports success")
	}
	f.storage.Plan(nil)
	if messages := givenUp(t, log); messages["gone"] != "content lost" {
		t.Errorf("log %v", messages)
	}
	if e := f.entry(t, gone); e.State != ledger.Pending {
		t.Fatalf("precondition: the entry is not pending: %+v", e)
	}
}

// A content blob that will never be in the trail is one error in the log, with
// the reason. One that a forged notification invented is not.
func TestDrainLogsLoss(t *testing.T) {
	f := newFixture(t)
	f.add(t, f.content("good", time.Hour), body(record(1)))
	f.add(t, f.content("gone", time.Hour), failing(apiError(feed.Gone, "AF20050")))
	f.add(t, f.content("huge", time.Hour), failing(apiError(feed.TooLarge, "")))
	f.add(t, f.content("text", time.Hour), func(int) ([]byte, error) { return []byte("no array"), nil })
	f.respond["forged"] = failing(apiError(feed.Gone, "AF20050"))
	if _, err := f.store.Ledger.AddNotified(t.Context(), []audit.Content{f.content("forged", time.Hour)}); err != nil {
		t.Fatal(err)
	}
	f.drain(t)
	log := f.log.String()
	for content, words := range map[string][]string{
		"gone": {`"content lost"`, "AF20050"}, "huge": {`"content unreadable"`}, "text": {`"content unreadable"`, "NotAnArray"}, "good": nil, "forged": nil,
	} {
		lines := 0
		for line := range strings.Lines(log) {
			if !strings.Contains(line, "contentId="+content+" ") {
				continue
			}
			lines++
			for _, word := range append(words, "level=ERROR", contentType) {
				if !strings.Contains(line, word) {
					t.Errorf("%s: the log does not contain %s: %s", content, word, line)
				}
			}
		}
		if want := min(len(words), 1); lines != want {
			t.Errorf("%s: %d lines in the log, want %d:\n%s", content, lines, want, log)
		}
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
