package fsck

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
)

// A damage is a change to a stored trail that makes it disagree with itself.
// It returns the id of the content blob or event that a finding must name.
type damage func(t *testing.T, f *fixture) (what string)

// entry changes the ledger entry of the newest content blob.
func entry(change func(columns map[string]any)) damage {
	return func(t *testing.T, f *fixture) string {
		id := f.Entries(t)[0].ID
		row := f.LedgerRow(t, id, "c_")
		change(row.Columns)
		f.Put(t, row)
		return id
	}
}

// event changes an event's row. Only one content blob has the event.
func event(change func(t *testing.T, f *fixture, row ingesttest.StoredRow)) damage {
	return func(t *testing.T, f *fixture) string {
		row := f.Rows(t, "events")[3]
		change(t, f, row)
		return row.Columns["Id"].(string)
	}
}

// column changes one column of an event's row.
func column(name string, value any) damage {
	return event(func(t *testing.T, f *fixture, row ingesttest.StoredRow) {
		if row.Columns[name] == value {
			t.Fatalf("precondition: %s is %v already", name, value)
		}
		row.Columns[name] = value
		f.Put(t, row)
	})
}

// blob changes the raw blob of the newest content blob.
func blob(change func(t *testing.T, f *fixture, name string)) damage {
	return func(t *testing.T, f *fixture) string {
		e := f.Entries(t)[0]
		change(t, f, e.Blob)
		return e.ID
	}
}

// Each damage leads to one disagreement and no other.
func TestRunDamage(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	sound := f.Snapshot(t)
	for name, x := range map[string]struct {
		damage damage
		want   findingKind
		found  string // in Found
	}{
		"raw blob deleted": {blob(func(t *testing.T, f *fixture, name string) {
			f.DeleteBlob(t, name)
		}), rawMissing, "none"},
		"raw blob: one byte flipped": {blob(func(t *testing.T, f *fixture, name string) {
			data := f.ReadBlob(t, name)
			data[len(data)/2] ^= 1
			f.ReplaceBlob(t, name, data)
		}), rawChanged, "cannot be decompressed"},
		"raw blob: bytes of another": {blob(func(t *testing.T, f *fixture, name string) {
			f.ReplaceBlob(t, name, f.ReadBlob(t, f.Entries(t)[1].Blob))
		}), rawChanged, "SHA-256: "},
		"raw blob: metadata removed": {blob(func(t *testing.T, f *fixture, name string) {
			if _, err := f.Blobs.UploadBuffer(t.Context(), "raw", name, f.ReadBlob(t, name), nil); err != nil {
				t.Fatal(err)
			}
		}), rawMetadata, `content id ""`},
		"raw blob: another creation time": {blob(func(t *testing.T, f *fixture, name string) {
			client := f.Blobs.ServiceClient().NewContainerClient("raw").NewBlobClient(name)
			properties, err := client.GetProperties(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			created := f.Entries(t)[0].Created.Add(time.Second).Format("2006-01-02T15:04:05.0000000Z")
			properties.Metadata["Contentcreated"] = &created
			if _, err := client.SetMetadata(t.Context(), properties.Metadata, nil); err != nil {
				t.Fatal(err)
			}
		}), rawMetadata, "created 2026-"},
		"raw blob: unknown to the ledger": {func(t *testing.T, f *fixture) string {
			c := audit.Content{ID: "x$1", Type: tenant.General, Created: f.Clock.Now()}
			if err := f.Store.PutRaw(t.Context(), c, []byte("["+trailtest.Invented+"]"), 1); err != nil {
				t.Fatal(err)
			}
			return c.ID
		}, rawUnknown, "none"},
		"ledger entry deleted": {func(t *testing.T, f *fixture) string {
			id := f.Entries(t)[0].ID
			f.Delete(t, f.LedgerRow(t, id, "c_"))
			return id
		}, rawUnknown, "none"},
		"ledger entry: records":               {entry(func(c map[string]any) { c["Records"] = 1 }), ledgerCounts, "records 1,"},
		"ledger entry: one row more":          {entry(func(c map[string]any) { c["Rows"] = c["Rows"].(float64) + 1 }), ledgerCounts, "records"},
		"ledger entry: one row less":          {entry(func(c map[string]any) { c["Rows"] = c["Rows"].(float64) - 1 }), ledgerCounts, "records"},
		"ledger entry: duplicates":            {entry(func(c map[string]any) { c["Duplicates"] = c["Duplicates"].(float64) + 1 }), ledgerCounts, "records"},
		"ledger entry: rejected":              {entry(func(c map[string]any) { c["Rejected"] = 1 }), ledgerCounts, "rejected 1"},
		"ledger entry: another blob":          {entry(func(c map[string]any) { c["Blob"] = "elsewhere" }), ledgerBlob, "elsewhere"},
		"ledger entry: no blob":               {entry(func(c map[string]any) { delete(c, "Blob") }), ledgerBlob, ""},
		"ledger entry: lost, but stored":      {entry(func(c map[string]any) { c["State"] = "lost" }), ledgerState, "lost"},
		"ledger entry: unreadable, but whole": {entry(func(c map[string]any) { c["State"] = "unreadable" }), ledgerState, "unreadable"},
		"ledger entry: done, but not an array": {func(t *testing.T, f *fixture) string {
			c := f.IngestBody(t, "text$1", "no array")
			row := f.LedgerRow(t, c.ID, "c_")
			row.Columns["State"] = "done"
			f.Put(t, row)
			return c.ID
		}, ledgerState, "done"},
		"pending row deleted": {func(t *testing.T, f *fixture) string {
			c := f.addLate(t)
			f.Delete(t, f.LedgerRow(t, c.ID, "p_"))
			return c.ID
		}, pendingWithoutPointer, "none"},
		"pending row: entry deleted": {func(t *testing.T, f *fixture) string {
			c := f.addLate(t)
			f.Delete(t, f.LedgerRow(t, c.ID, "c_"))
			return c.ID
		}, pointerWithoutPending, "none"},
		"pending row: entry is done": {func(t *testing.T, f *fixture) string {
			e := f.Entries(t)[0]
			row := f.LedgerRow(t, e.ID, "c_")
			inverted := strings.TrimPrefix(row.Columns["RowKey"].(string), "c_")
			row.Columns["RowKey"] = fmt.Sprintf("p_%d_%s", e.Expiration.Unix(), inverted)
			f.Put(t, row)
			return e.ID
		}, pointerWithoutPending, "done"},
		"ledger entry: invalid key": {func(t *testing.T, f *fixture) string {
			row := f.LedgerRow(t, f.Entries(t)[0].ID, "c_")
			row.Columns["RowKey"] = "c_by_hand"
			f.Put(t, row)
			return row.Columns["ContentId"].(string)
		}, ledgerMisfiled, "/c_by_hand"},
		"event row deleted": {event(func(t *testing.T, f *fixture, row ingesttest.StoredRow) { f.Delete(t, row) }), rowMissing, "none"},
		"event row: another JSON": {event(func(t *testing.T, f *fixture, row ingesttest.StoredRow) {
			row.Columns["AuditData"] = f.Rows(t, "events")[4].Columns["AuditData"]
			f.Put(t, row)
		}), rowRecord, "SHA-256: "},
		"event row: damaged JSON":          {column("AuditData", base64.StdEncoding.EncodeToString([]byte{1, 2, 3})), rowRecord, "cannot be read"},
		"event row: user":                  {column("UserId", "eve@contoso.example"), rowColumns, "UserId"},
		"event row: checksum":              {column("RecordSha256", base64.StdEncoding.EncodeToString(make([]byte, 32))), rowColumns, "RecordSha256"},
		"event row: unknown content blob":  {column("ContentId", "none$1"), rowSource, "none$1"},
		"event row: another index":         {column("ContentIndex", 999), rowSource, "record 999"},
		"event row: another creation time": {column("ContentCreated", "2026-03-18T10:00:00Z"), rowSource, "created 2026-03-18T10:00:00Z"},
		"event row: a later content blob": {func(t *testing.T, f *fixture) string {
			row, c, index := f.sharedEvent(t)
			row.Columns["ContentId"], row.Columns["ContentIndex"] = c.ID, index
			row.Columns["ContentCreated"] = c.Created.Format(time.RFC3339Nano)
			f.Put(t, row)
			return row.Columns["Id"].(string)
		}, rowSource, "record"},
		"event row invented": {func(t *testing.T, f *fixture) string {
			return f.WriteRow(t, trailtest.Invented, audit.Content{ID: "x$1", Type: tenant.General, Created: f.Clock.Now()}, 0)
		}, rowUnexplained, "x$1"},
		"event row invented: known content blob": {func(t *testing.T, f *fixture) string {
			return f.WriteRow(t, trailtest.Invented, f.Entries(t)[0].Content, 1)
		}, rowUnexplained, "record 1"},
		"event row invented: unwanted type": {func(t *testing.T, f *fixture) string {
			return f.WriteRow(t, strings.Replace(trailtest.Invented, "94", "25", 1), f.Entries(t)[0].Content, 1)
		}, rowUnexplained, "record 1"},
		"event row moved by a second": {event(func(t *testing.T, f *fixture, row ingesttest.StoredRow) {
			inverted, id, _ := strings.Cut(row.Columns["RowKey"].(string), "_")
			n, err := strconv.Atoi(inverted)
			if err != nil {
				t.Fatal(err)
			}
			n ^= 1 // stays within the hour: the inverted seconds of an hour end at an odd one
			row.Columns["RowKey"] = fmt.Sprintf("%010d_%s", n, id)
			f.Put(t, row)
		}), rowUnexplained, "none: the row names record"},
		"index entry deleted": {func(t *testing.T, f *fixture) string {
			row := f.Rows(t, "index")[3]
			f.Delete(t, row)
			return indexedEvent(row)
		}, indexMissing, "none"},
		"index entry: another term": {func(t *testing.T, f *fixture) string {
			row := f.Rows(t, "index")[3]
			key := row.Columns["RowKey"].(string)
			row.Columns["RowKey"] = strings.Replace(key, key[2:18], "0123456789abcdef", 1)
			f.Put(t, row)
			return indexedEvent(row)
		}, indexUnexplained, "none"},
		"index entry: unknown event": {func(t *testing.T, f *fixture) string {
			row := f.Rows(t, "index")[3]
			row.Columns["RowKey"] = row.Columns["RowKey"].(string)[:30] + "00000000-0000-4000-8000-000000000001"
			f.Put(t, row)
			return indexedEvent(row)
		}, indexUnexplained, "none"},
		"index entry: invalid key": {func(t *testing.T, f *fixture) string {
			row := f.Rows(t, "index")[3]
			row.Columns["RowKey"] = "by_hand"
			f.Put(t, row)
			return ""
		}, indexUnexplained, "/by_hand"},
		"event row: invalid key": {event(func(t *testing.T, f *fixture, row ingesttest.StoredRow) {
			row.Columns["RowKey"] = "9" + row.Columns["RowKey"].(string)[1:]
			f.Put(t, row)
		}), rowUnexplained, "/9"},
	} {
		t.Run(name, func(t *testing.T) {
			f.Restore(t, sound)
			what := x.damage(t, f)
			got := f.run(t)
			list := got.disagreements()
			if len(list) != 1 || got.summary.Disagreements != 1 {
				t.Fatalf("want one disagreement\n%s%s", got.out, got.text)
			}
			found := list[0]
			if found.Kind != x.want || !strings.EqualFold(found.What, what) && found.Kind != rawMetadata || found.Where == "" ||
				!strings.Contains(found.Found, x.found) || found.Expected == "" {
				t.Errorf("want %s of %s, found %q, got\n%s", x.want, what, x.found, got.out)
			}
			if strings.Contains(got.out+got.text, "@") {
				t.Errorf("someone's address is in the output:\n%s%s", got.out, got.text)
			}
		})
	}
}

// addLate adds a pending content blob.
func (f *fixture) addLate(t *testing.T) audit.Content {
	t.Helper()
	c := f.NewContent("late$1")
	f.Add(t, c)
	return c
}

// indexedEvent is the event that an index entry leads to.
func indexedEvent(row ingesttest.StoredRow) string {
	return strings.SplitN(row.Columns["RowKey"].(string), "_", 4)[3]
}

// sharedEvent finds an event that two content blobs have. It returns the
// event's row, and the place of its record in the later content blob.
func (f *fixture) sharedEvent(t *testing.T) (ingesttest.StoredRow, audit.Content, int) {
	t.Helper()
	rows := map[string]ingesttest.StoredRow{}
	for _, row := range f.Rows(t, "events") {
		rows[row.Columns["Id"].(string)] = row
	}
	for _, e := range f.Entries(t) {
		body, err := f.Store.Raw(t.Context(), e.Content)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := audit.Parse(body, f.config.Want)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range parsed.Records {
			if row := rows[item.Record.ID]; row.Columns["ContentId"] != e.ID {
				return row, e.Content, item.Index
			}
		}
	}
	t.Fatal("precondition: no event is in two content blobs")
	return ingesttest.StoredRow{}, audit.Content{}, 0
}

func TestRunManyDamages(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	rows := f.Rows(t, "events")
	for i := range 30 {
		f.Delete(t, rows[i])
	}
	rows[40].Columns["UserId"] = "eve@contoso.example"
	f.Put(t, rows[40])
	got := f.run(t)
	if diff := cmp.Diff(map[findingKind]int{rowMissing: 30, rowColumns: 1}, got.summary.Kinds); diff != "" || got.summary.Disagreements != 31 {
		t.Errorf("%d disagreements (-want +got):\n%s", got.summary.Disagreements, diff)
	}
	if !strings.Contains(got.text, "disagreements: row-columns 1, row-missing 30") {
		t.Errorf("for people:\n%s", got.text)
	}
}
