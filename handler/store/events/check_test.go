package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// checkedOf returns everything that Check yields.
func checkedOf(t testing.TB, s testEvents) []Checked {
	t.Helper()
	return fixture.Collect(t, s.Check(t.Context()))
}

// change sets columns of the row of an event; nil removes a column.
func change(t testing.TB, s testEvents, e Event, columns map[string]any) {
	t.Helper()
	k := keyOf(e)
	client := s.faults.Tables(t).NewClient(k.table())
	response, err := client.GetEntity(t.Context(), k.partition(), k.row(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var row map[string]any
	if err := json.Unmarshal(response.Value, &row); err != nil {
		t.Fatal(err)
	}
	for name, value := range columns {
		row[name] = value
		if value == nil {
			delete(row, name)
			delete(row, name+"@odata.type")
		}
	}
	entity, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.UpdateEntity(t.Context(), entity, &aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeReplace}); err != nil {
		t.Fatal(err)
	}
}

func TestCheck(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-12-01T08:30:00.1234567Z")
	events := spread(t, c, 40, "2026-12-01T02:00:00Z", 10*time.Minute)
	long := record(t, guid(100), "2026-11-30T10:00:00.25", `,"ResultStatus":"`+strings.Repeat("a", 40_000)+`"`)
	huge := record(t, guid(101), "2026-11-30T10:00:01", `,"More":"`+noise(1_500_000)+`"`)
	much := record(t, guid(102), "2026-11-30T10:00:01", texts16())
	odd := record(t, "not a GUID", "1959-11-30T10:00:01", "")
	for i, r := range []Event{{Record: long}, {Record: huge}, {Record: much}, {Record: odd}} {
		events = append(events, Event{Record: r.Record, Content: c, Index: 40 + i})
	}
	write(t, s, fixture.Shuffled(1, events)...)
	var records [][]byte
	for _, e := range events {
		records = append(records, e.Record.JSON)
	}
	putRaw(t, s, c, slices.Concat([]byte("["), bytes.Join(records, []byte(",")), []byte("]")), len(records))
	checked := checkedOf(t, s)
	if len(checked) != len(events) {
		t.Errorf("%d rows of %d events", len(checked), len(events))
	}
	for i, e := range checked {
		if e.Err != nil || len(e.Differs) > 0 || e.At != e.Event.Position() || e.SHA256 != sha256.Sum256(e.Record.JSON) {
			t.Errorf("%s: %v, differs in %v, at %s", e.Record.ID, e.Err, e.Differs, e.At)
		}
		if i > 0 && e.At <= checked[i-1].At {
			t.Errorf("%s follows %s", e.At, checked[i-1].At)
		}
	}
}

func TestCheckDiffers(t *testing.T) {
	for name, x := range map[string]struct {
		columns map[string]any
		want    []string
	}{
		"text":                   {map[string]any{"UserId": "eve@contoso.example"}, []string{"UserId"}},
		"text in another case":   {map[string]any{"UserId": "Ada@contoso.example"}, []string{"UserId"}},
		"number":                 {map[string]any{"LabelEventType": 2}, []string{"LabelEventType"}},
		"number as text":         {map[string]any{"LabelEventType": "1"}, []string{"LabelEventType"}},
		"boolean":                {map[string]any{"IsProtected": false}, []string{"IsProtected"}},
		"time":                   {map[string]any{"CreationTime": "2026-12-01T02:00:00.0000001Z"}, []string{"CreationTime"}},
		"missing columns":        {map[string]any{"ObjectId": nil, "ProcessName": nil}, []string{"ObjectId", "ProcessName"}},
		"surplus column":         {map[string]any{"Truncated": "ObjectId"}, []string{"Truncated"}},
		"unknown column":         {map[string]any{"Note": "x"}, []string{"Note"}},
		"checksum of the record": {map[string]any{"RecordSha256": base64.StdEncoding.EncodeToString(make([]byte, 32))}, []string{"RecordSha256"}},
		"source is not compared": {map[string]any{"ContentId": "two", "ContentIndex": 7}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			e := event(t, content("one", "2026-12-01T08:30:00Z"), 0, 1, "2026-12-01T02:00:00Z")
			write(t, s, e)
			change(t, s, e, x.columns)
			checked := checkedOf(t, s)
			if len(checked) != 1 || checked[0].Err != nil {
				t.Fatalf("%d rows: %v", len(checked), checked)
			}
			if diff := cmp.Diff(x.want, checked[0].Differs); diff != "" {
				t.Errorf("columns that differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckUnreadableRecord(t *testing.T) {
	for name, columns := range map[string]map[string]any{
		"no JSON and no raw blob": {"AuditData": nil},
		"damaged JSON":            {"AuditData": base64.StdEncoding.EncodeToString([]byte{1, 2, 3})},
		"damaged source":          {"ContentCreated": "yesterday", "ContentCreated@odata.type": nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			e := event(t, content("one", "2026-12-01T08:30:00Z"), 3, 1, "2026-12-01T02:00:00Z")
			write(t, s, e)
			change(t, s, e, columns)
			checked := checkedOf(t, s)
			if len(checked) != 1 || !errors.Is(checked[0].Err, storage.ErrCorrupt) && !errors.Is(checked[0].Err, storage.ErrNotFound) {
				t.Fatalf("%+v", checked)
			}
			if checked[0].At != e.Position() || !strings.HasPrefix(checked[0].Row, "events202612/") {
				t.Errorf("at %s, row %s", checked[0].At, checked[0].Row)
			}
		})
	}
}

func TestCheckInvalidKey(t *testing.T) {
	s, _ := open(t)
	e := event(t, content("one", "2026-12-01T08:30:00Z"), 0, 1, "2026-12-01T02:00:00Z")
	write(t, s, e)
	k := keyOf(e)
	for partition, key := range map[string]string{k.partition(): "by_hand", "00000000": k.row()} {
		entity := fmt.Sprintf(`{"PartitionKey":%q,"RowKey":%q}`, partition, key)
		if _, err := s.faults.Tables(t).NewClient(k.table()).AddEntity(t.Context(), []byte(entity), nil); err != nil {
			t.Fatal(err)
		}
	}
	var at []keys.Position
	for _, e := range checkedOf(t, s) {
		at = append(at, e.At)
	}
	if diff := cmp.Diff([]keys.Position{"", e.Position(), ""}, at); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckUnavailable(t *testing.T) {
	s, f := open(t)
	write(t, s, event(t, content("one", "2026-12-01T08:30:00Z"), 0, 1, "2026-12-01T02:00:00Z"))
	f.Fail("GET", 1, 1<<30, fixture.Respond(503, "ServerBusy", ""))
	for _, err := range s.Check(t.Context()) {
		if !storage.Unavailable(err) {
			t.Errorf("%v", err)
		}
	}
}
