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

func TestATrailInOrderHasNoDisagreements(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	d.Clock.Advance(9 * time.Hour)
	d.tick(t)
	d.Check(t)
	got := d.run(t, "fsck")
	list, s := findings(t, got)
	if got.code != exitWell || len(list) > 0 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	want := tally{}
	for _, e := range d.entries(t) {
		want.Contents++
		want.Done++
		want.Blobs++
		want.Records += e.Records
		want.Rows += e.Rows
	}
	want.Events = want.Rows
	if diff := cmp.Diff(want, s.tally); diff != "" || want.Rows < 160 {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.stderr, "disagreements: none") {
		t.Errorf("to people: %s", got.stderr)
	}
}

func TestContentsThatFailedAreInformation(t *testing.T) {
	d := newDesk(t, tenant.Config{Events: 600, Contents: 45, NoiseShare: -1, Moods: tenant.NewMoods(3,
		tenant.Expired, tenant.Missing, tenant.NotArray, tenant.BrokenRecord, tenant.ByteOrderMark, tenant.Republished)})
	d.CheckTrail(t)
	c := audit.Content{ID: "late$1", Type: tenant.General, Created: d.Clock.Now(), Expiration: d.Clock.Now().AddDate(0, 0, 7)}
	if _, err := d.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	got := d.run(t, "fsck")
	list, s := findings(t, got)
	if got.code != exitWell || s.Disagreements > 0 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	want := map[kind]int{contentPending: 1, contentLost: s.Lost, contentUnreadable: s.Unreadable}
	if diff := cmp.Diff(want, s.Kinds); diff != "" || s.Lost == 0 || s.Unreadable == 0 || s.Pending != 1 {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	for _, f := range list {
		if !f.Information || f.What == "" || !strings.HasPrefix(f.Where, "content2026") {
			t.Errorf("%+v", f)
		}
	}
}

func TestAnEmptyAccountIsRemarkedUpon(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	d.env["DataStorage"] = pool.ConnectionString(t)
	if got := d.run(t, "fsck"); got.code != exitWell || !strings.Contains(got.stderr, "is it the right storage?") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

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

func TestRowsOfADamagedBlobAreCountedAndNotReported(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	e := d.entries(t)[0]
	reupload(t, d, e.Blob, []byte("x"))
	_, s := findings(t, d.run(t, "fsck"))
	if s.Unproven != e.Rows || e.Rows == 0 {
		t.Errorf("%d rows cannot be checked, the content has %d", s.Unproven, e.Rows)
	}
}

func TestOneIdAtTwoTimesIsInformation(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	twice := strings.Replace(invented, "2026-03-18T10", "2026-02-28T23", 1)
	ingestContent(t, d, "both$1", "["+invented+","+twice+"]")
	got := d.run(t, "fsck")
	list, s := findings(t, got)
	if got.code != exitWell || s.Disagreements > 0 || len(list) != 1 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	f := list[0]
	if f.Kind != idTwoTimes || f.What != "00000000-0000-4000-8000-000000000001" || f.Found != "2026-02-28T23:00:00Z,2026-03-18T10:00:00Z" || !f.Information {
		t.Errorf("%+v", f)
	}
}

// ingestContent brings a content of its own into the trail.
func ingestContent(t *testing.T, d *desk, id, body string) audit.Content {
	t.Helper()
	c := audit.Content{ID: id, Type: tenant.General, Created: d.Clock.Now(), Expiration: d.Clock.Now().AddDate(0, 0, 7)}
	if _, err := d.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	if err := d.Store.PutRaw(t.Context(), c, []byte(body), strings.Count(body, "Id")); err != nil {
		t.Fatal(err)
	}
	d.tick(t)
	return c
}

func TestWhatRetentionDropsIsNotMissed(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	old := strings.Replace(invented, "2026-03-18", "2026-01-18", 1)
	ingestContent(t, d, "old$1", "["+old+","+strings.Replace(invented, "01\"", "02\"", 1)+"]")
	if got := d.run(t, "fsck"); got.code != exitWell {
		t.Fatalf("before: exit code %d\n%s", got.code, got.stdout)
	}
	d.env["RETENTION_DAYS"] = "30"
	if got := d.run(t, "fsck"); got.code != exitWell {
		t.Fatalf("not dropped yet: exit code %d\n%s", got.code, got.stdout)
	}
	if _, err := d.Store.DropEventsBefore(t.Context(), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if got := d.run(t, "fsck"); got.code != exitWell {
		t.Errorf("dropped: exit code %d\n%s", got.code, got.stdout)
	}
	d.env["RETENTION_DAYS"] = "0"
	list, _ := findings(t, d.run(t, "fsck"))
	if diff := cmp.Diff([]string{"row-missing"}, sortedKinds(list)); diff != "" {
		t.Errorf("if it were to be kept (-want +got):\n%s", diff)
	}
}

func TestRowsOfTypesThatWereWantedOnceAreInOrder(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	d.env["RECORD_TYPES"] = "94"
	_, s := findings(t, d.run(t, "fsck"))
	kinds := s.Kinds
	delete(kinds, ledgerCounts) // made with other settings
	if len(kinds) > 0 || s.Unwanted == 0 || s.Unwanted+s.Events != s.Rows {
		t.Errorf("%+v", s)
	}
}

func TestARowOfATypeThatIsNotWantedMustLieWhereItSays(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	d.env["RECORD_TYPES"] = "94"
	for _, row := range d.Rows(t, "events") {
		if row.Columns["RecordType"] == 93.0 {
			row.Columns["ContentCreated"] = strings.Replace(row.Columns["ContentCreated"].(string), "T", "T23:59:59.5Z", 1)[:len("2026-03-18T23:59:59.5Z")]
			d.Put(t, row)
			break
		}
	}
	_, s := findings(t, d.run(t, "fsck"))
	if s.Kinds[rowUnexplained] != 1 {
		t.Errorf("%+v", s)
	}
}

func TestWhatExplainsAStrayRow(t *testing.T) {
	content := audit.Content{ID: "b$1", Type: tenant.General, Created: ingesttest.Start}
	record, err := audit.ParseRecord([]byte(invented))
	if err != nil {
		t.Fatal(err)
	}
	items := []audit.Item{{Index: 4, Record: record}}
	cl := claimOf(items[0], content, false)
	of := func(id string) *claim {
		c := claimOf(items[0], audit.Content{ID: id, Type: tenant.General, Created: ingesttest.Start}, false)
		return &c
	}
	whole := stray{At: cl.At, Content: content, Index: 4, SHA256: cl.SHA256}
	for name, x := range map[string]struct {
		change func(*stray)
		want   bool
	}{
		"the record that it is of": {func(*stray) {}, true},
		"another place":            {func(s *stray) { s.Index = 3 }, false},
		"another record":           {func(s *stray) { s.SHA256 = "x" }, false},
		"another time":             {func(s *stray) { s.At += "x" }, false},
		"one that is later":        {func(s *stray) { s.Rightful = of("c$1") }, true},
		"one that is earlier":      {func(s *stray) { s.Rightful = of("a$1") }, false},
	} {
		s := whole
		x.change(&s)
		if got := s.explained(items); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A content that was being ingested when the process died has a raw blob, and
// may have rows.
func TestAContentHalfWayThroughIsNoDisagreement(t *testing.T) {
	for _, rows := range []bool{false, true} {
		d := newDesk(t, tenant.Config{})
		row, _, _ := second(t, d)
		e, err := d.Store.EventsByID(t.Context(), row.Columns["Id"].(string))
		if err != nil || len(e) != 1 {
			t.Fatal(err)
		}
		// It is earlier than all, and has an event that is a row already.
		c := audit.Content{ID: "half$1", Type: tenant.General, Created: d.Clock.Now().AddDate(0, 0, -20), Expiration: d.Clock.Now()}
		if _, err := d.Store.AddPending(t.Context(), []audit.Content{c}); err != nil {
			t.Fatal(err)
		}
		body := "[" + string(e[0].Record.JSON) + "," + invented + "]"
		if err := d.Store.PutRaw(t.Context(), c, []byte(body), 2); err != nil {
			t.Fatal(err)
		}
		if rows {
			put(t, d, string(e[0].Record.JSON), c, 0)
			put(t, d, invented, c, 1)
		}
		got := d.run(t, "fsck")
		list, _ := findings(t, got)
		if diff := cmp.Diff([]string{"content-pending"}, sortedKinds(list)); diff != "" || got.code != exitWell {
			t.Errorf("with rows %v: exit code %d\n%s", rows, got.code, got.stdout)
		}
	}
}

func TestFsckLeavesNothingBehind(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	before := append(d.Rows(t, ""), d.Rows(t, "state")...)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	if got := d.run(t, "fsck"); got.code != exitWell {
		t.Fatal(got.stderr)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("files: %v", left)
	}
	if diff := cmp.Diff(before, append(d.Rows(t, ""), d.Rows(t, "state")...)); diff != "" {
		t.Errorf("tables (-before +after):\n%s", diff)
	}
}
