package query_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

var update = flag.Bool("update", false, "write the golden files")

// checkGolden compares got with a file, which -update writes.
func checkGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: -want +got\n%s", file, diff)
	}
}

func TestViewsAndFormatsGolden(t *testing.T) {
	tr := newTrail(t, sample(t, "94-updated-outlook.json"), sample(t, "96-file-deleted-duplicate-userid.json"))
	for _, format := range []string{"json", "ndjson", "csv"} {
		for _, view := range []string{"normalized", "record", "cmdlet"} {
			resp := tr.get(t, "/api/v1/events?startDate=2022-12-22&endDate=2022-12-23&format="+format+"&view="+view)
			if resp.status != http.StatusOK {
				t.Fatalf("%s, %s: %d %s", format, view, resp.status, resp.body)
			}
			checkGolden(t, "testdata/two."+view+"."+format, resp.body)
		}
	}
}

// readCSV reads a file as Import-Csv does, by the names in its first line.
func readCSV(t testing.TB, file []byte) []map[string]string {
	t.Helper()
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if bytes.HasPrefix(file, []byte("#TYPE")) {
		file = file[bytes.IndexByte(file, '\n')+1:]
	}
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatalf("%v in %s", err, file)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, value := range line {
			row[lines[0][i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

// The samples were written by the cmdlet and Export-Csv. The comments below list
// the differences.
func TestCmdletViewMatchesExportCSV(t *testing.T) {
	files, err := filepath.Glob("testdata/cmdlet/*.csv")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		sent, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var list []events.Event
		want := readCSV(t, sent)
		for _, row := range want {
			list = append(list, events.Event{Record: record(t, []byte(row["AuditData"])), Content: content(file)})
			delete(row, "RunspaceId")                                      // belongs to the session that ran the cmdlet
			row["ResultIndex"], row["ResultCount"] = "1", "1"              // counted per page
			row["Identity"] = list[len(list)-1].Record.ID                  // the Id is correct where they differ
			row["CreationDate"] = invariant(t, row["CreationDate"])        // depends on the culture
			row["UserIds"] = lastText(t, row["AuditData"], "UserId")       // those of the record
			row["Operations"] = lastText(t, row["AuditData"], "Operation") // likewise
		}
		tr := newTrail(t, list...)
		for i, e := range list {
			at := e.Record.CreationTime
			resp := tr.get(t, "/api/v1/events?format=csv&view=cmdlet&startDate="+at.Format("2006-01-02T15:04:05")+"&endDate="+at.Add(time.Second).Format("2006-01-02T15:04:05"))
			if diff := cmp.Diff(want[i:i+1], readCSV(t, resp.body)); diff != "" {
				t.Errorf("%s: -want +got\n%s", file, diff)
			}
			const head = `"RecordType","CreationDate","UserIds","Operations","AuditData","ResultIndex","ResultCount","Identity","IsValid","ObjectState"` + "\r\n"
			if !bytes.HasPrefix(resp.body, []byte(head)) || !bytes.HasSuffix(resp.body, []byte(`","1","1","`+e.Record.ID+`","True","Unchanged"`+"\r\n")) {
				t.Errorf("%s: got %s", file, resp.body)
			}
		}
	}
}

// lastText returns the text of a member of a record, the last one if it is
// duplicate.
func lastText(t *testing.T, record, key string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(record), &all); err != nil {
		t.Fatal(err)
	}
	s, _ := all[key].(string)
	return s
}

// invariant converts a date from the format of some culture to that of our CSV.
func invariant(t *testing.T, date string) string {
	t.Helper()
	for _, layout := range []string{"1/2/2006 3:04:05 PM", "2006-01-02 3:04:05 PM"} {
		if at, err := time.Parse(layout, date); err == nil {
			return at.Format("2006-01-02 15:04:05")
		}
	}
	t.Fatalf("precondition: %s is not a date", date)
	return ""
}

func TestCmdletResultIndex(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 25)...)
	var got []string
	for address := "/api/v1/events?startDate=-300d&view=cmdlet&resultSize=10"; address != ""; {
		p := tr.get(t, address).page(t)
		for _, value := range p.Value {
			var item struct{ ResultIndex, ResultCount int }
			if err := json.Unmarshal(value, &item); err != nil {
				t.Fatal(err)
			}
			got = append(got, strconv.Itoa(item.ResultIndex)+"/"+strconv.Itoa(item.ResultCount))
		}
		address = p.NextLink
	}
	want := strings.Fields(strings.Repeat("1/10 2/10 3/10 4/10 5/10 6/10 7/10 8/10 9/10 10/10 ", 2) + "1/5 2/5 3/5 4/5 5/5")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestDownloadHeaders(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 30)...)
	saveTick(t, tr)
	for format, mediaType := range map[string]string{
		"csv": "text/csv; charset=utf-8; header=present", "ndjson": "application/x-ndjson; charset=utf-8",
	} {
		resp := tr.get(t, "/api/v1/events?startDate=2026-11-01&endDate=2026-11-21T10:00&resultSize=1&format="+format)
		for name, want := range map[string]string{
			"Content-Type": mediaType, "X-Content-Type-Options": "nosniff", "Labeltrail-Complete-Through": "2026-11-21T09:50:00Z",
			"Content-Disposition": `attachment; filename="labeltrail-events-20261101T000000Z-20261121T100000Z.` + format + `"`,
			"Content-Length":      strconv.Itoa(len(resp.body)),
		} {
			if got := resp.header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", format, name, got, want)
			}
		}
		if !strings.HasPrefix(resp.header.Get("Link"), "<"+tr.URL+"/api/v1/events?") {
			t.Errorf("%s: Link is %q", format, resp.header.Get("Link"))
		}
	}
	resp := tr.get(t, "/api/v1/events")
	if got := resp.header.Get("Labeltrail-Complete-Through"); got != resp.page(t).CompleteThrough {
		t.Errorf("completeThrough is %s in the header, %s in the body", got, resp.page(t).CompleteThrough)
	}
}

func TestEmptyPage(t *testing.T) {
	tr := newTrail(t)
	for view, columns := range map[string]int{"normalized": 42, "record": 1, "cmdlet": 10} {
		resp := tr.get(t, "/api/v1/events?format=csv&view="+view)
		lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(resp.body, []byte("\ufeff")))).ReadAll()
		if err != nil || len(lines) != 1 || len(lines[0]) != columns {
			t.Errorf("%s: %q, %v", view, lines, err)
		}
		if bytes.HasPrefix(resp.body, []byte("\ufeff")) != (view != "cmdlet") {
			t.Errorf("%s: byte order mark missing or unexpected: %q", view, resp.body)
		}
		if _, known := resp.header["Labeltrail-Complete-Through"]; known {
			t.Error("Labeltrail-Complete-Through is present though the time is not known")
		}
	}
	if resp := tr.get(t, "/api/v1/events?format=ndjson"); resp.status != http.StatusOK || len(resp.body) != 0 {
		t.Errorf("ndjson: %d %q, want an empty body", resp.status, resp.body)
	}
}

func TestInvalidUTF8(t *testing.T) {
	sent := "{\"Id\":\"a\",\"CreationTime\":\"2026-11-21T09:00:00\",\"RecordType\":94,\"UserId\":\"ren\xe9\",\"Note\":\"caf\xe9\"}"
	tr := newTrail(t, eventOf(t, sent))
	for _, format := range []string{"json", "ndjson", "csv"} {
		for _, view := range []string{"normalized", "record", "cmdlet"} {
			resp := tr.get(t, "/api/v1/events?format="+format+"&view="+view)
			if resp.status != http.StatusOK || !utf8.Valid(resp.body) || !bytes.Contains(resp.body, []byte("caf\uFFFD")) {
				t.Errorf("%s, %s: %d %q", format, view, resp.status, resp.body)
			}
		}
	}
	if resp := tr.get(t, "/api/v1/events/a"); resp.status != http.StatusOK || !utf8.Valid(resp.body) {
		t.Errorf("by id: %d %q", resp.status, resp.body)
	}
}

func TestNDJSONMultilineRecord(t *testing.T) {
	sent := "{\n  \"Id\": \"x\",\r\n\t\"CreationTime\": \"2026-11-21T09:00:00\", \"RecordType\": 94, \"UserId\": \"a\\nb\" }"
	tr := newTrail(t, eventOf(t, sent))
	for view, want := range map[string]string{
		"record":     `{   "Id": "x",   "CreationTime": "2026-11-21T09:00:00", "RecordType": 94, "UserId": "a\nb" }` + "\n",
		"normalized": `"UserId":"a\nb","AuditData":{   "Id": "x",   "CreationTime": "2026-11-21T09:00:00", "RecordType": 94, "UserId": "a\nb" }}` + "\n",
	} {
		got := string(tr.get(t, "/api/v1/events?format=ndjson&view="+view).body)
		if !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: got %q", view, got)
		}
	}
}
