package ingest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// What will never be in the trail is an error in the log, once, with the
// reason; what a notice made up is not.
func TestWhatIsLostIsSaidLoudly(t *testing.T) {
	b := newBench(t)
	b.add(t, b.content("good", time.Hour), body(record(1)))
	b.add(t, b.content("gone", time.Hour), failing(apiError(feed.Gone, "AF20050")))
	b.add(t, b.content("huge", time.Hour), failing(apiError(feed.TooLarge, "")))
	b.add(t, b.content("text", time.Hour), func(int) ([]byte, error) { return []byte("no array"), nil })
	b.answer["forged"] = failing(apiError(feed.Gone, "AF20050"))
	if _, err := b.Store.AddNoticed(t.Context(), []audit.Content{b.content("forged", time.Hour)}); err != nil {
		t.Fatal(err)
	}
	b.drain(t)
	log := b.log.String()
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
					t.Errorf("%s: the log does not say %s: %s", content, word, line)
				}
			}
		}
		if want := min(len(words), 1); lines != want {
			t.Errorf("%s: %d lines in the log, want %d:\n%s", content, lines, want, log)
		}
	}
}

// Storage may refuse one content for good: a blob that a policy has moved to
// the archive can neither be read nor replaced.
func TestAContentThatStorageRefusesHoldsUpNoOther(t *testing.T) {
	for name, method := range map[string]string{"its blob cannot be read": http.MethodGet, "its blob cannot be written": http.MethodPut} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			bad := b.add(t, b.content("bad", 2*time.Hour), body(record(1)))
			good := b.add(t, b.content("good", time.Hour), body(record(2)))
			b.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				if r.Method == method && strings.HasSuffix(r.URL.Path, b.Store.RawName(bad)) {
					return archived
				}
				return nil
			})
			b.drain(t)
			if e := b.entry(t, good); e.State != store.Done {
				t.Errorf("the other one: %+v", e)
			}
			if e := b.entry(t, bad); e.State != store.Pending || e.Tries == 0 || !strings.HasPrefix(e.Error, "RawRefused: ") || !strings.Contains(e.Error, "BlobArchived") {
				t.Errorf("the one refused: %+v", e)
			}
			b.storage.Plan(nil)
			b.clock.Advance(time.Hour)
			b.drain(t)
			if e := b.entry(t, bad); e.State != store.Done || e.Rows != 1 || e.Error != "" {
				t.Errorf("once it is taken: %+v", e)
			}
		})
	}
}

func archived(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	resp, err := ingesttest.Answer(http.StatusConflict, "")(r, send)
	resp.Header.Set("X-Ms-Error-Code", "BlobArchived")
	return resp, err
}
