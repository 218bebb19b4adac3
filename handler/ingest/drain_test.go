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
	if stats.Counts != want || stats.Fetched != 1 || stats.Left.Entries != 0 {
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

func TestDrainStops(t *testing.T) {
	for _, class := range []feed.Class{feed.Throttled, feed.Configuration, feed.NotSubscribed} {
		t.Run(string(class), func(t *testing.T) {
			f := newFixture(t)
			var blobs []audit.Content
			for i := range 5 {
				blobs = append(blobs, f.add(t, f.content(fmt.Sprint(i), time.Hour), failing(apiError(class, ""))))
			}
			stats, err := f.Drain(t.Context(), f.order(time.Minute))
			if feed.ClassOf(err) != class {
				t.Errorf("error %v", err)
			}
			if stats.Left == nil || stats.Left.Entries != 5 {
				t.Errorf("left %+v, want 5 entries", stats.Left)
			}
			if len(f.fetched) > 2 {
				t.Errorf("%d requests after one was rejected", len(f.fetched))
			}
			for _, c := range blobs {
				if e := f.entry(t, c); e.State != ledger.Pending || e.Tries > 0 {
					t.Errorf("entry %+v", e)
				}
			}
		})
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
			if err != nil || stats.Left == nil || stats.Left.Entries != 3 || len(f.fetched) == 3 {
				t.Fatalf("fetched %d, left %+v, %v", len(f.fetched), stats.Left, err)
			}
			if want := ingesttest.Start.Add(-3 * time.Hour); !stats.Left.OldestCreated.Equal(want) {
				t.Errorf("the oldest left was created at %v, want %v", stats.Left.OldestCreated, want)
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
