package audit

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNotArray(t *testing.T) {
	good := event(`"Id":"secret"`)
	for name, c := range map[string]struct{ content, is string }{
		"empty":                 {"", "empty"},
		"white space":           {" \r\n", "empty"},
		"byte order mark alone": {"\xef\xbb\xbf", "empty"},
		"an error object":       {`{"error":{"code":"AF50000","message":"secret"}}`, "object"},
		"a single record":       {good, "object"},
		"HTML":                  {"<html>secret</html>", "begin"},
		"null":                  {"null", "begin"},
		"cut in a record":       {"[" + good + "," + good[:40], "cut off"},
		"cut in a string":       {"[" + good[:len(good)-3], "cut off"},
		"cut in an escape":      {`[{"a":"secret\`, "cut off"},
		"cut after a record":    {"[" + good, "cut off"},
		"cut after a comma":     {"[" + good + ",", "cut off"},
		"a bracket alone":       {"[", "cut off"},
		"a quote alone":         {`["`, "cut off"},
		"brackets do not pair":  {`[{"a":[1},` + good + "]", "cut off"},
		"bytes after the end":   {"[" + good + "]secret", "follow"},
		"two arrays":            {"[" + good + "][" + good + "]", "follow"},
		"zeros after the end":   {"[]\x00", "follow"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(c.content), mustFilter(t, "*"))
			if !errors.Is(err, ErrNotArray) || !strings.Contains(err.Error(), c.is) || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v, want ErrNotArray and %q", err, c.is)
			}
			if diff := cmp.Diff(Parsed{}, p); diff != "" {
				t.Errorf("parsed something: %s", diff)
			}
		})
	}
}

func TestParseRejects(t *testing.T) {
	good := event(`"Id":"a"`)
	for name, c := range map[string]struct {
		elements string
		records  []int
		reasons  map[int]string
	}{
		"nothing to keep":                 {" ", nil, nil},
		"no objects":                      {"1,null,\"[\",[{}]," + good, []int{4}, notObjects(0, 1, 2, 3)},
		"nothing between commas":          {"," + good + ",,", []int{1}, notObjects(0, 2)},
		"junk after a record":             {good + "}," + good, []int{1}, map[int]string{0: "not valid JSON at byte 64"}},
		"two records without comma":       {good + good + "," + good, []int{1}, map[int]string{0: "not valid JSON at byte 64"}},
		"no RecordType":                   {`{"Id":"a"},{"RecordType":null}`, nil, map[int]string{0: "no RecordType", 1: "no RecordType"}},
		"RecordType deeper only":          {`{"a":{"RecordType":94},"b":["RecordType",94]}`, nil, map[int]string{0: "no RecordType"}},
		"no CreationTime":                 {`{"RecordType":94}`, nil, map[int]string{0: "no CreationTime"}},
		"CreationTime is null":            {`{"RecordType":94,"CreationTime":null}`, nil, map[int]string{0: "no CreationTime"}},
		"CreationTime is a number":        {timed(`1668938400`), nil, map[int]string{0: "CreationTime is not a time"}},
		"CreationTime is words":           {timed(`"yesterday"`), nil, map[int]string{0: "CreationTime is not a time"}},
		"CreationTime has no time":        {timed(`"2026-11-20"`), nil, map[int]string{0: "CreationTime is not a time"}},
		"CreationTime is an invalid date": {timed(`"2026-02-30T10:00:00"`), nil, map[int]string{0: "CreationTime is not a time"}},
		"CreationTime is too early":       {timed(`"0001-01-01T00:00:00"`), nil, map[int]string{0: "CreationTime is outside the years 1601 to 9999"}},
		"too early by its zone":           {timed(`"1601-01-01T00:30:00+01:00"`), nil, map[int]string{0: "CreationTime is outside the years 1601 to 9999"}},
		"too late by its zone":            {timed(`"9999-12-31T23:30:00-01:00"`), nil, map[int]string{0: "CreationTime is outside the years 1601 to 9999"}},
		"control character in text":       {event("\"Id\":\"a\tb\""), nil, map[int]string{0: "not valid JSON at byte 62"}},
		"more levels than are safe":       {event(`"a":` + nested(10_000)), nil, map[int]string{0: "not valid JSON at byte 10058"}},
		"as many levels as are safe":      {event(`"a":` + nested(9_999)), []int{0}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustParse(t, "["+c.elements+"]")
			reasons := map[int]string{}
			for _, r := range p.Rejects {
				reasons[r.Index] = r.Reason
			}
			if c.reasons == nil {
				c.reasons = map[int]string{}
			}
			if diff := cmp.Diff(c.reasons, reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
			if records, _ := indexes(p); !cmp.Equal(c.records, records) {
				t.Errorf("records %v, want %v", records, c.records)
			}
			if p.Total != len(p.Records)+len(p.Rejects) {
				t.Errorf("%d elements", p.Total)
			}
		})
	}
}

func notObjects(indexes ...int) map[int]string {
	m := map[int]string{}
	for _, i := range indexes {
		m[i] = "not a JSON object"
	}
	return m
}

func timed(creationTime string) string {
	return `{"RecordType":94,"CreationTime":` + creationTime + `}`
}

func nested(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

// The last RecordType key at depth 1 decides whether a record is wanted, in any
// case and with any escapes.
func TestParseRecordTypeKey(t *testing.T) {
	const rest = `,"CreationTime":"2026-11-20T10:00:00"}`
	for record, wanted := range map[string]bool{
		`{"RecordType":94` + rest:                                true,
		`{"RecordType":6` + rest:                                 false,
		`{"RecordType":6,"RecordType":94` + rest:                 true,
		`{"RecordType":94,"RecordType":6` + rest:                 false,
		`{"RECORDTYPE":6,"recordType" : "94"` + rest:             true,
		`{"a":{"RecordType":6},"RecordType":94` + rest:           true,
		`{"RecordType":94,"a":{"RecordType":6}` + rest:           true,
		`{"RecordType":94,"a":[{"RecordType":6}]` + rest:         true,
		`{"a":"RecordType","b":6,"RecordType":94` + rest:         true,
		`{"RecordType":94,"a":"\"RecordType\":6"` + rest:         true,
		`{"RecordType":6,"Record\u0054ype":94` + rest:            true,
		`{"RecordType":94,"Record\u0054ype":6` + rest:            false,
		`{"RecordType":"aipsensitivitylabelaction"` + rest:       true,
		`{"RecordType":"SharePointFileOperation"` + rest:         false,
		`{"CreationTime":"2026-11-20T10:00:00","RecordType":94}`: true,
	} {
		p, err := Parse([]byte("["+record+"]"), mustFilter(t, "94"))
		if err != nil || (len(p.Records) == 1) != wanted || len(p.Rejects) != 0 || p.Total != 1 {
			t.Errorf("%s: %d records, %d rejects, %v", record, len(p.Records), len(p.Rejects), err)
		}
	}
}

func TestParseSkipsUndecoded(t *testing.T) {
	unread := `{"RecordType":6,"CreationTime":"never","ObjectId":"\c",NaN}`
	p, err := Parse([]byte("["+unread+","+event(`"Id":"a"`)+"]"), mustFilter(t, "94"))
	records, rejects := indexes(p)
	if err != nil || p.Total != 2 || !cmp.Equal(records, []int{1}) || rejects != nil {
		t.Errorf("%d elements, records %v, rejects %v, error %v", p.Total, records, rejects, err)
	}
}

func TestParseCopies(t *testing.T) {
	sent := event(`"Id":"a","UserId":"megan@contoso.com","Common":{"DeviceName":"wks-1107"}`)
	content := []byte("[ " + sent + " ]")
	p, err := Parse(content, mustFilter(t, "*"))
	if err != nil {
		t.Fatal(err)
	}
	clear(content)
	r := &p.Records[0].Record
	want := map[string]string{"UserId": "megan@contoso.com", "DeviceName": "wks-1107"}
	if diff := cmp.Diff(want, shown(r)); diff != "" || string(r.JSON) != sent || r.ID != "a" {
		t.Errorf("%s JSON %s, Id %q", diff, r.JSON, r.ID)
	}
}

func TestParseRecord(t *testing.T) {
	r, err := ParseRecord([]byte("\n " + event(`"Id":" A "`) + "\r\n"))
	if err != nil || r.ID != "A" || string(r.JSON) != event(`"Id":" A "`) {
		t.Errorf("Id %q, JSON %s, error %v", r.ID, r.JSON, err)
	}
	for _, bad := range []string{"", " ", "[]", "null", `"{}"`, "{", event(`"Id":"a"`) + "{}"} {
		if r, err := ParseRecord([]byte(bad)); err == nil || r.JSON != nil {
			t.Errorf("%q is a record: %s, error %v", bad, r.JSON, err)
		}
	}
}

func TestRejectReasonQuotesNothing(t *testing.T) {
	for _, bad := range []string{
		`Q`, `"Q"`, `{Q}`, `{"RecordType":"Q"}`, timed(`"Q"`), timed(`Q`), event(`"Id":"\Q"`), event(`"Id":"` + "Q\x01" + `"`),
	} {
		p := mustParse(t, "["+bad+"]")
		if len(p.Rejects) != 1 || strings.Contains(fmt.Sprint(p.Rejects), "Q") {
			t.Errorf("%s: %v", bad, p.Rejects)
		}
	}
}
