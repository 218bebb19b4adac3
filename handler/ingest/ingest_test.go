package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

const contentType = "Audit.General"

// A bench is a store in Azurite and a source of contents whose answers a test
// decides, one function a content.
type bench struct {
	*ingest.Ingest
	clock   *ingesttest.Clock
	storage *ingesttest.Transport
	account ingesttest.Account
	log     bytes.Buffer

	mu     sync.Mutex
	asked  []string // content ids in the order in which they were fetched
	answer map[string]func(try int) ([]byte, error)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	connection := pool.ConnectionString(t)
	b := &bench{
		account: ingesttest.NewAccount(t, connection),
		clock:   ingesttest.NewClock(),
		storage: ingesttest.NewTransport(azuritetest.Transport(t, http.DefaultTransport)),
		answer:  map[string]func(int) ([]byte, error){},
	}
	st, err := store.Open(store.Config{
		Tenant: "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90", ConnectionString: connection,
		Transport: b.storage, RetryDelay: -1, Now: b.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := audit.ParseFilter("94")
	if err != nil {
		t.Fatal(err)
	}
	b.Ingest = &ingest.Ingest{
		Fetch: b.fetch, Store: st, Want: want, Concurrency: 1, Now: b.clock.Now, Wait: b.clock.Wait,
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	}
	return b
}

func (b *bench) fetch(_ context.Context, id string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, id)
	try := 0
	for _, asked := range b.asked {
		if asked == id {
			try++
		}
	}
	return b.answer[id](try)
}

// add brings a content into the ledger, with what the API answers for it.
func (b *bench) add(t *testing.T, c audit.Content, answer func(try int) ([]byte, error)) audit.Content {
	t.Helper()
	b.answer[c.ID] = answer
	if _, err := b.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (b *bench) drain(t *testing.T) ingest.Stats {
	t.Helper()
	stats, err := b.Drain(t.Context(), ingest.Order{ContentType: contentType, Until: b.clock.Now().Add(4 * time.Minute)}, map[time.Time]bool{})
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func (b *bench) entry(t *testing.T, c audit.Content) store.Entry {
	t.Helper()
	e, err := b.Store.Entry(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// content is one that was created so long ago.
func (b *bench) content(id string, age time.Duration) audit.Content {
	created := b.clock.Now().Add(-age)
	return audit.Content{ID: id, Type: contentType, Created: created, Expiration: created.Add(7 * 24 * time.Hour)}
}

// record is a record of the type that is wanted.
func record(n int) string {
	return fmt.Sprintf(`{"Id":"00000000-0000-4000-8000-%012d","RecordType":94,"CreationTime":"2026-03-18T10:%02d:00","Operation":"SensitivityLabelApplied"}`, n, n%60)
}

func body(records ...string) func(int) ([]byte, error) {
	return func(int) ([]byte, error) { return []byte("[" + strings.Join(records, ",") + "]"), nil }
}

func failing(err error) func(int) ([]byte, error) {
	return func(int) ([]byte, error) { return nil, err }
}

func apiError(class feed.Class, code string) error {
	return &feed.Error{Operation: "fetch content", Code: code, Message: "no", Class: class}
}

func TestAContentBecomesRawBlobRowsAndDone(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("one", time.Hour), body(record(1), record(2), `{"RecordType":25}`, `{"RecordType":94}`))
	stats := b.drain(t)
	want := store.Counts{Records: 4, Rows: 2, Rejected: 1}
	if stats.Counts != want || stats.Fetched != 1 || stats.Left.Contents != 0 {
		t.Errorf("stats %+v", stats)
	}
	e := b.entry(t, c)
	if e.State != store.Done || e.Counts != want || e.Blob != b.Store.RawName(c) || e.Error != "" {
		t.Errorf("entry %+v", e)
	}
	raw, err := b.Store.Raw(t.Context(), c)
	if sent, _ := b.answer["one"](1); err != nil || string(raw) != string(sent) {
		t.Errorf("raw %s, %v", raw, err)
	}
}

func TestTheContentNearestItsExpirationComesFirst(t *testing.T) {
	b := newBench(t)
	for _, days := range []int{2, 6, 1, 5, 3} {
		b.add(t, b.content(fmt.Sprint(days), time.Duration(days)*24*time.Hour), body())
	}
	b.drain(t)
	if want := []string{"6", "5", "3", "2", "1"}; !slices.Equal(b.asked, want) {
		t.Errorf("asked for %v, want %v", b.asked, want)
	}
}

func TestARetryReadsTheRawBlobAndNotTheAPI(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("one", time.Hour), body(record(1)))
	b.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "events") || strings.Contains(r.URL.Path, "$batch") {
			return ingesttest.Refuse
		}
		return nil
	})
	if _, err := b.Drain(t.Context(), ingest.Order{ContentType: contentType, Until: b.clock.Now().Add(time.Minute)}, map[time.Time]bool{}); !store.Unavailable(err) {
		t.Fatalf("drain without tables: %v", err)
	}
	if e := b.entry(t, c); e.State != store.Pending || e.Tries > 0 {
		t.Errorf("storage failed, and the content has %+v", e)
	}
	b.storage.Plan(nil)
	b.clock.Advance(30 * 24 * time.Hour) // long expired at the source
	b.drain(t)
	if e := b.entry(t, c); e.State != store.Done || e.Rows != 1 {
		t.Errorf("entry %+v", e)
	}
	if len(b.asked) != 1 {
		t.Errorf("the API was asked %d times", len(b.asked))
	}
}

func TestWhatBecomesOfAContentThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(try int) ([]byte, error)
		state  store.State
		asked  int
		error  string
	}{
		"fails for a moment": {func(try int) ([]byte, error) {
			if try == 1 {
				return nil, apiError(feed.Transient, "AF50000")
			}
			return []byte("[]"), nil
		}, store.Done, 2, ""},
		"fails on and on":        {failing(apiError(feed.Transient, "AF50000")), store.Pending, 3, "AF50000"},
		"is gone":                {failing(apiError(feed.Gone, "AF20051")), store.Lost, 1, "AF20051"},
		"is not found, once":     {notFoundOnce, store.Done, 2, ""},
		"is not found, ever":     {failing(notFound), store.Lost, 3, "404"},
		"is too large":           {failing(apiError(feed.TooLarge, "")), store.Unreadable, 1, "fetch content"},
		"is half a body once":    {halfOnce, store.Done, 2, ""},
		"is no array, ever":      {func(int) ([]byte, error) { return []byte(`no array`), nil }, store.Unreadable, 3, "NotAnArray"},
		"is an object, ever":     {func(int) ([]byte, error) { return []byte(`{"a":1}`), nil }, store.Unreadable, 3, "NotAnArray"},
		"is an array of nothing": {body(), store.Done, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			good := b.add(t, b.content("good", time.Hour), body(record(1)))
			bad := b.add(t, b.content("bad", 2*time.Hour), test.answer)
			b.drain(t)
			e := b.entry(t, bad)
			if e.State != test.state || !strings.Contains(e.Error, test.error) {
				t.Errorf("entry %+v, want %s with %q", e, test.state, test.error)
			}
			asked := 0
			for _, id := range b.asked {
				if id == "bad" {
					asked++
				}
			}
			if asked != test.asked {
				t.Errorf("asked %d times, want %d", asked, test.asked)
			}
			if e := b.entry(t, good); e.State != store.Done {
				t.Errorf("the content beside it is %s", e.State)
			}
			raw, err := b.Store.Raw(t.Context(), bad)
			if keeps := e.State == store.Done || strings.Contains(e.Error, "NotAnArray"); keeps != (err == nil) {
				t.Errorf("raw %q, %v", raw, err)
			}
		})
	}
}

// notFound is the answer of something that does not say why.
var notFound = &feed.Error{Operation: "fetch content", Status: http.StatusNotFound, Class: feed.Gone, Message: "no"}

func notFoundOnce(try int) ([]byte, error) {
	if try == 1 {
		return nil, notFound
	}
	return []byte("[]"), nil
}

func halfOnce(try int) ([]byte, error) {
	if try == 1 {
		return []byte(`[{"RecordType":94,`), nil
	}
	return []byte("[]"), nil
}

func TestAnAPIThatServesNothingEndsTheDrainAndCostsNoContentATry(t *testing.T) {
	for _, class := range []feed.Class{feed.Throttled, feed.Configuration, feed.NotSubscribed} {
		t.Run(string(class), func(t *testing.T) {
			b := newBench(t)
			var contents []audit.Content
			for i := range 5 {
				contents = append(contents, b.add(t, b.content(fmt.Sprint(i), time.Hour), failing(apiError(class, ""))))
			}
			stats, err := b.Drain(t.Context(), ingest.Order{ContentType: contentType, Until: b.clock.Now().Add(time.Minute)}, map[time.Time]bool{})
			if feed.ClassOf(err) != class {
				t.Errorf("error %v", err)
			}
			if stats.Left == nil || stats.Left.Contents != 5 {
				t.Errorf("left %+v, want 5 contents", stats.Left)
			}
			if len(b.asked) > 2 {
				t.Errorf("asked %d times after the API said no", len(b.asked))
			}
			for _, c := range contents {
				if e := b.entry(t, c); e.State != store.Pending || e.Tries > 0 {
					t.Errorf("entry %+v", e)
				}
			}
		})
	}
}

// What reads like a missing permission may be one content's own, for ever.
func TestAContentThatIsDeniedHoldsUpTheOthersForOneDrainOnly(t *testing.T) {
	for name, age := range map[string]time.Duration{"in time": 2 * time.Hour, "past its expiration": 8 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			denied := b.add(t, b.content("denied", age), failing(apiError(feed.Configuration, "")))
			var good []audit.Content
			for i := range 3 { // one is on its way when the API says no
				good = append(good, b.add(t, b.content(fmt.Sprint("good", i), time.Hour), body(record(i))))
			}
			order := ingest.Order{ContentType: contentType, Until: b.clock.Now().Add(time.Hour)}
			if _, err := b.Drain(t.Context(), order, map[time.Time]bool{}); feed.ClassOf(err) != feed.Configuration {
				t.Fatalf("error %v", err)
			}
			b.clock.Advance(5 * time.Minute)
			b.drain(t)
			for _, c := range good {
				if e := b.entry(t, c); e.State != store.Done {
					t.Errorf("another one: %+v", e)
				}
			}
			b.clock.Advance(5 * time.Minute)
			if _, err := b.Drain(t.Context(), order, map[time.Time]bool{}); feed.ClassOf(err) != feed.Configuration {
				t.Errorf("error %v: it is not tried again", err)
			}
			if e := b.entry(t, denied); e.State != store.Pending || e.Tries > 0 || e.Error == "" {
				t.Errorf("the one denied: %+v", e)
			}
		})
	}
}

func TestAContentThatFailsPastItsExpirationIsLost(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("old", 8*24*time.Hour), failing(apiError(feed.Transient, "AF50000")))
	b.drain(t)
	if e := b.entry(t, c); e.State != store.Lost || !strings.Contains(e.Error, "AF50000") || len(b.asked) != 1 {
		t.Errorf("entry %+v after %d tries", e, len(b.asked))
	}
}

// Contents expire by the API's clock, and are given up by it.
func TestAContentIsGivenUpByTheAPIsClock(t *testing.T) {
	for name, test := range map[string]struct {
		ahead, age time.Duration
		state      store.State
	}{
		"ours is ahead, it can still be had": {-time.Hour, 7*24*time.Hour + 30*time.Minute, store.Pending},
		"ours is late, it cannot be had":     {time.Hour, 7*24*time.Hour - 30*time.Minute, store.Lost},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.Skew = func() time.Duration { return test.ahead }
			c := b.add(t, b.content("one", test.age), failing(apiError(feed.Transient, "")))
			b.drain(t)
			e := b.entry(t, c)
			if e.State != test.state {
				t.Errorf("entry %+v", e)
			}
			if expires := c.Expiration.Add(-test.ahead); e.State == store.Pending && !e.NextTry.Before(expires) {
				t.Errorf("the next try is at %v, by our clock it expires at %v", e.NextTry, expires)
			}
		})
	}
}

func TestAContentIsTriedOverAndOverBeforeItExpires(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("one", 7*24*time.Hour-time.Hour), failing(apiError(feed.Transient, "")))
	late := 0 // tries in the last quarter of an hour
	for b.clock.Now().Before(c.Expiration) {
		tries := len(b.asked)
		b.drain(t)
		e := b.entry(t, c)
		if e.State != store.Pending || !e.NextTry.Before(c.Expiration) {
			t.Fatalf("entry %+v at %v, it expires at %v", e, b.clock.Now(), c.Expiration)
		}
		if c.Expiration.Sub(b.clock.Now()) <= 15*time.Minute {
			late += len(b.asked) - tries
		}
		b.clock.Advance(max(e.NextTry.Sub(b.clock.Now()), time.Second))
	}
	if late < 4 {
		t.Errorf("%d tries in the last quarter of an hour", late)
	}
}

func TestRetentionKeepsOldEventsOutOfTheRows(t *testing.T) {
	b := newBench(t)
	b.Retain = func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }
	old := strings.Replace(record(2), "2026-03-18", "2026-02-28", 1)
	c := b.add(t, b.content("one", time.Hour), body(record(1), old))
	b.drain(t)
	if e := b.entry(t, c); e.Rows != 1 || e.Records != 2 {
		t.Errorf("entry %+v", e)
	}
}

func TestTheSameEventInAnotherContentIsADuplicate(t *testing.T) {
	b := newBench(t)
	b.add(t, b.content("first", 3*time.Hour), body(record(1)))
	b.drain(t)
	again := b.add(t, b.content("again", time.Hour), body(strings.ReplaceAll(record(1), ",", " , "), record(2)))
	other := b.add(t, b.content("other", 2*time.Hour), body(strings.Replace(record(1), "Applied", "Removed", 1)))
	b.drain(t)
	if e := b.entry(t, again); e.Counts != (store.Counts{Records: 2, Rows: 1, Duplicates: 1}) {
		t.Errorf("again: %+v", e.Counts)
	}
	if e := b.entry(t, other); e.Counts != (store.Counts{Records: 1, Conflicts: 1}) {
		t.Errorf("other: %+v", e.Counts)
	}
}

// What a drain leaves is what the trail's completeness is judged by, so it is
// everything, however little time there was.
func TestADrainWithoutTimeKnowsAllThatItLeaves(t *testing.T) {
	for name, left := range map[string]time.Duration{"not even for the first content": 0, "for a part of them": time.Minute} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			until := b.clock.Now().Add(left)
			for i := range 3 {
				b.add(t, b.content(fmt.Sprint(i), time.Duration(3-i)*time.Hour), func(int) ([]byte, error) {
					b.clock.Advance(time.Hour) // the time is up
					return nil, apiError(feed.Transient, "AF50000")
				})
			}
			stats, err := b.Drain(t.Context(), ingest.Order{ContentType: contentType, Until: until}, map[time.Time]bool{})
			if err != nil || stats.Left == nil || stats.Left.Contents != 3 || len(b.asked) == 3 {
				t.Fatalf("asked for %d, left %+v, %v", len(b.asked), stats.Left, err)
			}
			if want := ingesttest.Start.Add(-3 * time.Hour); !stats.Left.OldestCreated.Equal(want) {
				t.Errorf("the oldest left is of %v, want %v", stats.Left.OldestCreated, want)
			}
		})
	}
}
