package query_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store"
)

// asSent has what an encoder would change: space, escapes, a doubled key, a
// number that no float holds, characters that HTML escapes.
const asSent = `{ "Id":"0f0f0f0f-0000-4000-8000-000000000001", "CreationTime" : "2026-11-21T09:00:00",` +
	` "RecordType":94,"UserId":"a@b","UserId":"<b>&@c", "ObjectId":"\u00e9\/\ud83d\ude00 é 😀 ` + "\u2028" + `", "Big":12345678901234567890.10,` +
	` "Nested":{"b":[1 ,2],"a":null} }`

func TestTheRecordKeepsItsBytes(t *testing.T) {
	tr := newTrail(t, store.Event{Record: record(t, []byte(asSent)), Content: content("c")})
	for path, want := range map[string]string{
		"/api/v1/events?view=record": `{"value":[` + asSent + `]}`,
		"/api/v1/events":             `,"AuditData":` + asSent + `}]}`,
		"/api/v1/events/0F0F0F0F-0000-4000-8000-000000000001": `,"AuditData":` + asSent + `,"Content":{`,
	} {
		if a := tr.get(t, path); !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("%s answers\n%s\nwant in it\n%s", path, a.body, want)
		}
	}
	if a := tr.get(t, "/api/v1/events"); !bytes.Contains(a.body, []byte(`"UserId":"<b>&@c","AuditData"`)) {
		t.Errorf("a column is escaped as if for HTML: %s", a.body)
	}
}

func TestARecordTypeWithoutANameHasNone(t *testing.T) {
	sent := `{"Id":"x","CreationTime":"2026-11-21T09:00:00.25Z","RecordType":4711,"UserType":99,"Common":{"Platform":2}}`
	tr := newTrail(t, store.Event{Record: record(t, []byte(sent)), Content: content("c")})
	want := `{"value":[{"Id":"x","CreationTime":"2026-11-21T09:00:00.25Z","RecordType":4711,"UserType":99,` +
		`"Platform":2,"PlatformName":"MacOS","AuditData":` + sent + `}]}`
	if got := string(tr.get(t, "/api/v1/events").body); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAnEventIsFoundByItsIdAlone(t *testing.T) {
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
		t.Errorf("where it lies: -want +got\n%s", diff)
	}
	if !strings.HasPrefix(item.Content["blob"], tenant+"/Audit.General/2026/11/21/") {
		t.Errorf("blob is %s", item.Content["blob"])
	}
}

func TestAnIdOfTwoTimesHasTwoEventsNewestFirst(t *testing.T) {
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

func TestAnIdNeedNotBeAGUID(t *testing.T) {
	sent := `{"Id":"o'brien: 1+1=2 & ü%2f","CreationTime":"2026-11-21T09:00:00","RecordType":94}`
	tr := newTrail(t, store.Event{Record: record(t, []byte(sent)), Content: content("c")})
	if got := tr.get(t, "/api/v1/events/o'brien:%201+1=2%20&%20%c3%bc%252f").page(t); len(got.Value) != 1 {
		t.Errorf("got %d events, want 1", len(got.Value))
	}
	for _, id := range []string{"o'brien", "x'%20or%20RowKey%20ge%20'", "ffffffff-0000-4000-8000-000000000001", "*"} {
		checkFault(t, tr.get(t, "/api/v1/events/"+id), http.StatusNotFound, "NotFound", "")
	}
}
