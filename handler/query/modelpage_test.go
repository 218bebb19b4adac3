package query_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A modelItem is one event of a page in any format and view: the columns that
// are present, as text, and the record.
type modelItem struct {
	format, view string
	columns      map[string]string
	record       string
}

// value returns the decoded record.
func (i modelItem) value(t *testing.T) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(i.record), &value); err != nil {
		t.Fatalf("%v in %s", err, i.record)
	}
	return value
}

var nextInLink = regexp.MustCompile(`^<(.*)>; rel="next"$`)

// readPage parses a page in any format and view.
func readPage(t *testing.T, resp response, format, view string) (items []modelItem, next string) {
	t.Helper()
	if resp.status != http.StatusOK {
		t.Fatalf("status %d: %s", resp.status, resp.body)
	}
	if m := nextInLink.FindStringSubmatch(resp.header.Get("Link")); m != nil {
		next = m[1]
	}
	switch format {
	case "csv":
		items = readLines(t, resp.body)
	case "json":
		p := resp.page(t)
		if p.NextLink != next {
			t.Fatalf("nextLink %s does not match Link %s", p.NextLink, next)
		}
		for _, value := range p.Value {
			items = append(items, readItem(t, value, view))
		}
	default:
		for line := range bytes.Lines(resp.body) {
			items = append(items, readItem(t, line, view))
		}
	}
	for i := range items {
		items[i].format, items[i].view = format, view
	}
	return items, next
}

func readItem(t *testing.T, value []byte, view string) modelItem {
	t.Helper()
	if view == "record" {
		return modelItem{record: string(value)}
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(value, &members); err != nil {
		t.Fatalf("%v in %s", err, value)
	}
	item := modelItem{columns: map[string]string{}, record: string(members["AuditData"])}
	delete(members, "AuditData")
	for name, raw := range members {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		item.columns[name] = text
	}
	if view == "cmdlet" {
		if err := json.Unmarshal([]byte(item.record), &item.record); err != nil {
			t.Fatal(err)
		}
	}
	return item
}

// neutralized matches where neutralize puts an apostrophe. It is independent of
// the implementation.
var neutralized = regexp.MustCompile(`(^|[\r\n\t;])'(['\s\x{a0}]*[-=+@])`)

func readLines(t *testing.T, file []byte) []modelItem {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var items []modelItem
	for _, line := range lines[1:] {
		item := modelItem{columns: map[string]string{}}
		for i, value := range line {
			if name := lines[0][i]; name == "AuditData" {
				item.record = value
			} else if value != "" {
				item.columns[name] = neutralized.ReplaceAllString(value, "$1$2")
			}
		}
		items = append(items, item)
	}
	return items
}

// checkItem compares an item with its event.
func checkItem(t *testing.T, e *modelEvent, item modelItem) {
	t.Helper()
	if !reflect.DeepEqual(e.value, any(item.value(t))) {
		t.Errorf("AuditData is %s\nwant %s", item.record, e.sent)
	}
	if item.format == "json" && item.record != e.sent {
		t.Errorf("record\n%s\nwant\n%s", item.record, e.sent)
	}
	var want map[string]string
	switch item.view {
	case "normalized":
		want = e.normalized(item.format)
	case "cmdlet":
		want = e.cmdlet(item.format)
		delete(item.columns, "ResultIndex")
		delete(item.columns, "ResultCount")
	}
	if len(want)+len(item.columns) > 0 && !reflect.DeepEqual(want, item.columns) {
		t.Errorf("columns\n%q\nwant\n%q", item.columns, want)
	}
}

func (e *modelEvent) time(format string) string {
	if format == "csv" {
		return e.at.Format("2006-01-02 15:04:05.9999999")
	}
	return e.at.Format("2006-01-02T15:04:05.9999999Z")
}

func (e *modelEvent) typeName() string {
	return map[string]string{"43": "MIPLabel", "93": "AipDiscover", "94": "AipSensitivityLabelAction",
		"96": "AipFileDeleted", "97": "AipHeartBeat"}[e.columns["RecordType"]]
}

func (e *modelEvent) normalized(format string) map[string]string {
	want := map[string]string{}
	for name, value := range e.columns {
		want[name] = value
	}
	for _, p := range numberParameters {
		if n, err := strconv.Atoi(e.columns[p.column]); err == nil && n < len(p.names) {
			want[p.column+"Name"] = p.names[n]
		}
	}
	for n, name := range []string{"Application", "ServicePrincipal", "CustomPolicy", "SystemPolicy", "PartnerTechnician", "Guest"} {
		if e.columns["UserType"] == fmt.Sprint(5+n) {
			want["UserTypeName"] = name
		}
	}
	if name := e.typeName(); name != "" {
		want["RecordTypeName"] = name
	}
	want["CreationTime"] = e.time(format)
	return want
}

func (e *modelEvent) cmdlet(format string) map[string]string {
	want := map[string]string{
		"RecordType": e.typeName(), "CreationDate": e.time(format), "UserIds": e.columns["UserId"], "Operations": e.columns["Operation"],
		"Identity": e.columns["Id"], "IsValid": "true", "ObjectState": "Unchanged",
	}
	if want["RecordType"] == "" {
		want["RecordType"] = e.columns["RecordType"]
	}
	if format == "csv" {
		want["IsValid"] = "True"
		want["CreationDate"] = e.at.Truncate(time.Second).Format("2006-01-02 15:04:05")
		for name, value := range want {
			if strings.TrimSpace(value) == "" {
				delete(want, name)
			}
		}
	}
	return want
}
