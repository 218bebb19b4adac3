package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
)

// checkFault checks an error's status, code and target, and returns its
// message.
func checkFault(t *testing.T, a answer, status int, code, target string) string {
	t.Helper()
	var body struct {
		Error struct{ Code, Message, Target string }
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Fatalf("%v in %q", err, a.body)
	}
	got := body.Error
	if a.status != status || got.Code != code || got.Target != target {
		t.Errorf("got %d %s, target %q: %s\nwant %d %s, target %q", a.status, got.Code, got.Target, got.Message, status, code, target)
	}
	return got.Message
}

func TestABadQuestionIsNamed(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	for _, test := range []struct{ asked, code, target, says string }{
		{"color=red", "UnknownParameter", "color", `unknown parameter "color"; this path accepts startDate, endDate,`},
		{"start%20date=-1d", "UnknownParameter", "start date", "start date"},
		{"=x", "UnknownParameter", "", `unknown parameter ""`},
		{"objectid" + strings.Repeat("s", 300) + "=x", "UnknownParameter", "objectid" + strings.Repeat("s", 92) + "...", ""},

		{"startDate=yesterday", "InvalidParameter", "startDate", `"yesterday" is not a date such as 2026-11-21`},
		{"STARTDATE=x", "InvalidParameter", "startDate", "startDate"},
		{"startDate=", "InvalidParameter", "startDate", `""`},
		{"startDate=2026-02-30", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21T10", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21T1:00", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21T10:00:00.5Z", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21T10:00:00%2B01:00", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21+10:00", "InvalidParameter", "startDate", ""},
		{"startDate=2026-11-21Z", "InvalidParameter", "startDate", ""},
		{"endDate=7d", "InvalidParameter", "endDate", ""},
		{"endDate=-7m", "InvalidParameter", "endDate", ""},
		{"endDate=-d", "InvalidParameter", "endDate", ""},
		{"endDate=--7d", "InvalidParameter", "endDate", ""},
		{"endDate=-100000d", "InvalidParameter", "endDate", ""},
		{"startDate=2026-11-20&endDate=2026-11-19", "InvalidParameter", "endDate", "endDate 2026-11-19T00:00:00Z is before startDate 2026-11-20T00:00:00Z"},
		{"startDate=2026-12-01", "InvalidParameter", "startDate", "is before startDate"},
		{"startDate=-1d&startDate=-2d", "InvalidParameter", "startDate", "given 2 times"},
		{"startDate=-1d&STARTDATE=-1d", "InvalidParameter", "startDate", "given 2 times"},
		{"startDate=-1d,-2d", "InvalidParameter", "startDate", ""},

		{"recordType=AipNothing", "InvalidParameter", "recordType", `"AipNothing" is not the number or name of a record type`},
		{"recordType=94,-1", "InvalidParameter", "recordType", `"-1"`},
		{"recordType=4294967296", "InvalidParameter", "recordType", ""},
		{"recordType=94,,95", "InvalidParameter", "recordType", "empty"},
		{"recordType=", "InvalidParameter", "recordType", "empty"},
		{"operations=", "InvalidParameter", "operations", "empty"},
		{"userIds=a@b,", "InvalidParameter", "userIds", "empty"},
		{"userIds=%ff", "InvalidParameter", "userIds", "UTF-8"},

		{"recordType=AipSensitivityLabel", "InvalidParameter", "recordType", "the closest names are AipSensitivityLabelAction, "},
		{"recordType=aipdiscovery", "InvalidParameter", "recordType", "the closest names are AipDiscover, "},
		{"labelEventTypes=Downgraded", "InvalidParameter", "labelEventTypes", `"Downgraded" is not a number or a name of LabelEventType; valid names are None, LabelUpgraded, LabelDowngraded, LabelRemoved, LabelChangedSameOrder`},
		{"actionSources=robot", "InvalidParameter", "actionSources", "valid names are None, Default, Auto, Manual, Recommended"},
		{"platforms=1,BeOS", "InvalidParameter", "platforms", `"BeOS"`},
		{"platforms=2147483648", "InvalidParameter", "platforms", "2147483648"},
		{"userTypes=", "InvalidParameter", "userTypes", "empty"},
		{"fileNames=", "InvalidParameter", "fileNames", "empty"},
		{"fileNames=C:%5CData%5CPlan.docx", "InvalidParameter", "fileNames", "use objectIds for a whole path"},
		{"fileNames=a/b", "InvalidParameter", "fileNames", ""},
		{"objectIds=", "InvalidParameter", "objectIds", "empty"},
		{"objectIds=a&objectIds=", "InvalidParameter", "objectIds", "empty"},
		{"sensitivityLabelIds=a,,b", "InvalidParameter", "sensitivityLabelIds", "empty"},
		{"freeText=", "InvalidParameter", "freeText", "empty"},
		{"freeText=" + strings.Repeat("x", 501), "InvalidParameter", "freeText", "501 characters; at most 500 are allowed"},
		{"freeText=%c3%28", "InvalidParameter", "freeText", "UTF-8"},
		{"userIds=" + strings.Repeat("a,", 100) + "b", "InvalidParameter", "userIds", "101 values; at most 100 are allowed"},
		{"freeText=a" + strings.Repeat("&freeText=b", 100), "InvalidParameter", "freeText", "101 values"},

		{"resultSize=5001&format=JSON", "InvalidParameter", "resultSize", "1 to 5000"},
		{"format=csv&resultSize=50001", "InvalidParameter", "resultSize", "50001 is not a whole number from 1 to 50000, the maximum for csv"},
		{"resultSize=50001&format=ndjson", "InvalidParameter", "resultSize", "1 to 50000"},
		{"resultSize=0", "InvalidParameter", "resultSize", "1 to 5000"},
		{"resultSize=5001", "InvalidParameter", "resultSize", "1 to 5000"},
		{"resultSize=-1", "InvalidParameter", "resultSize", ""},
		{"resultSize=1e3", "InvalidParameter", "resultSize", ""},
		{"resultSize=65636", "InvalidParameter", "resultSize", ""},
		{"resultSize=1&resultSize=1", "InvalidParameter", "resultSize", "given 2 times"},
		{"format=xlsx", "InvalidParameter", "format", `"xlsx" is not a format; valid names are json, ndjson, csv`},
		{"format=csv&format=json", "InvalidParameter", "format", "given 2 times"},
		{"view=raw", "InvalidParameter", "view", "valid names are normalized, record, cmdlet"},

		{"cursor=x", "InvalidCursor", "cursor", "nextLink"},
		{"cursor=", "InvalidParameter", "cursor", ""},
		{"cursor=bm90IEpTT04", "InvalidCursor", "cursor", ""},
		{"cursor=a&cursor=b", "InvalidParameter", "cursor", "given 2 times"},

		{"startDate=%zz", "InvalidQuery", "startDate", "percent-encoded"},
		{"view=record&userIds=a;b", "InvalidQuery", "userIds", "percent-encoded"},
	} {
		t.Run(test.asked, func(t *testing.T) {
			a := tr.get(t, "/api/v1/events?"+test.asked)
			if message := checkFault(t, a, http.StatusBadRequest, test.code, test.target); !strings.Contains(message, test.says) {
				t.Errorf("the message is %q, want it to say %q", message, test.says)
			}
		})
	}
	if tr.log.Len() > 0 {
		t.Errorf("what the caller did wrong is in the log: %s", tr.log)
	}
	if n := tr.store.Requests(); n != 0 {
		t.Errorf("%d requests to storage for questions that cannot be answered", n)
	}
}

func TestACursorThatSomebodyMadeUpIsNone(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	ledger(t, tr)
	for _, list := range []string{"events", "content"} {
		for _, after := range []store.Position{"x", "095678", "095678_8204371889", "095678_8204371889_ca'f3", "999999_8204371889_a_b", "095678_x_a_b"} {
			a := tr.get(t, "/api/v1/"+list+"?cursor="+query.MadeUpCursor(list, now, after))
			checkFault(t, a, http.StatusBadRequest, "InvalidCursor", "cursor")
		}
	}
	if tr.log.Len() > 0 {
		t.Errorf("what the caller did wrong is in the log: %s", tr.log)
	}
}

func TestOtherPathsTakeNoParameters(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	for _, path := range []string{"/api/v1/status", "/api/v1/events/ca08441d-7876-4320-9c75-c0a3d99bcc4a"} {
		checkFault(t, tr.get(t, path+"?startDate=-1d"), http.StatusBadRequest, "UnknownParameter", "startDate")
		if a := tr.get(t, path+"?CODE=the-function-key"); a.status != http.StatusOK {
			t.Errorf("%s with a function's key: %d %s", path, a.status, a.body)
		}
	}
}

func TestPathsThatAreNotServedAreNotFound(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	for _, path := range []string{
		"/", "/api", "/api/v1", "/api/v1/", "/api/v2/events", "/api/v1/event", "/api/v1/events/", "/api/v1/Events", "/v1/events",
		"//api/v1/events", "/api//v1/events", "/api/v1//events", "/api/v1/events//x", "/api/v1/status/", "/api/v1/events/a/b",
		"/api/v1/./events", "/api/v1/../v1/events", "/api/v1/events/../status", "/api/v1/events/..", "/api/v1/events/.",
		"/api/v1/events/%2e%2e", "/api/v1/events/..%2fstatus", "/api/v1/events/%2Fx", "/api/v1%2fevents", "/api/v1/events%2fx",
		"/api/v1/events/a%5cb", "/api/v1/events/a%00", "/api/v1/events/a%0d%0aX:%20y", "/api/v1/events/%ff", "/api/v1/%65vents",
		"/api/v1/events/%20", "/api/v1/status;x", "/api/v1/events/a%252fb/c",
	} {
		t.Run(path, func(t *testing.T) {
			a := tr.getAs(t, "", func(r *http.Request) { r.URL = mustParse(t, tr.URL+path) })
			checkFault(t, a, http.StatusNotFound, "NotFound", "")
		})
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestOnlyGetAndHeadAreAnswered(t *testing.T) {
	tr := newTrail(t)
	for method, status := range map[string]int{
		http.MethodGet: 200, http.MethodHead: 200,
		http.MethodPost: 404, http.MethodPut: 404, http.MethodDelete: 404, http.MethodPatch: 404, http.MethodOptions: 404,
	} {
		a := tr.getAs(t, "/api/v1/events", func(r *http.Request) { r.Method = method })
		if a.status != status {
			t.Errorf("%s is answered with %d, want %d", method, a.status, status)
		}
		if method == http.MethodHead && len(a.body) > 0 {
			t.Errorf("HEAD has a body: %s", a.body)
		}
	}
}

func TestEveryAnswerHasTheHeadersOfOne(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	for _, path := range []string{
		"/api/v1/events", "/api/v1/events?x=y", "/api/v1/events/ca08441d-7876-4320-9c75-c0a3d99bcc4a", "/api/v1/events/none",
		"/api/v1/status", "/api/v1/nothing",
	} {
		header := tr.get(t, path).header
		for name, want := range map[string]string{
			"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
}

// personal are paths that read storage, some with personal data in them.
var personal = []string{
	"/api/v1/events?userIds=adele@contoso.com&recordType=94",
	"/api/v1/events/adele@contoso.com",
	"/api/v1/status",
}

func TestStorageThatDoesNotAnswerIs503(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: away{}})
	for _, path := range personal {
		a := tr.get(t, path)
		checkFault(t, a, http.StatusServiceUnavailable, "StorageUnavailable", "")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	checkLog(t, tr, "storage does not answer")
}

// refusing is a storage that refuses everything, and repeats what it was sent.
type refusing struct{}

func (refusing) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusForbidden, Status: "403 Forbidden", Request: r,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(`{"odata.error":{"code":"AuthorizationFailure","message":{"value":"adele@contoso.com"}}}`)),
	}, nil
}

func TestAnErrorOfOurOwnIs500WithoutInternals(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: refusing{}})
	for _, path := range personal {
		a := tr.get(t, path)
		if message := checkFault(t, a, http.StatusInternalServerError, "InternalError", ""); message != "internal error" {
			t.Errorf("%s: the caller is told %q", path, message)
		}
	}
	checkLog(t, tr, "query failed")
}

// checkLog checks that each of the personal paths has left one line that says
// what was asked, and not of whom.
func checkLog(t *testing.T, tr *trail, message string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(tr.log.String()), "\n")
	if len(lines) != len(personal) {
		t.Fatalf("%d requests left %d lines: %s", len(personal), len(lines), tr.log)
	}
	for i, operation := range []string{"events", "event", "status"} {
		var line struct{ Msg, Operation, Error string }
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		if line.Msg != message || line.Operation != operation || line.Error == "" {
			t.Errorf("%s left %s", personal[i], lines[i])
		}
	}
	if strings.Contains(tr.log.String(), "adele") {
		t.Errorf("personal data in the log: %s", tr.log)
	}
}

func TestStorageThatFailsOnALaterPageOfRowsFailsTheWholeAnswer(t *testing.T) {
	var n atomic.Int32
	tr := newTrail(t, generate(t, seeded(t), 60)...)
	c := store.Config{ConnectionString: tr.connection}
	c.Transport = transport(func(r *http.Request) (*http.Response, error) {
		if n.Add(1) > 3 {
			return nil, errors.New("connection reset")
		}
		return http.DefaultClient.Do(r)
	})
	failing := openTrail(t, c)
	for _, format := range []string{"json", "ndjson", "csv"} {
		n.Store(0)
		a := failing.get(t, "/api/v1/events?startDate=-300d&resultSize=5000&format="+format)
		checkFault(t, a, http.StatusServiceUnavailable, "StorageUnavailable", "")
		if a.header.Get("Content-Disposition")+a.header.Get("Link") != "" {
			t.Errorf("%s: an error has the headers of an answer: %v", format, a.header)
		}
		if n.Load() <= 3 {
			t.Fatalf("storage was asked %d times: the test shows nothing", n.Load())
		}
	}
}

func TestACallerThatHasGoneIsNoFailure(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	tr := openTrail(t, store.Config{
		ConnectionString: pool.ConnectionString(t),
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			leave()
			return nil, r.Context().Err()
		}),
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/events", nil)
	tr.newHandler(t).ServeHTTP(httptest.NewRecorder(), r)
	if ctx.Err() == nil {
		t.Fatal("storage was never asked: the test shows nothing")
	}
	if tr.log.Len() > 0 {
		t.Errorf("logged %s", tr.log)
	}
}

// A transport answers requests to storage.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }
