package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
)

func formatNames() (names []string) {
	for _, f := range query.EventFormats() {
		names = append(names, f.Name)
	}
	return names
}

func TestASearchWritesAllOfTheAnswerInEveryFormat(t *testing.T) {
	s := newSite(t)
	all := s.ids(t)
	for _, format := range formatNames() {
		whole := s.well(t, "-format", format, "-startDate", "-90d")
		if diff := cmp.Diff(all, rowIDs(t, format, whole)); diff != "" {
			t.Errorf("%s: -want +got\n%s", format, diff)
		}
		for _, size := range []int{1, 7, len(all) - 1, len(all)} {
			got := s.well(t, "-format", format, "-startDate", "-90d", "-resultSize", strconv.Itoa(size))
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%s in pages of %d: -one page +pages\n%s", format, size, diff)
			}
		}
	}
}

func TestTheDefaultIsALineAnEvent(t *testing.T) {
	s := newSite(t)
	if got, want := s.well(t, "-startDate", "-90d"), s.well(t, "-startDate", "-90d", "-format", "NDJSON"); got != want || got == "" {
		t.Errorf("-want +got\n%s", cmp.Diff(want, got))
	}
}

func TestTheFirstEventsAreTheNewest(t *testing.T) {
	s := newSite(t)
	all := s.ids(t)
	for _, format := range formatNames() {
		for _, first := range []int{1, 6, 7, 8, 20, len(all) - 1, len(all), len(all) + 1} {
			got := s.search(t, "-format", format, "-startDate", "-90d", "-resultSize", "7", "-first", strconv.Itoa(first))
			if diff := cmp.Diff(all[:min(first, len(all))], rowIDs(t, format, got.stdout)); diff != "" {
				t.Errorf("the first %d as %s: -want +got\n%s", first, format, diff)
			}
			if more := strings.Contains(got.stderr, "more remain"); got.code != exitWell || more != (first < len(all)) {
				t.Errorf("the first %d of %d as %s: exit code %d, %s", first, len(all), format, got.code, got.stderr)
			}
		}
	}
}

func TestTheFirstOfOnePageLeaveARest(t *testing.T) {
	s := newSite(t)
	n := len(s.ids(t))
	for _, format := range formatNames() {
		for _, first := range []int{n - 1, n} {
			got := s.search(t, "-format", format, "-startDate", "-90d", "-resultSize", strconv.Itoa(n), "-first", strconv.Itoa(first))
			if more := strings.Contains(got.stderr, "more remain"); more != (first < n) || len(rowIDs(t, format, got.stdout)) != first {
				t.Errorf("the first %d of %d on one page, as %s: %s", first, n, format, got.stderr)
			}
		}
	}
}

func TestAnAnswerThatLeadsBackToItselfIsNotFollowed(t *testing.T) {
	s := newSite(t)
	for pages := 1; pages <= 3; pages++ {
		var been []string
		s.plan(func(n int) meddle {
			if n == 2*pages {
				return refuse(400, nil, "")
			}
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				been = append(been, r.URL.String())
				link := been[0]
				if len(been) < pages {
					link += fmt.Sprintf("&page=%d", len(been))
				}
				r.URL.RawQuery, _, _ = strings.Cut(r.URL.RawQuery, "&page=")
				change(func(h http.Header) { h.Set("Link", "<"+s.server.URL+link+`>; rel="next"`) }, func(string) string { return "" })(w, r, next)
			}
		})
		if got := s.search(t); got.code != exitFailed || !strings.Contains(got.stderr, "goes on where it has been") || s.sent() != pages {
			t.Errorf("after %d pages: exit code %d after %d requests\n%s", pages, got.code, s.sent(), got.stderr)
		}
	}
}

func TestPagesAreNoMoreAndNoLargerThanTheyNeedToBe(t *testing.T) {
	for _, x := range []struct{ first, most, want int }{
		{1, 5000, 1}, {5000, 5000, 5000}, {5001, 5000, 2501}, {60_000, 50_000, 30_000}, {100_001, 50_000, 33_334},
	} {
		got := pageSize(x.first, x.most)
		if got != x.want || got > x.most {
			t.Errorf("the first %d in pages of up to %d: pages of %d, want %d", x.first, x.most, got, x.want)
		}
	}
}

func TestNothingFoundIsNoFailure(t *testing.T) {
	s := newSite(t)
	for format, want := range map[string]string{"json": "{\"value\":[],\"completeThrough\":\"2026-03-18T14:30:00Z\"}\n", "ndjson": ""} {
		got := s.search(t, "-format", format, "-userIds", "nobody@contoso.com")
		if got.code != exitWell || got.stdout != want || !strings.Contains(got.stderr, "nothing was found") {
			t.Errorf("%s: exit code %d, %q, want %q\n%s", format, got.code, got.stdout, want, got.stderr)
		}
	}
}

// Interrupted in every way at the first page, in the middle and at the last,
// the answer is the same.
func TestWhatBreaksIsTriedAgainAndRepeatsNoRow(t *testing.T) {
	s := newSite(t)
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	second, page := time.Second, "<html>an error page of the platform</html>"
	for name, x := range map[string]struct {
		do    meddle
		waits []time.Duration
	}{
		"reset in mid-page":           {cut(true, reset), []time.Duration{second}},
		"cut short":                   {cut(true, hangUp), []time.Duration{second}},
		"reset before the answer":     {cut(false, reset), []time.Duration{second}},
		"closed before the answer":    {cut(false, hangUp), []time.Duration{second}},
		"storage away":                {refuse(503, after("10"), `{"error":{"code":"StorageUnavailable","message":"x"}}`), []time.Duration{10 * second}},
		"throttled":                   {refuse(429, after("7"), ""), []time.Duration{7 * second}},
		"throttled until":             {refuse(429, http.Header{"Date": {"Wed, 18 Mar 2026 14:00:00 GMT"}, "Retry-After": {"Wed, 18 Mar 2026 14:00:20 GMT"}}, ""), []time.Duration{20 * second}},
		"throttled, pause unreadable": {refuse(429, after("soon"), ""), []time.Duration{second}},
		"bad gateway":                 {refuse(502, nil, page), []time.Duration{second}},
		"gateway timeout":             {refuse(504, nil, page), []time.Duration{second}},
		"the handler died":            {refuse(500, nil, ""), []time.Duration{second}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range formatNames() {
				args := []string{"-format", format, "-startDate", "-90d", "-resultSize", "40"}
				want := s.well(t, args...)
				pages := (len(s.ids(t)) + 39) / 40
				for _, n := range []int{0, 1, pages - 1} {
					s.plan(nth(n, x.do))
					got := s.search(t, args...)
					if got.code != exitWell || got.stdout != want {
						t.Errorf("%s, at page %d: exit code %d\n%s\n%s", format, n, got.code, cmp.Diff(want, got.stdout), got.stderr)
					}
					if diff := cmp.Diff(x.waits, s.waits); diff != "" || s.sent() != pages+1 {
						t.Errorf("%s, at page %d: %d requests, want %d; waits: -want +got\n%s", format, n, s.sent(), pages+1, diff)
					}
					s.plan(nil)
				}
			}
		})
	}
}

func TestADeploymentThatSaysNothingIsAskedAgain(t *testing.T) {
	s := newSite(t)
	want := s.well(t, "-startDate", "-90d")
	s.silence = 200 * time.Millisecond
	s.plan(nth(0, hang))
	got := s.search(t, "-startDate", "-90d")
	if got.code != exitWell || got.stdout != want || !strings.Contains(got.stderr, "nothing came in for too long") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}

// Tries and pauses have an end.
func TestWhatStaysBrokenIsGivenUp(t *testing.T) {
	s := newSite(t)
	s.plan(func(n int) meddle {
		if n >= 2 {
			return cut(true, reset)
		}
		return nil
	})
	got := s.search(t, "-startDate", "-90d", "-resultSize", "10", "-format", "json")
	if got.code != exitFailed || !strings.Contains(got.stderr, "NOT WHOLE: it has the newest 20 events") || s.sent() != 2+mostTries {
		t.Errorf("exit code %d after %d requests\n%s", got.code, s.sent(), got.stderr)
	}
	if bytes.HasSuffix([]byte(got.stdout), []byte("}\n")) {
		t.Errorf("what is written looks whole: %s", got.stdout)
	}
	want := []time.Duration{1, 2, 4, 8, 16, 30, 30}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, s.waits); diff != "" {
		t.Errorf("pauses: -want +got\n%s", diff)
	}
	s.plan(always(refuse(503, http.Header{"Retry-After": {"3600"}}, "")))
	if got := s.search(t, "-startDate", "-90d"); got.code != exitFailed || s.sent() != 1 || len(s.waits) > 0 {
		t.Errorf("asked to wait an hour: exit code %d after %d requests and %v\n%s", got.code, s.sent(), s.waits, got.stderr)
	}
}

// What is no answer to the question is an error at once, and never written as
// one.
func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	s := newSite(t)
	asSent := func(http.Header) {}
	same := func(body string) string { return body }
	becomes := func(text string) meddle { return change(asSent, func(string) string { return text }) }
	tail := func(add string) meddle { return change(asSent, func(body string) string { return body + add }) }
	without := func(name string) meddle { return change(func(h http.Header) { h.Del(name) }, same) }
	html := change(func(h http.Header) { h.Set("Content-Type", "text/html") }, func(string) string { return "<html>Log in</html>" })
	for name, x := range map[string]struct {
		format string
		do     meddle
		want   string
	}{
		"a page of a proxy":              {"json", html, `the answer is "text/html"`},
		"a page of a proxy for a table":  {"csv", html, `the answer is "text/html"`},
		"no end announced":               {"ndjson", endless, "does not say where it ends"},
		"the API's headers are lost":     {"csv", without(query.RowsHeader), "lacks headers of this API"},
		"half a document":                {"json", change(asSent, func(body string) string { return body[:len(body)/2] }), "not the JSON that it should be"},
		"another document":               {"json", becomes(`["x"]`), "not the JSON that it should be"},
		"two documents":                  {"json", tail(`{}`), "something follows its end"},
		"events that are no list":        {"json", becomes(`{"value":{}}`), "not the JSON that it should be"},
		"a header is lost on the way":    {"json", without("Link"), "nextLink and the Link header do not agree"},
		"a line that is cut":             {"ndjson", change(asSent, func(body string) string { return body[:len(body)-2] }), "a line of the answer is not JSON"},
		"a line that is not JSON":        {"ndjson", tail("x\n"), "a line of the answer is not JSON"},
		"a table that is cut in a row":   {"csv", change(asSent, func(body string) string { return body[:len(body)-2] }), "the answer"},
		"a row with too few cells":       {"csv", tail("1,2\r\n"), "the answer is not a table"},
		"a quote that is not closed":     {"csv", tail("\"x\r\n"), "the answer is not a table"},
		"an empty table":                 {"csv", becomes(""), "no header row"},
		"a next page that is no address": {"json", change(func(h http.Header) { h.Set("Link", `<https://[>; rel="next"`) }, func(b string) string { return `{"value":[],"nextLink":"https://["}` }), "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s.plan(nth(1, x.do))
			got := s.search(t, "-format", x.format, "-startDate", "-90d", "-resultSize", "10")
			if got.code != exitFailed || !strings.Contains(got.stderr, x.want) || !strings.Contains(got.stderr, "NOT WHOLE") || s.sent() != 2 {
				t.Errorf("exit code %d after %d requests, want %q in\n%s", got.code, s.sent(), x.want, got.stderr)
			}
		})
	}
}

// What is written of a page before it turns out to be none is counted, too.
func TestOutputThatIsNotWholeIsCalledSoFromTheFirstPageOn(t *testing.T) {
	s := newSite(t)
	all := s.ids(t)
	for format, add := range map[string]string{"ndjson": "x\n", "json": "{}"} {
		s.plan(nth(0, change(func(http.Header) {}, func(body string) string { return body + add })))
		got := s.search(t, "-format", format, "-startDate", "-90d")
		want := fmt.Sprintf("NOT WHOLE: it has the newest %d events", len(all))
		if n := strings.Count(got.stdout, `"AuditData":`); got.code != exitFailed || !strings.Contains(got.stderr, want) || n != len(all) {
			t.Errorf("%s: exit code %d, %d events of %d are written\n%s", format, got.code, n, len(all), got.stderr)
		}
	}
}

func TestPagesOfDifferentTablesAreNotJoined(t *testing.T) {
	s := newSite(t)
	s.plan(nth(1, change(func(http.Header) {}, func(body string) string { return strings.Replace(body, "RecordType", "Another", 1) })))
	got := s.search(t, "-format", "csv", "-startDate", "-90d", "-resultSize", "10")
	if got.code != exitFailed || !strings.Contains(got.stderr, "other columns than the first") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
}

func TestAFileHasItsNameOnlyOnceItIsWhole(t *testing.T) {
	s := newSite(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "labels.csv")
	args := []string{"-format", "csv", "-startDate", "-90d", "-resultSize", "10", "-out", file}
	content := func() string {
		b, _ := os.ReadFile(file)
		return string(b)
	}
	s.plan(nth(2, refuse(400, nil, "")))
	if got := s.search(t, args...); got.code != exitFailed || content() != "" || !strings.Contains(got.stderr, file+" is not written") {
		t.Errorf("exit code %d, %s\n%s", got.code, content(), got.stderr)
	}
	s.plan(nil)
	want := s.well(t, args[:len(args)-2]...)
	if out := s.well(t, args...); out != "" || content() != want {
		t.Errorf("standard output %q, the file: -want +got\n%s", out, cmp.Diff(want, content()))
	}
	s.plan(nth(2, refuse(400, nil, "")))
	if got := s.search(t, args...); got.code != exitFailed || content() != want {
		t.Errorf("a search that fails changes the file of an earlier one: exit code %d\n%s", got.code, got.stderr)
	}
	if diff := cmp.Diff([]string{"labels.csv"}, files(t, dir)); diff != "" {
		t.Errorf("left behind: -want +got\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read personal data: %v, %v", info.Mode(), err)
	}
}

func TestAFileThatCannotBeWrittenIsToldBeforeAnythingIsAsked(t *testing.T) {
	s := newSite(t)
	s.plan(nil)
	for _, file := range []string{filepath.Join(t.TempDir(), "no", "such", "folder.csv"), t.TempDir()} {
		if got := s.search(t, "-out", file); got.code != exitFailed || !strings.Contains(got.stderr, file) || s.sent() > 0 {
			t.Errorf("%s: exit code %d after %d requests\n%s", file, got.code, s.sent(), got.stderr)
		}
	}
}

func TestStandardOutputThatNobodyReadsIsAFailure(t *testing.T) {
	s := newSite(t)
	var stderr bytes.Buffer
	if code := s.program(brokenPipe{}, &stderr).run(t.Context(), []string{"search", "-startDate", "-90d"}); code != exitFailed {
		t.Errorf("exit code %d\n%s", code, &stderr)
	}
}

func TestASearchLeavesNothingInTheTemporaryFolder(t *testing.T) {
	s := newSite(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s.well(t, "-startDate", "-90d")
	s.plan(nth(0, refuse(400, nil, "")))
	s.search(t, "-startDate", "-90d")
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestProgressIsSaidEveryTwoSeconds(t *testing.T) {
	s := newSite(t)
	s.plan(always(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.Clock.Advance(500 * time.Millisecond)
		next.ServeHTTP(w, r)
	}))
	got := s.search(t, "-startDate", "-90d", "-resultSize", "10")
	said := strings.Count(got.stderr, "of the next page")
	if most := s.sent() / 4; said == 0 || said > most {
		t.Errorf("said %d times in %d requests of half a second:\n%s", said, s.sent(), got.stderr)
	}
	if !strings.Contains(got.stderr, fmt.Sprintf("%d events", len(s.ids(t)))) {
		t.Errorf("the count is missing:\n%s", got.stderr)
	}
}
