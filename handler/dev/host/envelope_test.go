package host

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// golden compares a value as JSON with a file in testdata.
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

func testSystem(function string) system {
	s := newSystem(function, at("2026-11-21T10:05:00Z").Add(1_234_500))
	s.RandGuid = "dcb4cb5c-6a4b-4dd9-a5ff-6ba9bc8b4c5a"
	return s
}

func TestTimerEnvelope(t *testing.T) {
	trigger := &TimerTrigger{Binding: "timer"}
	cron := timerSchedule{AdjustForDST: true}
	tests := map[string]envelope{
		"timer-first-run.json": timerEnvelope(trigger, timerInfo{Schedule: cron, ScheduleStatus: statusOf("", "2026-11-21T10:05:00Z", "")}, testSystem("pull"), nil),
		"timer-past-due.json": timerEnvelope(trigger, timerInfo{Schedule: cron, IsPastDue: true,
			ScheduleStatus: statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z")}, testSystem("pull"), nil),
		"timer-without-monitor.json": timerEnvelope(trigger, timerInfo{}, testSystem("pull"), nil),
		"timer-retry.json": timerEnvelope(trigger, timerInfo{Schedule: cron}, testSystem("pull"),
			&retryContext{RetryCount: 1, MaxRetryCount: 3, Exception: &retryException{ClassName: "E", Message: "m"}}),
	}
	for name, e := range tests {
		golden(t, name, e)
	}
}

func TestHTTPEnvelope(t *testing.T) {
	body := `{"a":1,"b":true,"c":null,"d":[1],"e":{"f":"<g>"},"h":"i","Number":1.50,"myTrigger":"x","ID":"body"}`
	r := httptest.NewRequest("POST", "http://labels.example/api/orders/7?x=1&X=2&code=secret&flag", strings.NewReader(body))
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-Functions-Key": {"secret"}, "X-Many": {"1", "2"}}
	id := "7"
	call := httpCall{
		request: r, values: routeValues{"id": &id, "rest": nil},
		level: levelFunction, keyName: "default", body: []byte(body),
	}
	golden(t, "http-default.json", httpEnvelope(&HTTPTrigger{Binding: "req"}, call, testSystem("orders")))
}

func TestHTTPEnvelopeOfAnAnonymousRequestWithoutBody(t *testing.T) {
	r := httptest.NewRequest("GET", "http://labels.example/api/orders", nil)
	r.Header = http.Header{}
	golden(t, "http-anonymous.json", httpEnvelope(&HTTPTrigger{Binding: "req"}, httpCall{request: r, values: routeValues{}}, testSystem("orders")))
}

func TestHTTPEnvelopeHasBinaryBodiesInBase64(t *testing.T) {
	for contentType, want := range map[string]string{
		"application/octet-stream": "AP8=", "multipart/form-data; boundary=x": "AP8=", "text/plain": "\x00\ufffd",
	} {
		r := httptest.NewRequest("POST", "http://labels.example/", bytes.NewReader(nil))
		r.Header.Set("Content-Type", contentType)
		data := decode[httpRequestData](t, marshal(httpCall{request: r, body: []byte{0, 255}}.data()))
		if data.Body == nil || *data.Body != want {
			t.Errorf("%s: %v, want %q", contentType, data.Body, want)
		}
	}
}

func TestEncodedValues(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{"hi", `"\"hi\""`}, {`say "<hi>"`, `"\"say \\\"<hi>\\\"\""`}, {"", `"\"\""`},
		{1, `"1"`}, {true, `"true"`}, {[]int{1, 2}, `"[1,2]"`}, {map[string]int{"a": 1}, `{"a":1}`},
		{[]byte{1, 2, 3}, `"AQID"`}, {time.Date(2026, 11, 21, 10, 0, 0, 999, time.UTC), `"2026-11-21T10:00:00Z"`},
	} {
		if got := marshal(encodeValue(test.value)); got != test.want {
			t.Errorf("%v is sent as %s, want %s", test.value, got, test.want)
		}
	}
}

func TestTraceJoinsTheCallers(t *testing.T) {
	const caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
	got := newInvocation(nil, http.Header{headerTrace: {caller}}).trace
	if !tracePattern.MatchString(got) || got[:36] != caller[:36] || got == caller || got[len(got)-2:] != "00" {
		t.Errorf("trace %s of the caller's %s", got, caller)
	}
	if own := newInvocation(nil, nil).trace; !tracePattern.MatchString(own) || own[:36] == caller[:36] {
		t.Errorf("own trace %s", own)
	}
}
