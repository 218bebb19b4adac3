package audit

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The known deviations of records from their schema and from Microsoft's pages.
// Two more concern only the output of Search-UnifiedAuditLog, which this package
// never reads: an Identity that differs from the record's Id, and a ResultIndex
// of -1 after a search that timed out.
func TestParseDeviations(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(*testing.T)
	}{
		{"DataState may be spelled with a space", func(t *testing.T) {
			wantAttributes(t, string(sample(t, "events/93-access-data-state-space.json")), "DataState", "Use")
		}},
		{"the last of a repeated key counts", func(t *testing.T) {
			doubled := string(sample(t, "events/96-file-deleted-duplicate-userid.json"))
			wantAttributes(t, doubled, "UserId", "mipscanner@kazdemos.org")
		}},
		{"an invalid escape rejects only its record", testInvalidEscape},
		{"space around ClientIP is not part of it", func(t *testing.T) {
			doubled := string(sample(t, "events/96-file-deleted-duplicate-userid.json"))
			wantAttributes(t, doubled, "ClientIP", "52.159.112.221")
		}},
		{"Workload, Version and Scope may be missing", func(t *testing.T) {
			doubled := string(sample(t, "events/96-file-deleted-duplicate-userid.json"))
			wantAbsent(t, doubled, Workload, Version, Scope)
		}},
		{"empty label data gives no label", func(t *testing.T) {
			explorer := string(sample(t, "events/93-discover-explorer.json"))
			wantAbsent(t, explorer, SensitivityLabelID, OldSensitivityLabelID, LabelEventType, ActionSource)
		}},
		{"a heartbeat has no object, state or location", func(t *testing.T) {
			heartbeat := string(sample(t, "events/97-heartbeat-explorer.json"))
			wantAbsent(t, heartbeat, ObjectID, DataState, Location)
		}},
		{"a number may be text", func(t *testing.T) {
			wantAttributes(t, event(`"Common":{"Platform":"1"}`), "Platform", "1")
		}},
		{"a boolean may be text or a number", func(t *testing.T) {
			for _, sent := range []string{"true", `"True"`, `"true"`, "1", `"1"`} {
				wantAttributes(t, event(`"ProtectionEventData":{"IsProtected":`+sent+`}`), "IsProtected", "true")
			}
		}},
		{"a time is UTC, with or without Z or fraction", testTimes},
		{"a record without Id has a key of its own", testNoID},
		{"an unknown RecordType is kept, a known name resolved", testRecordTypes},
		{"an Operation keeps its case", func(t *testing.T) {
			for _, sent := range []string{"HeartBeat", "Heartbeat", "AipHeartbeat"} {
				wantAttributes(t, event(`"Operation":"`+sent+`"`), "Operation", sent)
			}
		}},
		{"LabelEventType 4 implies no old label", func(t *testing.T) {
			word := string(sample(t, "events/94-applied-word.json"))
			wantAttributes(t, word, "LabelEventType", "4")
			wantAbsent(t, word, OldSensitivityLabelID)
		}},
		{"ObjectId stays unchanged, path, URL or name", func(t *testing.T) {
			for _, sent := range []string{`C:\\a\\b.docx`, `\\\\host\\share\\b.docx`, `host\\b.docx`, `https://x/b.docx`, `Document2`} {
				wantAttributes(t, event(`"ObjectId":"`+sent+`"`), "ObjectId", strings.ReplaceAll(sent, `\\`, `\`))
			}
		}},
		{"JSON in a string is only text", func(t *testing.T) {
			sent := event(`"UserId":"a@b","AdditionalInfo":"{\"RecordType\":6,\"UserId\":\"x\",\"CreationTime\":0}"`)
			wantAttributes(t, sent, "UserId", "a@b")
			if r := mustRecord(t, sent); r.RecordType != 94 {
				t.Errorf("RecordType is %d", r.RecordType)
			}
		}},
		{"null counts as absent", func(t *testing.T) {
			sent := event(`"Common":null,"SensitiveInfoTypeData":null,"ProtectionEventData":null,"ObjectId":null,"Scope":null,"Id":null`)
			if diff := cmp.Diff(map[string]string{}, shown(mustRecord(t, sent))); diff != "" {
				t.Error(diff)
			}
		}},
		{"NaN rejects its record; a byte order mark and a last comma do not", testDeviantJSON},
		{"keys may be in any case", func(t *testing.T) {
			sent := `{"recordtype":94,"CREATIONTIME":"2026-11-20T10:00:00","id":"a","organizationId":"o","ObjectID":"f","common":{"processname":"p"}}`
			wantAttributes(t, sent, "OrganizationId", "o", "ObjectId", "f", "ProcessName", "p")
			if r := mustRecord(t, sent); r.ID != "a" {
				t.Errorf("Id is %q", r.ID)
			}
		}},
		{"unknown members stay in the record's JSON", func(t *testing.T) {
			sent := event(`"BrandNew":{"a":[1.50,null]}`)
			if got := string(mustRecord(t, sent).JSON); got != sent {
				t.Errorf("JSON is %s", got)
			}
		}},
		{"one Id with two CreationTimes is two records under one key", testTwoTimes},
	} {
		t.Run(c.name, c.test)
	}
}

// wantAttributes checks the attributes named, as pairs of name and text.
func wantAttributes(t *testing.T, json string, pairs ...string) {
	t.Helper()
	got := shown(mustRecord(t, json))
	for i := 0; i < len(pairs); i += 2 {
		if got[pairs[i]] != pairs[i+1] {
			t.Errorf("%s is %q, want %q", pairs[i], got[pairs[i]], pairs[i+1])
		}
	}
}

func wantAbsent(t *testing.T, json string, absent ...Attribute) {
	t.Helper()
	got := shown(mustRecord(t, json))
	for _, a := range absent {
		if s, ok := got[a.Name()]; ok {
			t.Errorf("%s is %q, want none", a.Name(), s)
		}
	}
}

func testInvalidEscape(t *testing.T) {
	invalid := string(sample(t, "events/96-file-deleted-duplicate-userid.invalid.json"))
	for _, bad := range []string{
		invalid,
		event(`"ObjectId":"\\fileshare\capacity\Data8\","UserId":"a@b"`), // hides a quote
		event(`"Names":["C:\Data\","D:\Data\"]`),
		event(`"Common":{"ProcessName":"C:\Tools\"}`),
		event(`"ObjectId":"C:\Data\"`),
		event(`"ObjectId":"the \"old\" plan"and others`), // hides none
	} {
		good := event(`"ObjectId":"a \"b\", \\\\c\\"`)
		p := mustParse(t, "["+good+","+bad+","+good+","+bad+"]")
		records, rejects := indexes(p)
		if p.Total != 4 || !cmp.Equal(records, []int{0, 2}) || !cmp.Equal(rejects, []int{1, 3}) {
			t.Errorf("%d elements, records %v, rejects %v, with %s", p.Total, records, rejects, bad)
		}
	}
}

func testTimes(t *testing.T) {
	for sent, want := range map[string]time.Time{
		"2022-12-06T20:51:58":           time.Date(2022, 12, 6, 20, 51, 58, 0, time.UTC),
		"2022-12-06T20:51:58Z":          time.Date(2022, 12, 6, 20, 51, 58, 0, time.UTC),
		"2022-12-06T20:51:58.1234567":   time.Date(2022, 12, 6, 20, 51, 58, 123456700, time.UTC),
		"2022-12-06T20:51:58.1234567Z":  time.Date(2022, 12, 6, 20, 51, 58, 123456700, time.UTC),
		"2022-12-06T20:51:58.5+02:30":   time.Date(2022, 12, 6, 18, 21, 58, 5e8, time.UTC),
		"2022-12-06T20:51:58-05:00":     time.Date(2022, 12, 7, 1, 51, 58, 0, time.UTC),
		"1601-01-01T00:00:00":           time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		"9999-12-31T23:59:59.999999999": time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	} {
		r := mustRecord(t, `{"RecordType":93,"CreationTime":"`+sent+`"}`)
		if r.CreationTime != want {
			t.Errorf("%s is read as %s", sent, r.CreationTime)
		}
	}
}

func testNoID(t *testing.T) {
	a := mustRecord(t, `{"RecordType":93,"CreationTime":"2026-11-20T10:00:00","Version":1}`)
	again := mustRecord(t, `{ "Version":1.0, "CreationTime":"2026-11-20T10:00:00", "RecordType":93 }`)
	other := mustRecord(t, `{"RecordType":93,"CreationTime":"2026-11-20T10:00:00","Version":2}`)
	if a.Key() != again.Key() || a.Key() == other.Key() || !strings.HasPrefix(a.Key(), "r") || len(a.Key()) != 33 {
		t.Errorf("keys %s, %s, %s", a.Key(), again.Key(), other.Key())
	}
	for _, empty := range []string{`""`, `"  "`, "null", "{}", "[]"} {
		if r := mustRecord(t, event(`"Id":`+empty)); r.ID != "" || r.Key()[0] != 'r' {
			t.Errorf("Id %s is %q, its key %s", empty, r.ID, r.Key())
		}
	}
}

func testRecordTypes(t *testing.T) {
	const record = `{"RecordType":%s,"CreationTime":"2026-11-20T10:00:00"}`
	for sent, want := range map[string]RecordType{
		"117": 117, "2147483647": 2147483647, "93": 93, `"93"`: 93, "93.0": 93, "9.3e1": 93,
		`"AipDiscover"`: 93, `"aipheartbeat"`: 97,
	} {
		p := mustParse(t, "["+fmt.Sprintf(record, sent)+"]")
		if len(p.Records) != 1 || p.Records[0].Record.RecordType != want {
			t.Errorf("RecordType %s: %+v", sent, p)
		}
	}
	for _, sent := range []string{`"AipNothing"`, `""`, "1.5", "2147483648", "true", "{}", "[93]"} {
		p := mustParse(t, "["+fmt.Sprintf(record, sent)+"]")
		if len(p.Rejects) != 1 || p.Rejects[0].Reason != errUnknownRecordType.Error() {
			t.Errorf("RecordType %s: %+v", sent, p)
		}
	}
}

func testDeviantJSON(t *testing.T) {
	good := event(`"Version":1`)
	p := mustParse(t, "\xef\xbb\xbf ["+good+","+event(`"Version":NaN`)+","+good+","+event(`"Version":-Infinity`)+", \r\n]\n")
	records, rejects := indexes(p)
	if p.Total != 4 || !cmp.Equal(records, []int{0, 2}) || !cmp.Equal(rejects, []int{1, 3}) {
		t.Errorf("%d elements, records %v, rejects %v", p.Total, records, rejects)
	}
}

func testTwoTimes(t *testing.T) {
	a := mustRecord(t, string(sample(t, "events/96-file-deleted-scanner.json")))
	b := mustRecord(t, string(sample(t, "events/96-file-deleted-duplicate-userid.json")))
	if a.Key() != b.Key() || a.CreationTime.Equal(b.CreationTime) || Equal(a.JSON, b.JSON) {
		t.Errorf("keys %s and %s, times %s and %s", a.Key(), b.Key(), a.CreationTime, b.CreationTime)
	}
}
