package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

// A wantError is what an error response must contain.
type wantError struct {
	status       int
	code, target string
}

// checkError checks an error response and returns its message.
func checkError(t *testing.T, resp response, want wantError) string {
	t.Helper()
	var body struct {
		Error struct{ Code, Message, Target string }
	}
	if err := json.Unmarshal(resp.body, &body); err != nil {
		t.Fatalf("%v in %q", err, resp.body)
	}
	if got := (wantError{resp.status, body.Error.Code, body.Error.Target}); got != want {
		t.Errorf("got %+v: %s\nwant %+v", got, body.Error.Message, want)
	}
	return body.Error.Message
}

func TestEventsBadRequest(t *testing.T) {
	tr := newUnreachableTrail(t)
	for _, test := range []struct{ query, code, target, message string }{
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
		t.Run(test.query, func(t *testing.T) {
			resp := tr.get(t, "/api/v1/events?"+test.query)
			if message := checkError(t, resp, wantError{http.StatusBadRequest, test.code, test.target}); !strings.Contains(message, test.message) {
				t.Errorf("message %q, want it to contain %q", message, test.message)
			}
		})
	}
	if tr.log.Len() > 0 {
		t.Errorf("an error of the caller was logged: %s", tr.log)
	}
	if n := tr.store.Requests(); n != 0 {
		t.Errorf("%d requests to storage for invalid requests", n)
	}
}

func TestTooManyParameters(t *testing.T) {
	tr := newUnreachableTrail(t)
	many := strings.Repeat("userIds=a&", 10_001) // url.ParseQuery accepts 10,000
	checkError(t, tr.get(t, "/api/v1/events?"+many), wantError{http.StatusBadRequest, "InvalidQuery", ""})
}

func TestMadeUpCursor(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	writeLedger(t, tr)
	for _, list := range []string{"events", "content"} {
		for _, after := range []store.Position{"x", "095678", "095678_8204371889", "095678_8204371889_ca'f3", "999999_8204371889_a_b", "095678_x_a_b"} {
			resp := tr.get(t, "/api/v1/"+list+"?cursor="+query.MadeUpCursor(list, now, after))
			checkError(t, resp, wantError{http.StatusBadRequest, "InvalidCursor", "cursor"})
		}
	}
	if tr.log.Len() > 0 {
		t.Errorf("an error of the caller was logged: %s", tr.log)
	}
}

func TestUnexpectedParameters(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"))
	for _, path := range []string{"/api/v1/status", "/api/v1/events/ca08441d-7876-4320-9c75-c0a3d99bcc4a"} {
		checkError(t, tr.get(t, path+"?startDate=-1d"), wantError{http.StatusBadRequest, "UnknownParameter", "startDate"})
		if resp := tr.get(t, path+"?CODE=the-function-key"); resp.status != http.StatusOK {
			t.Errorf("%s with a function key: %d %s", path, resp.status, resp.body)
		}
	}
}

// storagePaths read storage. Some contain personal data.
var storagePaths = []string{
	"/api/v1/events?userIds=adele@contoso.com&recordType=94",
	"/api/v1/events/adele@contoso.com",
	"/api/v1/status",
}

func TestStorageUnavailable(t *testing.T) {
	tr := newUnreachableTrail(t)
	for _, path := range storagePaths {
		resp := tr.get(t, path)
		checkError(t, resp, wantError{http.StatusServiceUnavailable, "StorageUnavailable", ""})
		if resp.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", path)
		}
	}
	checkLog(t, tr, "storage does not answer")
}

// forbidding is a transport to storage that rejects every request, with personal
// data in the error.
type forbidding struct{}

func (forbidding) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusForbidden, Status: "403 Forbidden", Request: r,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(strings.NewReader(`{"odata.error":{"code":"AuthorizationFailure","message":{"value":"adele@contoso.com"}}}`)),
	}, nil
}

func TestInternalError(t *testing.T) {
	tr := openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: forbidding{}})
	for _, path := range storagePaths {
		resp := tr.get(t, path)
		if message := checkError(t, resp, wantError{http.StatusInternalServerError, "InternalError", ""}); message != "internal error" {
			t.Errorf("%s: message %q", path, message)
		}
	}
	checkLog(t, tr, "query failed")
}

// checkLog checks that each of the storagePaths logged one line with the name of
// its route and without personal data.
func checkLog(t *testing.T, tr *trail, message string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(tr.log.String()), "\n")
	if len(lines) != len(storagePaths) {
		t.Fatalf("%d requests logged %d lines: %s", len(storagePaths), len(lines), tr.log)
	}
	for i, operation := range []string{"events", "event", "status"} {
		var line struct{ Msg, Operation, Error string }
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		if line.Msg != message || line.Operation != operation || line.Error == "" {
			t.Errorf("%s logged %s", storagePaths[i], lines[i])
		}
	}
	if strings.Contains(tr.log.String(), "adele") {
		t.Errorf("personal data in the log: %s", tr.log)
	}
}

func TestStorageFailsMidway(t *testing.T) {
	var n atomic.Int32
	tr := newTrail(t, randomEvents(t, seeded(t), 60)...)
	failing := openTrail(t, store.Config{ConnectionString: tr.connection, Transport: failAfter(3, &n)})
	for _, format := range []string{"json", "ndjson", "csv"} {
		n.Store(0)
		resp := failing.get(t, "/api/v1/events?startDate=-300d&resultSize=5000&format="+format)
		checkError(t, resp, wantError{http.StatusServiceUnavailable, "StorageUnavailable", ""})
		if resp.header.Get("Content-Disposition")+resp.header.Get("Link") != "" {
			t.Errorf("%s: an error has the headers of a page: %v", format, resp.header)
		}
		if n.Load() <= 3 {
			t.Fatalf("precondition: only %d requests to storage", n.Load())
		}
	}
}

func TestStatusStorageFailsMidway(t *testing.T) {
	var n atomic.Int32
	tr := openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: failAfter(1, &n)})
	checkError(t, tr.get(t, "/api/v1/status"), wantError{http.StatusServiceUnavailable, "StorageUnavailable", ""})
	if n.Load() < 2 {
		t.Fatalf("precondition: only %d requests to storage", n.Load())
	}
}

// failAfter returns a transport to Azurite that fails once n has counted more
// than limit requests.
func failAfter(limit int32, n *atomic.Int32) transport {
	return func(r *http.Request) (*http.Response, error) {
		if n.Add(1) > limit {
			return nil, errors.New("connection reset")
		}
		return http.DefaultClient.Do(r)
	}
}

func TestCallerDisconnects(t *testing.T) {
	ctx, disconnect := context.WithCancel(t.Context())
	tr := openTrail(t, store.Config{
		ConnectionString: storetest.ConnectionString(t),
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			disconnect()
			return nil, r.Context().Err()
		}),
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/events", nil)
	tr.newHandler(t).ServeHTTP(httptest.NewRecorder(), r)
	if ctx.Err() == nil {
		t.Fatal("precondition: no request to storage")
	}
	if tr.log.Len() > 0 {
		t.Errorf("logged %s", tr.log)
	}
}

// A transport responds to requests to storage.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }
