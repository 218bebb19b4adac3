package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A spoiling is something that goes wrong with a trail.
type spoiling func(t *testing.T, d *desk) (what string)

// entry spoils the ledger row of the newest content.
func entry(change func(columns map[string]any)) spoiling {
	return func(t *testing.T, d *desk) string {
		id := d.entries(t)[0].ID
		row := d.ledgerRow(t, id, "c_")
		change(row.Columns)
		d.Put(t, row)
		return id
	}
}

// event spoils one row of an event, of a content that holds no other's.
func event(change func(t *testing.T, d *desk, row ingesttest.StoredRow)) spoiling {
	return func(t *testing.T, d *desk) string {
		row := d.Rows(t, "events")[3]
		change(t, d, row)
		return row.Columns["Id"].(string)
	}
}

// column spoils one column of it.
func column(name string, value any) spoiling {
	return event(func(t *testing.T, d *desk, row ingesttest.StoredRow) {
		if row.Columns[name] == value {
			t.Fatalf("%s is %v already", name, value)
		}
		row.Columns[name] = value
		d.Put(t, row)
	})
}

// blob spoils the raw blob of the newest content.
func blob(change func(t *testing.T, d *desk, name string)) spoiling {
	return func(t *testing.T, d *desk) string {
		e := d.entries(t)[0]
		change(t, d, e.Blob)
		return e.ID
	}
}

// pendingContent adds a content that is pending.
func pendingContent(t *testing.T, d *desk) audit.Content {
	t.Helper()
	c := audit.Content{ID: "late$1", Type: tenant.General, Created: d.Clock.Now(), Expiration: d.Clock.Now().AddDate(0, 0, 7)}
	if _, err := d.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	return c
}

// put writes an event's row as if it were of content c.
func put(t *testing.T, d *desk, record string, c audit.Content, index int) string {
	t.Helper()
	r, err := audit.ParseRecord([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store.WriteEvents(t.Context(), []store.Event{{Record: r, Content: c, Index: index}}); err != nil {
		t.Fatal(err)
	}
	return r.ID
}

const invented = `{"Id":"00000000-0000-4000-8000-000000000001","RecordType":94,"CreationTime":"2026-03-18T10:00:00","UserId":"eve@contoso.example"}`

func download(t *testing.T, d *desk, name string) []byte {
	t.Helper()
	response, err := d.Blobs.DownloadStream(t.Context(), "raw", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEachDisagreementIsFoundAndNothingElse(t *testing.T) {
	for name, x := range map[string]struct {
		spoil spoiling
		want  kind
		found string // in Found
	}{
		"a raw blob is gone": {blob(func(t *testing.T, d *desk, name string) {
			if _, err := d.Blobs.DeleteBlob(t.Context(), "raw", name, nil); err != nil {
				t.Fatal(err)
			}
		}), rawMissing, "none"},
		"a byte of a raw blob is flipped": {blob(func(t *testing.T, d *desk, name string) {
			data := download(t, d, name)
			data[len(data)/2] ^= 1
			reupload(t, d, name, data)
		}), rawChanged, "others"},
		"a raw blob is another, whole one": {blob(func(t *testing.T, d *desk, name string) {
			reupload(t, d, name, download(t, d, d.entries(t)[1].Blob))
		}), rawChanged, "others"},
		"a raw blob's metadata are gone": {blob(func(t *testing.T, d *desk, name string) {
			if _, err := d.Blobs.UploadBuffer(t.Context(), "raw", name, download(t, d, name), nil); err != nil {
				t.Fatal(err)
			}
		}), rawMetadata, "others"},
		"when a raw blob was created": {blob(func(t *testing.T, d *desk, name string) {
			client := d.Blobs.ServiceClient().NewContainerClient("raw").NewBlobClient(name)
			properties, err := client.GetProperties(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			created := d.entries(t)[0].Created.Add(time.Second).Format("2006-01-02T15:04:05.0000000Z")
			properties.Metadata["Contentcreated"] = &created
			if _, err := client.SetMetadata(t.Context(), properties.Metadata, nil); err != nil {
				t.Fatal(err)
			}
		}), rawMetadata, "created 2026-"},
		"a raw blob that is no one's": {func(t *testing.T, d *desk) string {
			c := audit.Content{ID: "x$1", Type: tenant.General, Created: d.Clock.Now()}
			if err := d.Store.PutRaw(t.Context(), c, []byte("["+invented+"]"), 1); err != nil {
				t.Fatal(err)
			}
			return c.ID
		}, rawUnknown, "none"},
		"a ledger row is gone": {func(t *testing.T, d *desk) string {
			id := d.entries(t)[0].ID
			d.Delete(t, d.ledgerRow(t, id, "c_"))
			return id
		}, rawUnknown, "none"},
		"a count of records":    {entry(func(c map[string]any) { c["Records"] = 1 }), ledgerCounts, "records 1,"},
		"a count of rows":       {entry(func(c map[string]any) { c["Rows"] = c["Rows"].(float64) + 1 }), ledgerCounts, "records"},
		"a row less":            {entry(func(c map[string]any) { c["Rows"] = c["Rows"].(float64) - 1 }), ledgerCounts, "records"},
		"a count of duplicates": {entry(func(c map[string]any) { c["Duplicates"] = c["Duplicates"].(float64) + 1 }), ledgerCounts, "records"},
		"a count of rejects":    {entry(func(c map[string]any) { c["Rejected"] = 1 }), ledgerCounts, "rejected 1"},
		"the name of a blob":    {entry(func(c map[string]any) { c["Blob"] = "elsewhere" }), ledgerBlob, "elsewhere"},
		"no name of a blob":     {entry(func(c map[string]any) { delete(c, "Blob") }), ledgerBlob, ""},
		"lost, and stored":      {entry(func(c map[string]any) { c["State"] = "lost" }), ledgerState, "lost"},
		"unreadable, and whole": {entry(func(c map[string]any) { c["State"] = "unreadable" }), ledgerState, "unreadable"},
		"done, and no array": {func(t *testing.T, d *desk) string {
			c := ingestContent(t, d, "text$1", "no array")
			row := d.ledgerRow(t, c.ID, "c_")
			row.Columns["State"] = "done"
			d.Put(t, row)
			return c.ID
		}, ledgerState, "done"},
		"a pending entry without its pointer": {func(t *testing.T, d *desk) string {
			c := pendingContent(t, d)
			d.Delete(t, d.ledgerRow(t, c.ID, "p_"))
			return c.ID
		}, noPointer, "none"},
		"a pointer without its entry": {func(t *testing.T, d *desk) string {
			c := pendingContent(t, d)
			d.Delete(t, d.ledgerRow(t, c.ID, "c_"))
			return c.ID
		}, noEntry, "none"},
		"a pointer to an entry that is done": {func(t *testing.T, d *desk) string {
			e := d.entries(t)[0]
			row := d.ledgerRow(t, e.ID, "c_")
			inverted := strings.TrimPrefix(row.Columns["RowKey"].(string), "c_")
			row.Columns["RowKey"] = fmt.Sprintf("p_%d_%s", e.Expiration.Unix(), inverted)
			d.Put(t, row)
			return e.ID
		}, noEntry, "done"},
		"a ledger row by hand": {func(t *testing.T, d *desk) string {
			row := d.ledgerRow(t, d.entries(t)[0].ID, "c_")
			row.Columns["RowKey"] = "c_by_hand"
			d.Put(t, row)
			return row.Columns["ContentId"].(string)
		}, ledgerMisfiled, "another"},
		"a row is gone": {event(func(t *testing.T, d *desk, row ingesttest.StoredRow) { d.Delete(t, row) }), rowMissing, "none"},
		"a row's JSON": {event(func(t *testing.T, d *desk, row ingesttest.StoredRow) {
			row.Columns["AuditData"] = d.Rows(t, "events")[4].Columns["AuditData"]
			d.Put(t, row)
		}), rowRecord, "another"},
		"a row's JSON, damaged": {column("AuditData", base64.StdEncoding.EncodeToString([]byte{1, 2, 3})), rowRecord, "cannot be read"},
		"a row's user":          {column("UserId", "eve@contoso.example"), rowColumns, "UserId"},
		"a row's checksum":      {column("RecordSha256", base64.StdEncoding.EncodeToString(make([]byte, 32))), rowColumns, "RecordSha256"},
		"a row's source":        {column("ContentId", "none$1"), rowSource, "none$1"},
		"its place in there":    {column("ContentIndex", 999), rowSource, "record 999"},
		"when that was created": {column("ContentCreated", "2026-03-18T10:00:00Z"), rowSource, "created 2026-03-18T10:00:00Z"},
		"a row of a later content": {func(t *testing.T, d *desk) string {
			row, c, index := second(t, d)
			row.Columns["ContentId"], row.Columns["ContentIndex"] = c.ID, index
			row.Columns["ContentCreated"] = c.Created.Format(time.RFC3339Nano)
			d.Put(t, row)
			return row.Columns["Id"].(string)
		}, rowSource, "record"},
		"a row that was invented": {func(t *testing.T, d *desk) string {
			return put(t, d, invented, audit.Content{ID: "x$1", Type: tenant.General, Created: d.Clock.Now()}, 0)
		}, rowUnexplained, "x$1"},
		"a row that was invented, of a content that is there": {func(t *testing.T, d *desk) string {
			return put(t, d, invented, d.entries(t)[0].Content, 1)
		}, rowUnexplained, "record 1"},
		"a row that was invented, of a type that is not wanted": {func(t *testing.T, d *desk) string {
			return put(t, d, strings.Replace(invented, "94", "25", 1), d.entries(t)[0].Content, 1)
		}, rowUnexplained, "record 1"},
		"a row that was copied to another time": {event(func(t *testing.T, d *desk, row ingesttest.StoredRow) {
			inverted, id, _ := strings.Cut(row.Columns["RowKey"].(string), "_")
			n, err := strconv.Atoi(inverted)
			if err != nil {
				t.Fatal(err)
			}
			n ^= 1 // the last digit: within the hour, whose inverted seconds end at an odd one
			row.Columns["RowKey"] = fmt.Sprintf("%010d_%s", n, id)
			d.Put(t, row)
		}), rowUnexplained, "none that is record"},
		"an entry of the index is gone": {func(t *testing.T, d *desk) string {
			row := d.Rows(t, "index")[3]
			d.Delete(t, row)
			return indexed(row)
		}, indexMissing, "none"},
		"an entry of the index that was invented": {func(t *testing.T, d *desk) string {
			row := d.Rows(t, "index")[3]
			key := row.Columns["RowKey"].(string)
			row.Columns["RowKey"] = strings.Replace(key, key[2:18], "0123456789abcdef", 1)
			d.Put(t, row)
			return indexed(row)
		}, indexUnexplained, "none"},
		"an entry of the index that leads nowhere": {func(t *testing.T, d *desk) string {
			row := d.Rows(t, "index")[3]
			row.Columns["RowKey"] = row.Columns["RowKey"].(string)[:30] + "00000000-0000-4000-8000-000000000001"
			d.Put(t, row)
			return indexed(row)
		}, indexUnexplained, "none"},
		"an entry of the index by hand": {func(t *testing.T, d *desk) string {
			row := d.Rows(t, "index")[3]
			row.Columns["RowKey"] = "by_hand"
			d.Put(t, row)
			return ""
		}, indexUnexplained, "another"},
		"a row that was moved in time": {event(func(t *testing.T, d *desk, row ingesttest.StoredRow) {
			row.Columns["RowKey"] = "9" + row.Columns["RowKey"].(string)[1:]
			d.Put(t, row)
		}), rowUnexplained, "another"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, tenant.Config{})
			what := x.spoil(t, d)
			got := d.run(t, "fsck")
			list, s := findings(t, got)
			list = withoutInformation(list)
			if len(list) != 1 || got.code != exitNotWell || s.Disagreements != 1 {
				t.Fatalf("exit code %d, want one finding\n%s%s", got.code, got.stdout, got.stderr)
			}
			f := list[0]
			if f.Kind != x.want || !strings.EqualFold(f.What, what) && f.Kind != rawMetadata || f.Where == "" || !strings.Contains(f.Found, x.found) || f.Expected == "" {
				t.Errorf("want %s of %s, found %q, got\n%s", x.want, what, x.found, got.stdout)
			}
			if strings.Contains(got.stdout+got.stderr, "@") {
				t.Errorf("someone's address is in the output:\n%s%s", got.stdout, got.stderr)
			}
		})
	}
}

// indexed is the event that an entry of the index leads to.
func indexed(row ingesttest.StoredRow) string {
	return strings.SplitN(row.Columns["RowKey"].(string), "_", 4)[3]
}

func withoutInformation(list []finding) (rest []finding) {
	for _, f := range list {
		if !f.Information {
			rest = append(rest, f)
		}
	}
	return rest
}

// reupload replaces a blob's bytes and keeps its metadata.
func reupload(t *testing.T, d *desk, name string, data []byte) {
	t.Helper()
	client := d.Blobs.ServiceClient().NewContainerClient("raw").NewBlockBlobClient(name)
	properties, err := client.GetProperties(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Blobs.UploadBuffer(t.Context(), "raw", name, data, uploadWith(properties.Metadata))
	if err != nil {
		t.Fatal(err)
	}
}

// second is the row of an event that a later content has too, and where.
func second(t *testing.T, d *desk) (ingesttest.StoredRow, audit.Content, int) {
	t.Helper()
	rows := map[string]ingesttest.StoredRow{}
	for _, row := range d.Rows(t, "events") {
		rows[row.Columns["Id"].(string)] = row
	}
	for _, e := range d.entries(t) {
		body, err := d.Store.Raw(t.Context(), e.Content)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := audit.Parse(body, d.Ingest.Want)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range parsed.Records {
			if row := rows[item.Record.ID]; row.Columns["ContentId"] != e.ID {
				return row, e.Content, item.Index
			}
		}
	}
	t.Fatal("no event is in two contents: not the case that this test is for")
	return ingesttest.StoredRow{}, audit.Content{}, 0
}

func TestSeveralDisagreementsAreAllFound(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	rows := d.Rows(t, "events")
	for i := range 30 {
		d.Delete(t, rows[i])
	}
	rows[40].Columns["UserId"] = "eve@contoso.example"
	d.Put(t, rows[40])
	got := d.run(t, "fsck")
	_, s := findings(t, got)
	if diff := cmp.Diff(map[kind]int{rowMissing: 30, rowColumns: 1}, s.Kinds); diff != "" || s.Disagreements != 31 || got.code != exitNotWell {
		t.Errorf("exit code %d (-want +got):\n%s", got.code, diff)
	}
	if !strings.Contains(got.stderr, "disagreements: row-columns 1, row-missing 30") {
		t.Errorf("to people:\n%s", got.stderr)
	}
}
