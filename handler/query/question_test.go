package query

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var askedAt = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func FuzzAsk(f *testing.F) {
	for _, seed := range []string{
		"", "startDate=-7d&endDate=2026-11-20T10:00&recordType=94,AipHeartBeat&operations=a&operations=b,c&userIds=a%27b",
		"objectIds=a,b&objectIds=C:%5C*&fileNames=x,+y.docx&deviceNames=d&freeText=+1&freeText=%00",
		"labelEventTypes=labelremoved,2&platforms=-1&userTypes=Guest&actionSources=0&sensitivityLabelIds=A,b&ipAddresses=::1&format=csv&resultSize=50000",
		"RESULTSIZE=5&view=record&format=json&code=x", "cursor=x", "x=y", "a;b", "%zz", "userIds=%ff", "userIds=" + url.QueryEscape("a b+c&d=e#f,ü"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := askEvents(raw, askedAt)
		if err != nil {
			checkBadRequest(t, err)
			return
		}
		next, err := askEvents(q.next(q.start), askedAt)
		if err != nil {
			t.Fatalf("%q: next page %q: %v", raw, q.next(q.start), err)
		}
		delete(q.given, cursorName)
		delete(next.given, cursorName)
		if diff := cmp.Diff(q.given, next.given); diff != "" {
			t.Errorf("%q: the next page has another question: %s", raw, diff)
		}
		if !next.from.Equal(q.from) || next.start != q.start || next.from.After(next.start.from) {
			t.Errorf("%q starts at %v, its next page at %v", raw, q.start, next.start)
		}
	})
}

// checkBadRequest checks that an error is a 400.
func checkBadRequest(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*apiError](err)
	if !ok || e.status != http.StatusBadRequest || e.code == "" || e.message == "" {
		t.Errorf("%v is not a 400", err)
	}
}

func askEvents(raw string, now time.Time) (question, error) {
	return ask(raw, now, eventParameters, 7*24*time.Hour)
}

func TestParseDate(t *testing.T) {
	now := time.Date(2026, 11, 21, 11, 22, 33, 999, time.FixedZone("", 3600))
	for text, want := range map[string]string{
		"2026-11-21":           "2026-11-21T00:00:00Z",
		"2024-02-29":           "2024-02-29T00:00:00Z",
		"2026-11-21T10:05":     "2026-11-21T10:05:00Z",
		"2026-11-21T10:05Z":    "2026-11-21T10:05:00Z",
		"2026-11-21T10:05:06":  "2026-11-21T10:05:06Z",
		"2026-11-21T10:05:06Z": "2026-11-21T10:05:06Z",
		"-0h":                  "2026-11-21T10:22:33Z",
		"-12h":                 "2026-11-20T22:22:33Z",
		"-7d":                  "2026-11-14T10:22:33Z",
		"-99999d":              "1753-02-06T10:22:33Z",
	} {
		got, ok := parseDate(text, now)
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, ok, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-21", "2026-11-21T10:00", "2026-11-21T10:00:00Z", "-7d", "-12h", "0000-01-01", "-99999d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		date, ok := parseDate(s, askedAt)
		if !ok {
			return
		}
		again, ok := parseDate(formatDate(date), askedAt)
		if !ok || again != date {
			t.Errorf("%q: got %v, which parses as %v, %v", s, date, again, ok)
		}
	})
}
