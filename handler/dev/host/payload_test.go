package host

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden compares a value, as JSON, with a file in testdata.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decode[any](t, string(want)), decode[any](t, marshal(value))); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestTimerEnvelope(t *testing.T) {
	pull := &Function{Name: "pull", Timer: &TimerTrigger{Binding: "timer"}}
	cron := timerSchedule{AdjustForDST: true}
	tests := map[string]timerInfo{
		"timer-first-run.json": {Schedule: cron, ScheduleStatus: statusOf("", "2026-11-21T10:05:00Z", "")},
		"timer-past-due.json": {Schedule: cron, IsPastDue: true,
			ScheduleStatus: statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z")},
		"timer-without-monitor.json": {},
	}
	for name, info := range tests {
		e := newTimerEnvelope(pull, info, at("2026-11-21T10:05:00Z").Add(1_234_500))
		e.Metadata.Sys.RandGuid = "dcb4cb5c-6a4b-4dd9-a5ff-6ba9bc8b4c5a"
		golden(t, name, e)
	}
}

func TestScheduleStatusJSON(t *testing.T) {
	status := scheduleStatus{Next: netOf(at("2026-11-21T12:05:00+02:00")), LastUpdated: netOf(at("2026-11-21T10:00:00Z").Add(1_200_099))}
	const want = `{"Last":"0001-01-01T00:00:00","Next":"2026-11-21T10:05:00+00:00","LastUpdated":"2026-11-21T10:00:00.0012+00:00"}`
	text := marshal(status)
	if text != want {
		t.Errorf("encoded as %s, want %s", text, want)
	}
	if diff := cmp.Diff(status, decode[scheduleStatus](t, text)); diff != "" {
		t.Errorf("decoded again (-want +got):\n%s", diff)
	}
}

// newResponse is a response of the handler.
func newResponse(status int, contentType, body string) *http.Response {
	r := &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestReadTimerResponse(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		want                    timerResponse
	}{
		{"all members", "application/json", `{"Outputs":{"a":1},"Logs":["x","y"],"ReturnValue":"z"}`,
			timerResponse{map[string]json.RawMessage{"a": json.RawMessage("1")}, []logText{"x", "y"}, json.RawMessage(`"z"`)}},
		{"names in any case, unknown names", "application/json; charset=utf-8", `{"logs":["x"],"more":1}`, timerResponse{Logs: []logText{"x"}}},
		{"no members", "text/json", `{}`, timerResponse{}},
		{"scalars in Logs", "application/json", `{"Logs":[1,true,null]}`, timerResponse{Logs: []logText{"1", "true", ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readTimerResponse(newResponse(200, test.contentType, test.body))
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestReadTimerResponseErrors(t *testing.T) {
	tests := []struct {
		name              string
		status            int
		contentType, body string
		want              string
	}{
		{"status 500", 500, "application/json", `{}`, "does not indicate success: Internal Server Error"},
		{"a redirect", 302, "application/json", `{}`, "does not indicate success"},
		{"text/plain, the default of net/http", 200, "text/plain; charset=utf-8", `{}`, "no MediaTypeFormatter"},
		{"no media type", 200, "", `{}`, "no MediaTypeFormatter"},
		{"a JSON type without a formatter", 200, "application/problem+json", `{}`, "no MediaTypeFormatter"},
		{"a body that is not JSON", 200, "application/json", `done`, "invalid HttpResponseMessage"},
		{"an array", 200, "application/json", `[]`, "invalid HttpResponseMessage"},
		{"an array in Outputs", 200, "application/json", `{"Outputs":[]}`, "invalid HttpResponseMessage"},
		{"a text in Logs", 200, "application/json", `{"Logs":"x"}`, "invalid HttpResponseMessage"},
		{"objects in Logs", 200, "application/json", `{"Logs":[{}]}`, "a line of Logs"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readTimerResponse(newResponse(test.status, test.contentType, test.body))
			if err == nil || errors.Is(err, errEmptyResponse) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestReadTimerResponseEmpty(t *testing.T) {
	chunked := newResponse(200, "application/json", "")
	chunked.ContentLength = -1
	for name, r := range map[string]*http.Response{
		"null": newResponse(200, "application/json", " null\n"), "empty": newResponse(200, "application/json", ""),
		"empty without a type": newResponse(200, "", ""), "no content": newResponse(204, "", ""), "empty and chunked": chunked,
		"blank": newResponse(200, "application/json", "\n"),
	} {
		if _, err := readTimerResponse(r); !errors.Is(err, errEmptyResponse) {
			t.Errorf("%s: error %v, want %v", name, err, errEmptyResponse)
		}
	}
}

func FuzzReadTimerResponse(f *testing.F) {
	f.Add(`{"Outputs":{"res":{"statusCode":"201","headers":{"A":"b"},"body":{"x":1}}},"Logs":["l"],"ReturnValue":1}`)
	f.Add(`{"Outputs":{"res":"{\"body\":true}"}}`)
	f.Add(`{"Logs":[null,1.5,"x"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		r, err := readTimerResponse(newResponse(200, "application/json", body))
		if err == nil && len(r.lines()) != len(r.Logs) {
			t.Errorf("%d lines of %d in Logs", len(r.lines()), len(r.Logs))
		}
	})
}
