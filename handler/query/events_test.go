package query_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

func since(from, to string) func(events.Event) bool {
	a, _ := time.Parse(time.RFC3339, from)
	b, _ := time.Parse(time.RFC3339, to)
	return func(e events.Event) bool {
		t := e.Record.CreationTime
		return !t.Before(a) && t.Before(b)
	}
}

func textIs(a audit.Attribute, texts ...string) func(events.Event) bool {
	return func(e events.Event) bool {
		got, _ := e.Record.Text(a)
		return slices.ContainsFunc(texts, func(s string) bool { return strings.EqualFold(s, got) })
	}
}

func typeIs(types ...audit.RecordType) func(events.Event) bool {
	return func(e events.Event) bool { return slices.Contains(types, e.Record.RecordType) }
}

const ever = "startDate=2026-01-01&resultSize=5000"

func TestEventsParameters(t *testing.T) {
	random := seeded(t)
	tr := newTrail(t, randomEvents(t, random, 300)...)
	for _, test := range []struct {
		query   string
		matches func(events.Event) bool
	}{
		{"resultSize=5000", since("2026-11-14T10:00:00Z", "2026-11-21T10:00:00Z")},
		{"startDate=2026-11-01&resultSize=5000", since("2026-11-01T00:00:00Z", "2026-11-21T10:00:00Z")},
		{"startDate=2026-08-03T04:05&endDate=2026-11-20&resultSize=5000", since("2026-08-03T04:05:00Z", "2026-11-20T00:00:00Z")},
		{"startDate=2026-08-03T04:05Z&endDate=2026-11-20T01:02:03Z&resultSize=5000", since("2026-08-03T04:05:00Z", "2026-11-20T01:02:03Z")},
		{"startDate=-30d&endDate=-1h&resultSize=5000", since("2026-10-22T10:00:00Z", "2026-11-21T09:00:00Z")},
		{"endDate=2026-11-10&resultSize=5000", since("2026-11-03T00:00:00Z", "2026-11-10T00:00:00Z")},
		{"startDate=2026-11-10&endDate=2026-11-10", since("2026-11-10T00:00:00Z", "2026-11-10T00:00:00Z")},
		{"startDate=0001-01-01&endDate=9999-12-31&resultSize=5000", func(events.Event) bool { return true }},
		{ever + "&recordType=94", typeIs(94)},
		{ever + "&recordType=aipheartbeat", typeIs(97)},
		{ever + "&recordType=AipHeartBeat,4711&recordType=43", typeIs(97, 4711, 43)},
		{ever + "&recordType=99", typeIs()},
		{ever + "&recordType=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,97", typeIs(97)},
		{ever + "&operations=access", textIs(audit.Operation, "Access")},
		{ever + "&operations=Access,+Discover&OPERATIONS=HeartBeat", textIs(audit.Operation, "Access", "Discover", "HeartBeat")},
		{ever + "&userIds=ADELE@contoso.com", textIs(audit.UserID, "adele@contoso.com")},
		{ever + "&userIds=adele@contoso.co", textIs(audit.UserID)},
		{ever + "&userIds=" + url.QueryEscape(`o'brien@contoso.com`), textIs(audit.UserID, `o'brien@contoso.com`)},
		{ever + "&userIds=" + url.QueryEscape(`x' or PartitionKey ge '`), textIs(audit.UserID, `x' or PartitionKey ge '`)},
		{ever + "&userIds=" + url.QueryEscape(`x' or 1 eq 1 or UserId eq '`), textIs(audit.UserID)},
		{ever + "&userIds=" + url.QueryEscape("özlem@contoso.com,ИМЯ@contoso.com"), textIs(audit.UserID, "ÖZLEM@contoso.com", "имя@contoso.com")},
		{ever + "&userIds=" + url.QueryEscape(`A"b\c<d>&e@contoso.com`), textIs(audit.UserID, `a"b\c<d>&e@contoso.com`)},
		{ever + "&userIds=" + url.QueryEscape(`percent%2Fplus+@contoso.com`), textIs(audit.UserID, `percent%2Fplus+@contoso.com`)},
		{ever + "&recordType=94&operations=Access&userIds=adele@contoso.com,alex.w@contoso.com", func(e events.Event) bool {
			return typeIs(94)(e) && textIs(audit.Operation, "Access")(e) && textIs(audit.UserID, "adele@contoso.com", "Alex.W@Contoso.com")(e)
		}},
	} {
		t.Run(test.query, func(t *testing.T) {
			got := tr.get(t, "/api/v1/events?"+test.query).page(t)
			if diff := cmp.Diff(expected(tr.events, test.matches), got.ids(t)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got.NextLink != "" {
				t.Errorf("unexpected nextLink %s", got.NextLink)
			}
		})
	}
}

func TestEventsDefaults(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 400)...)
	all := expected(tr.events, since("2026-11-14T10:00:00Z", "2026-11-21T10:00:00Z"))
	if len(all) < 101 {
		t.Fatalf("precondition: only %d events in the last 7 days", len(all))
	}
	got := tr.get(t, "/api/v1/events").page(t)
	if diff := cmp.Diff(all[:100], got.ids(t)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.NextLink == "" {
		t.Error("nextLink is missing")
	}
}

// verbatim is a record that re-encoding would change: spaces, escapes, a
// duplicate key, a number that does not fit a float, characters that HTML
// escapes.
const verbatim = `{ "Id":"0f0f0f0f-0000-4000-8000-000000000001", "CreationTime" : "2026-11-21T09:00:00",` +
	` "RecordType":94,"UserId":"a@b","UserId":"<b>&@c", "ObjectId":"\u00e9\/\ud83d\ude00 é 😀 ` + "\u2028" + `", "Big":12345678901234567890.10,` +
	` "Nested":{"b":[1 ,2],"a":null} }`

func TestRecordKeepsItsBytes(t *testing.T) {
	tr := newTrail(t, eventOf(t, verbatim))
	for path, want := range map[string]string{
		"/api/v1/events?view=record": `{"value":[` + verbatim + `]}`,
		"/api/v1/events":             `,"AuditData":` + verbatim + `}]}`,
		"/api/v1/events/0F0F0F0F-0000-4000-8000-000000000001": `,"AuditData":` + verbatim + `,"Content":{`,
	} {
		if resp := tr.get(t, path); !bytes.Contains(resp.body, []byte(want)) {
			t.Errorf("%s: got\n%s\nwant it to contain\n%s", path, resp.body, want)
		}
	}
	if resp := tr.get(t, "/api/v1/events"); !bytes.Contains(resp.body, []byte(`"UserId":"<b>&@c","AuditData"`)) {
		t.Errorf("a column is escaped for HTML: %s", resp.body)
	}
}

func TestNumbersWithoutName(t *testing.T) {
	sent := `{"Id":"x","CreationTime":"2026-11-21T09:00:00.25Z","RecordType":4711,"UserType":99,"Common":{"Platform":2}}`
	tr := newTrail(t, eventOf(t, sent))
	want := `{"value":[{"Id":"x","CreationTime":"2026-11-21T09:00:00.25Z","RecordType":4711,"UserType":99,` +
		`"Platform":2,"PlatformName":"MacOS","AuditData":` + sent + `}]}`
	if got := string(tr.get(t, "/api/v1/events").body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEventByID(t *testing.T) {
	other := sample(t, "94-updated-outlook.json")
	tr := newTrail(t, other)
	got := tr.get(t, "/api/v1/events/CA08441D-7876-4320-9c75-c0a3d99bcc4a").page(t)
	if len(got.Value) != 1 {
		t.Fatalf("got %d events, want 1", len(got.Value))
	}
	var item struct {
		ID, LabelEventTypeName string
		AuditData              struct{ ObjectID string }
		Content                map[string]string
	}
	if err := json.Unmarshal(got.Value[0], &item); err != nil {
		t.Fatal(err)
	}
	if item.ID != other.Record.ID || item.LabelEventTypeName != "LabelUpgraded" || item.AuditData.ObjectID != "test.msg" {
		t.Errorf("got %+v", item)
	}
	want := map[string]string{
		"contentId": "sample-94-updated-outlook.json", "contentType": "Audit.General",
		"contentCreated": "2026-11-21T09:00:00Z", "blob": tr.store.RawName(other.Content),
	}
	if diff := cmp.Diff(want, item.Content); diff != "" {
		t.Errorf("Content: -want +got\n%s", diff)
	}
	if !strings.HasPrefix(item.Content["blob"], tenant+"/Audit.General/2026/11/21/") {
		t.Errorf("blob is %s", item.Content["blob"])
	}
}

func TestEventByIDTwice(t *testing.T) {
	older, newer := sample(t, "96-file-deleted-scanner.json"), sample(t, "96-file-deleted-duplicate-userid.json")
	tr := newTrail(t, older, newer)
	var items []struct{ CreationTime string }
	for _, value := range tr.get(t, "/api/v1/events/8417bbf6-3469-57bf-d48e-ee80f34c3d71").page(t).Value {
		items = append(items, struct{ CreationTime string }{})
		if err := json.Unmarshal(value, &items[len(items)-1]); err != nil {
			t.Fatal(err)
		}
	}
	want := []struct{ CreationTime string }{{"2022-12-22T20:50:10Z"}, {"2022-12-01T22:10:41Z"}}
	if diff := cmp.Diff(want, items); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestEventByIDNotGUID(t *testing.T) {
	sent := `{"Id":"o'brien: 1+1=2 & ü%2f","CreationTime":"2026-11-21T09:00:00","RecordType":94}`
	tr := newTrail(t, eventOf(t, sent))
	if got := tr.get(t, "/api/v1/events/o'brien:%201+1=2%20&%20%c3%bc%252f").page(t); len(got.Value) != 1 {
		t.Errorf("got %d events, want 1", len(got.Value))
	}
	for _, id := range []string{"o'brien", "x'%20or%20RowKey%20ge%20'", "ffffffff-0000-4000-8000-000000000001", "*"} {
		checkError(t, tr.get(t, "/api/v1/events/"+id), wantError{http.StatusNotFound, "NotFound", ""})
	}
}
