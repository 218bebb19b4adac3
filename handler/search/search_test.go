package search

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

func TestRunPages(t *testing.T) {
	f := newFixture(t)
	all := f.ids(t)
	for _, format := range formatNames() {
		whole := f.output(t, "-format", format, "-startDate", "-90d")
		if diff := cmp.Diff(all, rowIDs(t, format, whole)); diff != "" {
			t.Errorf("%s: -want +got\n%s", format, diff)
		}
		for _, size := range []int{1, 7, len(all) - 1, len(all)} {
			got := f.output(t, "-format", format, "-startDate", "-90d", "-resultSize", strconv.Itoa(size))
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%s in pages of %d: -one page +pages\n%s", format, size, diff)
			}
		}
	}
}

func TestRunDefaultFormat(t *testing.T) {
	f := newFixture(t)
	if got, want := f.output(t, "-startDate", "-90d"), f.output(t, "-startDate", "-90d", "-format", "NDJSON"); got != want || got == "" {
		t.Errorf("-want +got\n%s", cmp.Diff(want, got))
	}
}

func TestRunFirst(t *testing.T) {
	f := newFixture(t)
	all := f.ids(t)
	n := len(all)
	for _, format := range formatNames() {
		for _, x := range []struct {
			pageSize int
			firsts   []int
		}{
			{7, []int{1, 6, 7, 8, 20, n - 1, n, n + 1}},
			{n, []int{n - 1, n}},
		} {
			for _, first := range x.firsts {
				got := f.run(t, "-format", format, "-startDate", "-90d", "-resultSize", strconv.Itoa(x.pageSize), "-first", strconv.Itoa(first))
				if diff := cmp.Diff(all[:min(first, n)], rowIDs(t, format, got.stdout)); diff != "" {
					t.Errorf("the first %d as %s, pages of %d: -want +got\n%s", first, format, x.pageSize, diff)
				}
				if more := strings.Contains(got.stderr, "more remain"); got.err != nil || more != (first < n) {
					t.Errorf("the first %d of %d as %s, pages of %d: %v, %s", first, n, format, x.pageSize, got.err, got.stderr)
				}
			}
		}
	}
}

func TestRunPaginationLoop(t *testing.T) {
	f := newFixture(t)
	for pages := 1; pages <= 3; pages++ {
		var visited []string
		f.schedule(func(n int) fault {
			if n == 2*pages {
				return respond(400, nil, "")
			}
			return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				visited = append(visited, r.URL.String())
				link := visited[0]
				if len(visited) < pages {
					link += fmt.Sprintf("&page=%d", len(visited))
				}
				r.URL.RawQuery, _, _ = strings.Cut(r.URL.RawQuery, "&page=")
				change(func(h http.Header) { h.Set("Link", "<"+f.server.URL+link+`>; rel="next"`) }, func(string) string { return "" })(w, r, next)
			}
		})
		if got := f.run(t); !got.failsWith("pagination loop") || f.sent() != pages {
			t.Errorf("after %d pages: %v after %d requests", pages, got.err, f.sent())
		}
	}
}

func TestPageSize(t *testing.T) {
	for _, x := range []struct{ first, most, want int }{
		{1, 5000, 1}, {5000, 5000, 5000}, {5001, 5000, 2501}, {60_000, 50_000, 30_000}, {100_001, 50_000, 33_334},
	} {
		got := pageSize(x.first, x.most)
		if got != x.want || got > x.most {
			t.Errorf("the first %d in pages of up to %d: pages of %d, want %d", x.first, x.most, got, x.want)
		}
	}
}

func TestRunNothingFound(t *testing.T) {
	f := newFixture(t)
	for format, want := range map[string]string{"json": "{\"value\":[],\"completeThrough\":\"2026-03-18T14:30:00Z\"}\n", "ndjson": ""} {
		got := f.run(t, "-format", format, "-userIds", "nobody@contoso.com")
		if got.err != nil || got.stdout != want || !strings.Contains(got.stderr, "nothing was found") {
			t.Errorf("%s: %v, %q, want %q\n%s", format, got.err, got.stdout, want, got.stderr)
		}
	}
}

// However a request is interrupted, on the first page, in the middle or on the
// last, the answer is the same.
func TestRunRetry(t *testing.T) {
	f := newFixture(t)
	after := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	second, page := time.Second, "<html>an error page of the platform</html>"
	arguments := func(format string) []string {
		return []string{"-format", format, "-startDate", "-90d", "-resultSize", "40"}
	}
	want := map[string]string{}
	for _, format := range formatNames() {
		want[format] = f.output(t, arguments(format)...)
	}
	pages := (len(f.ids(t)) + 39) / 40
	for name, x := range map[string]struct {
		injected fault
		waits    []time.Duration
	}{
		"reset in mid-page":          {cut(true, reset), []time.Duration{second}},
		"cut short":                  {cut(true, hangUp), []time.Duration{second}},
		"reset before the response":  {cut(false, reset), []time.Duration{second}},
		"closed before the response": {cut(false, hangUp), []time.Duration{second}},
		"storage unavailable":        {respond(503, after("10"), `{"error":{"code":"StorageUnavailable","message":"x"}}`), []time.Duration{10 * second}},
		"throttled":                  {respond(429, after("7"), ""), []time.Duration{7 * second}},
		"throttled until":            {respond(429, http.Header{"Date": {"Wed, 18 Mar 2026 14:00:00 GMT"}, "Retry-After": {"Wed, 18 Mar 2026 14:00:20 GMT"}}, ""), []time.Duration{20 * second}},
		"throttled, invalid delay":   {respond(429, after("soon"), ""), []time.Duration{second}},
		"bad gateway":                {respond(502, nil, page), []time.Duration{second}},
		"gateway timeout":            {respond(504, nil, page), []time.Duration{second}},
		"the handler died":           {respond(500, nil, ""), []time.Duration{second}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, format := range formatNames() {
				for _, n := range []int{0, 1, pages - 1} {
					f.schedule(nth(n, x.injected))
					got := f.run(t, arguments(format)...)
					if got.err != nil || got.stdout != want[format] {
						t.Errorf("%s, at page %d: %v\n%s\n%s", format, n, got.err, cmp.Diff(want[format], got.stdout), got.stderr)
					}
					if diff := cmp.Diff(x.waits, f.waits); diff != "" || f.sent() != pages+1 {
						t.Errorf("%s, at page %d: %d requests, want %d; waits: -want +got\n%s", format, n, f.sent(), pages+1, diff)
					}
					f.schedule(nil)
				}
			}
		})
	}
}

func TestRunStalledResponse(t *testing.T) {
	f := newFixture(t)
	want := f.output(t, "-startDate", "-90d")
	f.idleTimeout = 2 * time.Second // a loaded machine answers within it
	f.schedule(nth(0, hang))
	got := f.run(t, "-startDate", "-90d")
	if got.err != nil || got.stdout != want || !strings.Contains(got.stderr, "no data received for too long") {
		t.Errorf("%v\n%s", got.err, got.stderr)
	}
}

// Attempts and backoff have a limit.
func TestRunGivesUp(t *testing.T) {
	f := newFixture(t)
	f.schedule(func(n int) fault {
		if n >= 2 {
			return cut(true, reset)
		}
		return nil
	})
	got := f.run(t, "-startDate", "-90d", "-resultSize", "10", "-format", "json")
	if !got.failsWith("NOT WHOLE: it has the newest 20 events") || f.sent() != 2+maxAttempts {
		t.Errorf("%v after %d requests\n%s", got.err, f.sent(), got.stderr)
	}
	if bytes.HasSuffix([]byte(got.stdout), []byte("}\n")) {
		t.Errorf("the output looks whole: %s", got.stdout)
	}
	want := []time.Duration{1, 2, 4, 8, 16, 30, 30}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, f.waits); diff != "" {
		t.Errorf("backoff: -want +got\n%s", diff)
	}
	f.schedule(always(respond(503, http.Header{"Retry-After": {"3600"}}, "")))
	if got := f.run(t, "-startDate", "-90d"); got.err == nil || f.sent() != 1 || len(f.waits) > 0 {
		t.Errorf("asked to wait an hour: %v after %d requests and %v\n%s", got.err, f.sent(), f.waits, got.stderr)
	}
}

// A response that is not the expected page is an error at once. None of it is
// written as rows.
func TestRunMalformedPage(t *testing.T) {
	f := newFixture(t)
	replaced := func(text string) fault { return change(sameHeader, func(string) string { return text }) }
	appended := func(text string) fault { return change(sameHeader, func(body string) string { return body + text }) }
	halved := change(sameHeader, func(body string) string { return body[:len(body)/2] })
	shortened := change(sameHeader, func(body string) string { return body[:len(body)-2] })
	without := func(name string) fault { return change(func(h http.Header) { h.Del(name) }, sameBody) }
	html := change(func(h http.Header) { h.Set("Content-Type", "text/html") }, func(string) string { return "<html>Log in</html>" })
	badLink := change(func(h http.Header) { h.Set("Link", `<https://[>; rel="next"`) }, func(string) string { return `{"value":[],"nextLink":"https://["}` })
	for name, x := range map[string]struct {
		format   string
		injected fault
		want     string
	}{
		"a proxy's page":               {"json", html, `the answer is "text/html"`},
		"a proxy's page for a table":   {"csv", html, `the answer is "text/html"`},
		"no end announced":             {"ndjson", endless, "does not say where it ends"},
		"the API's headers removed":    {"csv", without(query.RowsHeader), "lacks headers of this API"},
		"half a document":              {"json", halved, "not the expected JSON"},
		"another document":             {"json", replaced(`["x"]`), "not the expected JSON"},
		"two documents":                {"json", appended(`{}`), "data after its end"},
		"value is not an array":        {"json", replaced(`{"value":{}}`), "not the expected JSON"},
		"Link header removed":          {"json", without("Link"), "nextLink and the Link header differ"},
		"a line cut short":             {"ndjson", shortened, "a line of the answer is not JSON"},
		"a line that is not JSON":      {"ndjson", appended("x\n"), "a line of the answer is not JSON"},
		"a table cut in a row":         {"csv", shortened, "the answer"},
		"a row with too few cells":     {"csv", appended("1,2\r\n"), "the answer is not a table"},
		"an unclosed quote":            {"csv", appended("\"x\r\n"), "the answer is not a table"},
		"an empty table":               {"csv", replaced(""), "no header row"},
		"an invalid link to next page": {"json", badLink, "not a valid URL"},
	} {
		t.Run(name, func(t *testing.T) {
			f.schedule(nth(1, x.injected))
			got := f.run(t, "-format", x.format, "-startDate", "-90d", "-resultSize", "10")
			if !got.failsWith(x.want) || !got.failsWith("NOT WHOLE") || f.sent() != 2 {
				t.Errorf("%v after %d requests, want %q", got.err, f.sent(), x.want)
			}
		})
	}
}

// Rows that were written before their page turned out to be malformed are
// counted, too.
func TestRunMalformedFirstPage(t *testing.T) {
	f := newFixture(t)
	all := f.ids(t)
	for format, add := range map[string]string{"ndjson": "x\n", "json": "{}"} {
		f.schedule(nth(0, change(sameHeader, func(body string) string { return body + add })))
		got := f.run(t, "-format", format, "-startDate", "-90d")
		want := fmt.Sprintf("NOT WHOLE: it has the newest %d events", len(all))
		if n := strings.Count(got.stdout, `"AuditData":`); !got.failsWith(want) || n != len(all) {
			t.Errorf("%s: %v, %d events of %d are written", format, got.err, n, len(all))
		}
	}
}

func TestRunColumnsChange(t *testing.T) {
	f := newFixture(t)
	f.schedule(nth(1, change(sameHeader, func(body string) string { return strings.Replace(body, "RecordType", "Another", 1) })))
	if got := f.run(t, "-format", "csv", "-startDate", "-90d", "-resultSize", "10"); !got.failsWith("other columns than the first") {
		t.Errorf("got %v", got.err)
	}
}

// The file gets its name only when it is complete.
func TestRunOutputFile(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "labels.csv")
	args := []string{"-format", "csv", "-startDate", "-90d", "-resultSize", "10", "-out", file}
	content := func() string {
		b, _ := os.ReadFile(file)
		return string(b)
	}
	f.schedule(nth(2, respond(400, nil, "")))
	if got := f.run(t, args...); !got.failsWith(file+" is not written") || content() != "" {
		t.Errorf("%v, %s", got.err, content())
	}
	f.schedule(nil)
	want := f.output(t, args[:len(args)-2]...)
	if out := f.output(t, args...); out != "" || content() != want {
		t.Errorf("standard output %q, the file: -want +got\n%s", out, cmp.Diff(want, content()))
	}
	f.schedule(nth(2, respond(400, nil, "")))
	if got := f.run(t, args...); got.err == nil || content() != want {
		t.Errorf("a search that fails must not change the file of an earlier one: %v", got.err)
	}
	if diff := cmp.Diff([]string{"labels.csv"}, fileNames(t, dir)); diff != "" {
		t.Errorf("left behind: -want +got\n%s", diff)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read personal data: %v, %v", info.Mode(), err)
	}
}

func TestRunOutputFailure(t *testing.T) {
	f := newFixture(t)
	t.Run("a file that cannot be created", func(t *testing.T) {
		f.schedule(nil)
		for _, file := range []string{filepath.Join(t.TempDir(), "no", "such", "folder.csv"), t.TempDir()} {
			if got := f.run(t, "-out", file); !got.failsWith(file) || f.sent() > 0 {
				t.Errorf("%s: %v after %d requests", file, got.err, f.sent())
			}
		}
	})
	t.Run("a closed pipe", func(t *testing.T) {
		if err := Run(t.Context(), f.config(brokenPipe{}, io.Discard), []string{"-startDate", "-90d"}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
}

// brokenPipe is an output that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRunTemporaryFiles(t *testing.T) {
	f := newFixture(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f.output(t, "-startDate", "-90d")
	f.schedule(nth(0, respond(400, nil, "")))
	f.run(t, "-startDate", "-90d")
	if left := fileNames(t, dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRunProgress(t *testing.T) {
	f := newFixture(t)
	f.schedule(nil)
	got := f.run(t, "-startDate", "-90d", "-resultSize", "10")
	if n := strings.Count(got.stderr, "of the next page"); n < f.sent() {
		t.Errorf("reported %d times in %d requests:\n%s", n, f.sent(), got.stderr)
	}
	if !strings.Contains(got.stderr, fmt.Sprintf("%d events", len(f.ids(t)))) {
		t.Errorf("the count is missing:\n%s", got.stderr)
	}
}
