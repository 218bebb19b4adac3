package fsck

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
)

func TestRunSoundTrail(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	f.Clock.Advance(9 * time.Hour)
	f.Tick(t)
	f.Check(t)
	got := f.run(t)
	if got.summary.Disagreements > 0 || len(got.findings) > 0 {
		t.Fatalf("findings:\n%s%s", got.out, got.text)
	}
	want := Tally{}
	for _, e := range f.Entries(t) {
		want.LedgerEntries++
		want.Done++
		want.Blobs++
		want.Records += e.Records
		want.Rows += e.Rows
	}
	want.Events, want.IndexEntries = want.Rows, len(f.Rows(t, "index"))
	if diff := cmp.Diff(want, got.summary.Tally); diff != "" || want.Rows < 160 {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if !strings.Contains(got.text, "disagreements: none") {
		t.Errorf("for people: %s", got.text)
	}
}

// Content blobs that could not be ingested are information: the ledger and the
// raw blobs agree on them.
func TestRunContentNotDone(t *testing.T) {
	f := newFixture(t, tenant.Config{Events: 600, Contents: 45, NoiseShare: -1, Faults: tenant.NewFaults(3,
		tenant.Expired, tenant.Missing, tenant.NotArray, tenant.BrokenRecord, tenant.ByteOrderMark, tenant.Republished)})
	f.CheckTrail(t)
	f.Add(t, f.NewContent("late$1"))
	got := f.run(t)
	s := got.summary
	if s.Disagreements > 0 {
		t.Fatalf("disagreements:\n%s%s", got.out, got.text)
	}
	want := map[findingKind]int{contentPending: 1, contentLost: s.Lost, contentUnreadable: s.Unreadable}
	if diff := cmp.Diff(want, s.Kinds); diff != "" || s.Lost == 0 || s.Unreadable == 0 || s.Pending != 1 {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	for _, f := range got.findings {
		if !f.Information || f.What == "" || !strings.HasPrefix(f.Where, "content2026") {
			t.Errorf("%+v", f)
		}
	}
}

func TestRunDamagedBlob(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	e := f.Entries(t)[0]
	f.ReplaceBlob(t, e.Blob, []byte("x"))
	if s := f.run(t).summary; s.Unproven != e.Rows || e.Rows == 0 {
		t.Errorf("%d rows cannot be checked, the content has %d", s.Unproven, e.Rows)
	}
}

func TestRunOneIDTwoTimes(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	again := strings.Replace(trailtest.Invented, "2026-03-18T10", "2026-02-28T23", 1)
	f.IngestBody(t, "both$1", "["+trailtest.Invented+","+again+"]")
	got := f.run(t)
	if got.summary.Disagreements > 0 || len(got.findings) != 1 {
		t.Fatalf("findings:\n%s%s", got.out, got.text)
	}
	found := got.findings[0]
	if found.Kind != idTwoTimes || found.What != "00000000-0000-4000-8000-000000000001" ||
		found.Found != "2026-02-28T23:00:00Z,2026-03-18T10:00:00Z" || !found.Information {
		t.Errorf("%+v", found)
	}
}

func TestRunRetention(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	old := strings.Replace(trailtest.Invented, "2026-03-18", "2026-01-18", 1)
	f.IngestBody(t, "old$1", "["+old+","+strings.Replace(trailtest.Invented, "01\"", "02\"", 1)+"]")
	if got := f.run(t); got.summary.Disagreements > 0 {
		t.Fatalf("before:\n%s", got.out)
	}
	f.config.Oldest = time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	if got := f.run(t); got.summary.Disagreements > 0 {
		t.Fatalf("not dropped yet:\n%s", got.out)
	}
	if _, err := f.Store.Events.DropBefore(t.Context(), f.config.Oldest); err != nil {
		t.Fatal(err)
	}
	if got := f.run(t); got.summary.Disagreements > 0 {
		t.Errorf("dropped:\n%s", got.out)
	}
	f.config.Oldest = time.Time{}
	if diff := cmp.Diff([]string{"index-missing", "row-missing"}, f.run(t).kinds()); diff != "" {
		t.Errorf("dropped, without retention (-want +got):\n%s", diff)
	}
}

func (f *fixture) wantOnly(t *testing.T, types string) {
	t.Helper()
	want, err := audit.ParseFilter(types)
	if err != nil {
		t.Fatal(err)
	}
	f.config.Want = want
}

func TestRunUnwantedType(t *testing.T) {
	t.Run("rows are counted", func(t *testing.T) {
		f := newFixture(t, tenant.Config{})
		f.wantOnly(t, "94")
		s := f.run(t).summary
		delete(s.Kinds, ledgerCounts) // the counts are those of the other settings
		if len(s.Kinds) > 0 || s.Unwanted == 0 || s.Unwanted+s.Events != s.Rows {
			t.Errorf("%+v", s)
		}
	})
	t.Run("a row must name its source", func(t *testing.T) {
		f := newFixture(t, tenant.Config{})
		f.wantOnly(t, "94")
		for _, row := range f.Rows(t, "events") {
			if row.Columns["RecordType"] == 93.0 {
				row.Columns["ContentCreated"] = strings.Replace(row.Columns["ContentCreated"].(string), "T", "T23:59:59.5Z", 1)[:len("2026-03-18T23:59:59.5Z")]
				f.Put(t, row)
				break
			}
		}
		if s := f.run(t).summary; s.Kinds[rowUnexplained] != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestStrayIsExplained(t *testing.T) {
	content := audit.Content{ID: "b$1", Type: tenant.General, Created: ingesttest.Start}
	record, err := audit.ParseRecord([]byte(trailtest.Invented))
	if err != nil {
		t.Fatal(err)
	}
	items := []audit.Item{{Index: 4, Record: record}}
	cl := newClaim(items[0], content, false)
	of := func(id string) *claim {
		c := newClaim(items[0], audit.Content{ID: id, Type: tenant.General, Created: ingesttest.Start}, false)
		return &c
	}
	whole := stray{At: cl.At, Content: content, Index: 4, SHA256: cl.SHA256}
	for name, x := range map[string]struct {
		change func(*stray)
		want   bool
	}{
		"its own record":           {func(*stray) {}, true},
		"another index":            {func(s *stray) { s.Index = 3 }, false},
		"another record":           {func(s *stray) { s.SHA256 = []byte("x") }, false},
		"another time":             {func(s *stray) { s.At += "x" }, false},
		"a later record is due":    {func(s *stray) { s.Required = of("c$1") }, true},
		"an earlier record is due": {func(s *stray) { s.Required = of("a$1") }, false},
	} {
		s := whole
		x.change(&s)
		if got := s.isExplained(items); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A content blob whose ingestion was cut off by a crash has a raw blob, and may
// have rows.
func TestRunHalfIngestedContent(t *testing.T) {
	for _, rows := range []bool{false, true} {
		f := newFixture(t, tenant.Config{})
		row, _, _ := f.sharedEvent(t)
		e, err := f.Store.Events.ByID(t.Context(), row.Columns["Id"].(string))
		if err != nil || len(e) != 1 {
			t.Fatal(err)
		}
		// It is earlier than all others, and has an event that has a row already.
		c := audit.Content{ID: "half$1", Type: tenant.General, Created: f.Clock.Now().AddDate(0, 0, -20), Expiration: f.Clock.Now()}
		f.Add(t, c)
		f.PutRaw(t, c, "["+string(e[0].Record.JSON)+","+trailtest.Invented+"]")
		if rows {
			f.WriteRow(t, string(e[0].Record.JSON), c, 0)
			f.WriteRow(t, trailtest.Invented, c, 1)
		}
		got := f.run(t)
		if diff := cmp.Diff([]string{"content-pending"}, got.kinds()); diff != "" || got.summary.Disagreements > 0 {
			t.Errorf("with rows %v:\n%s", rows, got.out)
		}
	}
}

func TestRunChangesNothing(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	before := f.Rows(t, "")
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f.run(t)
	if left := fileNames(t, dir); len(left) > 0 {
		t.Errorf("files: %v", left)
	}
	if diff := cmp.Diff(before, f.Rows(t, "")); diff != "" {
		t.Errorf("tables (-before +after):\n%s", diff)
	}
}

func TestRunFailure(t *testing.T) {
	f := newFixture(t, tenant.Config{})
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	check := func(t *testing.T, ctx context.Context) {
		t.Helper()
		if out, _ := f.failing(ctx, t); strings.Contains(out, `"kind"`) {
			t.Errorf("findings:\n%s", out)
		}
		if left := fileNames(t, dir); len(left) > 0 {
			t.Errorf("files: %v", left)
		}
	}
	t.Run("storage does not answer", func(t *testing.T) {
		for n := range 5 {
			f.Storage.Plan(func(i int, _ *http.Request) ingesttest.Fault {
				if i >= 2*n {
					return ingesttest.Drop
				}
				return nil
			})
			check(t, t.Context())
		}
		f.Storage.Plan(nil)
	})
	t.Run("canceled", func(t *testing.T) {
		for n := range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			f.Storage.Plan(func(i int, _ *http.Request) ingesttest.Fault {
				if i >= 2*n {
					cancel()
				}
				return nil
			})
			check(t, ctx)
		}
		f.Storage.Plan(nil)
	})
	t.Run("output", func(t *testing.T) {
		cfg := f.config
		cfg.Out = brokenPipe{}
		if _, err := Run(t.Context(), cfg); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("incomplete config", func(t *testing.T) {
		if _, err := Run(t.Context(), Config{Store: f.Store}); err == nil {
			t.Error("no error without an output")
		}
	})
	t.Run("no folder for temporary files", func(t *testing.T) {
		t.Setenv("TMPDIR", dir+"/none")
		f.failing(t.Context(), t)
		if _, err := DamagedRaw(t.Context(), f.config); err == nil {
			t.Error("no error")
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func ExampleSummary_WriteText() {
	s := Summary{
		Disagreements: 3,
		Kinds:         map[findingKind]int{rowMissing: 2, rowColumns: 1, contentPending: 1},
		Tally:         Tally{LedgerEntries: 9, Done: 8, Pending: 1, Blobs: 8, Records: 412, Events: 160, Rows: 158, IndexEntries: 1702},
	}
	s.WriteText(os.Stdout)
	// Output:
	// checked 9 content blobs, 8 raw blobs with 412 records, 158 rows, 1702 index entries
	// disagreements: row-columns 1, row-missing 2
	// for information: content-pending 1
}
