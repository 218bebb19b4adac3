package query

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
		q, err := askEvents(raw, asked)
		if err != nil {
			checkIsFault(t, err)
			return
		}
		next, err := askEvents(q.next(q.start), asked)
		if err != nil {
			t.Fatalf("%q leads to %q: %v", raw, q.next(q.start), err)
		}
		delete(q.given, cursorName)
		delete(next.given, cursorName)
		if diff := cmp.Diff(q.given, next.given); diff != "" {
			t.Errorf("%q leads to another question: %s", raw, diff)
		}
		if !next.from.Equal(q.from) || next.start != q.start || next.from.After(next.start.from) {
			t.Errorf("%q begins at %v, its next page at %v", raw, q.start, next.start)
		}
	})
}

// checkIsFault checks that an error is one that a caller can see.
func checkIsFault(t *testing.T, err error) {
	t.Helper()
	var f *apiError
	if !errors.As(err, &f) || f.status != http.StatusBadRequest || f.code == "" || f.message == "" {
		t.Errorf("%v is no fault of the question", err)
	}
}

func askEvents(raw string, now time.Time) (question, error) {
	return ask(raw, now, eventParameters, 7*24*time.Hour)
}
