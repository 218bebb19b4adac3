package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
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
	want.Events, want.Entries = want.Rows, len(d.Rows(t, "index"))
	if diff := cmp.Diff(want, s.tally); diff != "" || want.Rows < 160 {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.stderr, "disagreements: none") {
		t.Errorf("to people: %s", got.stderr)
	}
}

func TestContentsThatFailedAreInformation(t *testing.T) {
	d := newDesk(t, tenant.Config{Events: 600, Contents: 45, NoiseShare: -1, Faults: tenant.NewFaults(3,
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
	if diff := cmp.Diff([]string{"index-missing", "row-missing"}, sortedKinds(list)); diff != "" {
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
