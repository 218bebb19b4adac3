package query_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// checkJSON compares JSON values.
func checkJSON(t *testing.T, want string, got []byte) {
	t.Helper()
	var w, g any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &g); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestStatusBeforeFirstTick(t *testing.T) {
	tr := newTrail(t)
	resp := tr.get(t, "/api/v1/status")
	if resp.status != http.StatusOK {
		t.Errorf("status %d", resp.status)
	}
	checkJSON(t, `{"tenantId":"`+tenant+`","version":"1.2.3","time":"2026-11-21T10:00:00Z","faults":[],
		"contentTypes":[{"contentType":"Audit.General","content":{"pending":0,"done":0,"lost":0,"unreadable":0},"gaps":[]}]}`, resp.body)
}

func TestStatusAfterTick(t *testing.T) {
	tr := newTrail(t)
	saveTick(t, tr)
	tr.config.ContentTypes = []string{"Audit.General", "Audit.Exchange"}
	tr.serve(t, tr.newHandler(t))
	checkJSON(t, `{"tenantId":"`+tenant+`","version":"1.2.3","time":"2026-11-21T10:00:00Z","faults":[],
		"contentTypes":[
			{"contentType":"Audit.General","subscription":"enabled","webhook":"expired",
			 "listedThrough":"2026-11-21T09:55:00Z","completeThrough":"2026-11-21T09:50:00Z",
			 "content":{"pending":1,"done":2,"lost":1,"unreadable":1},
			 "oldestPending":"2026-11-21T09:50:00Z","nextExpiration":"2026-11-28T09:50:00Z",
			 "gaps":[{"from":"2026-11-01T00:00:00Z","to":"2026-11-02T00:00:00Z"}],
			 "lastError":{"time":"2026-11-21T09:54:00Z","code":"AF50000","message":"internal error at the source"}},
			{"contentType":"Audit.Exchange","content":{"pending":0,"done":0,"lost":0,"unreadable":0},"gaps":[]}],
		"lastPull":{"started":"2026-11-21T09:55:00Z","finished":"2026-11-21T09:55:30Z","listed":1,"fetched":2,"records":3,"rows":4,
			"duplicates":5,"conflicts":6,"rejected":7,"storageRequests":8,"apiRequests":9,"error":{"code":"AF429","message":"throttled"}}}`,
		tr.get(t, "/api/v1/status").body)
}

// saveTick saves what a tick saves: counts of the last 30 days and of an older
// day, a content type that is no longer configured, a gap and a run.
func saveTick(t *testing.T, tr *trail) {
	t.Helper()
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for _, status := range []store.TypeStatus{{
		ContentType: "Audit.General", Subscription: "enabled", Webhook: "expired",
		ListedThrough: at("2026-11-21T09:55:00Z"), CompleteThrough: at("2026-11-21T09:50:00Z"),
		OldestPending: at("2026-11-21T09:50:00Z"), NextExpiration: at("2026-11-28T09:50:00Z"),
		LastError: &store.Fault{Time: at("2026-11-21T09:54:00Z"), Code: "AF50000", Message: "internal error at the source"},
		Days: []ledger.DayCount{
			{Day: at("2026-10-22T00:00:00Z"), Done: 1000}, // the 31st day
			{Day: at("2026-10-23T00:00:00Z"), Done: 1},
			{Day: at("2026-11-20T00:00:00Z"), Unreadable: 1},
			{Day: at("2026-11-21T00:00:00Z"), Done: 1, Lost: 1, Pending: 1},
		},
		Started: at("2026-11-01T00:00:00Z"),
	}, {ContentType: "DLP.All", Subscription: "disabled", CompleteThrough: at("2020-01-01T00:00:00Z")}} {
		if _, err := tr.store.SaveTypeStatus(t.Context(), status); err != nil {
			t.Fatal(err)
		}
	}
	gap := store.Gap{From: at("2026-11-01T00:00:00Z"), To: at("2026-11-02T00:00:00Z")}
	if err := tr.store.AddGap(t.Context(), "Audit.General", gap); err != nil {
		t.Fatal(err)
	}
	if err := tr.store.SaveRun(t.Context(), store.Run{
		Started: at("2026-11-21T09:55:00Z"), Finished: at("2026-11-21T09:55:30Z"),
		Listed: 1, Fetched: 2, Records: 3, Rows: 4, Duplicates: 5, Conflicts: 6, Rejected: 7, StorageRequests: 8, APIRequests: 9,
		Error: &store.Fault{Time: at("2026-11-21T09:55:30Z"), Code: "AF429", Message: "throttled"},
	}); err != nil {
		t.Fatal(err)
	}
}

func TestStatusRequests(t *testing.T) {
	tr := newPlainTrail(t, randomEvents(t, seeded(t), 100)...)
	saveTick(t, tr)
	before := tr.store.Requests()
	tr.get(t, "/api/v1/status")
	if n := tr.store.Requests() - before; n > 2 {
		t.Errorf("%d requests to storage, want at most 2", n)
	}
}

func TestCompleteThrough(t *testing.T) {
	tr := newTrail(t)
	complete := func(types ...string) string {
		tr.config.ContentTypes = types
		tr.serve(t, tr.newHandler(t))
		var status struct{ CompleteThrough string }
		if err := json.Unmarshal(tr.get(t, "/api/v1/status").body, &status); err != nil {
			t.Fatal(err)
		}
		events := tr.get(t, "/api/v1/events").page(t).CompleteThrough
		if status.CompleteThrough != events {
			t.Errorf("%s: completeThrough is %q in status, %q in events", types, status.CompleteThrough, events)
		}
		return events
	}
	if got := complete("Audit.General"); got != "" {
		t.Errorf("before the first tick: completeThrough is %s", got)
	}
	for name, hour := range map[string]int{"Audit.General": 9, "Audit.Exchange": 8, "DLP.All": 0} {
		status := store.TypeStatus{ContentType: name}
		if hour > 0 {
			status.CompleteThrough = time.Date(2026, 11, 21, hour, 0, 0, 0, time.UTC)
		}
		if _, err := tr.store.SaveTypeStatus(t.Context(), status); err != nil {
			t.Fatal(err)
		}
	}
	for types, want := range map[string]string{
		"Audit.General": "2026-11-21T09:00:00Z", "Audit.General,Audit.Exchange": "2026-11-21T08:00:00Z",
		"Audit.Exchange,Audit.General": "2026-11-21T08:00:00Z", "Audit.General,DLP.All": "", "Audit.General,Audit.SharePoint": "",
	} {
		if got := complete(strings.Split(types, ",")...); got != want {
			t.Errorf("%s: completeThrough is %q, want %q", types, got, want)
		}
	}
}

func TestFaulty(t *testing.T) {
	faults := []string{`TENANT_ID: "x" is not a GUID`, "WEBHOOK_URL, WEBHOOK_AUTH_ID: set both or neither"}
	server := httptest.NewServer(query.Faulty("", "1.2.3", faults, func() time.Time { return now }))
	t.Cleanup(server.Close)
	tr := &trail{Server: server}
	resp := tr.get(t, "/api/v1/status")
	if resp.status != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", resp.status)
	}
	checkJSON(t, `{"version":"1.2.3","time":"2026-11-21T10:00:00Z","contentTypes":[],
		"faults":["TENANT_ID: \"x\" is not a GUID","WEBHOOK_URL, WEBHOOK_AUTH_ID: set both or neither"]}`, resp.body)
	for _, path := range []string{"/api/v1/events", "/api/v1/events?x=y", "/api/v1/events/x", "/api/v1/nothing"} {
		resp := tr.get(t, path)
		message := checkError(t, resp, wantError{http.StatusInternalServerError, "ConfigurationError", ""})
		for _, fault := range faults {
			if !strings.Contains(message, fault) {
				t.Errorf("%s: the message %q lacks %q", path, message, fault)
			}
		}
		if resp.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: Cache-Control is not no-store", path)
		}
		if n := cost(t, resp, "Labeltrail-Storage-Requests"); n != 0 {
			t.Errorf("%s: %d requests to storage", path, n)
		}
	}
}
