package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
)

// checkSound fails the test if fsck finds a disagreement.
func (f *fixture) checkSound(t *testing.T) {
	t.Helper()
	if got := f.run(t, "fsck"); got.code != exitOK {
		t.Errorf("fsck: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestRebuildMissing(t *testing.T) {
	f := newFixture(t)
	rows, index := f.Rows(t, "events"), f.Rows(t, "index")
	for i := 0; i < len(rows); i += 2 {
		f.Delete(t, rows[i])
	}
	for i := 0; i < len(index); i += 7 {
		f.Delete(t, index[i])
	}
	f.Delete(t, f.LedgerRow(t, f.Entries(t)[0].ID, "c_"))
	if got := f.run(t, "fsck"); got.code != exitFindings {
		t.Errorf("fsck before: exit code %d", got.code)
	}
	got := f.run(t, "rebuild")
	want := regexp.MustCompile(`^contents 8, records \d+, rows 160, duplicates \d+, conflicts 0, rejected 0, added to the ledger 1, left out 0\n$`)
	if got.code != exitOK || !want.MatchString(got.stdout) {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(rows, f.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(index, f.Rows(t, "index")); diff != "" {
		t.Errorf("index (-before +after):\n%s", diff)
	}
	f.checkSound(t)
}

func TestRebuildDropNeedsYes(t *testing.T) {
	f := newFixture(t)
	before := f.Rows(t, "events")
	got := f.run(t, "rebuild", "-drop")
	if got.code != exitFailed || !strings.Contains(got.stderr, "events202603") || !strings.Contains(got.stderr, "-yes") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	if diff := cmp.Diff(before, f.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
}

// Rows that were changed by hand are only repaired by rebuilding all rows.
// For a while after a table was dropped, Azure does not let it be created.
func TestRebuildDrop(t *testing.T) {
	f := newFixture(t)
	before, index, ledger := f.Rows(t, "events"), f.Rows(t, "index"), f.Rows(t, "content")
	changed := f.Rows(t, "events")[3]
	changed.Columns["UserId"] = "eve@contoso.example"
	f.Put(t, changed)
	f.WriteRow(t, trailtest.Invented, f.Entries(t)[0].Content, 1)
	start := f.Clock.Now()
	f.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") && f.Clock.Now().Sub(start) < 40*time.Second {
			return beingDeleted
		}
		return nil
	})
	got := f.run(t, "rebuild", "-drop", "-yes")
	if got.code != exitOK || !strings.Contains(got.stderr, "dropped index202603, events202603") || !strings.Contains(got.stderr, "waiting 2s for dropped tables") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(before, f.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(index, f.Rows(t, "index")); diff != "" {
		t.Errorf("index (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(ledger, f.Rows(t, "content")); diff != "" {
		t.Errorf("ledger (-before +after):\n%s", diff)
	}
	f.checkSound(t)
}

// beingDeleted is Azure's response to creating a table that was just dropped.
func beingDeleted(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "X-Ms-Error-Code": {"TableBeingDeleted"}}
	body := io.NopCloser(strings.NewReader(`{"odata.error":{"code":"TableBeingDeleted"}}`))
	return &http.Response{StatusCode: http.StatusConflict, Header: header, Body: body, Request: r}, nil
}

func TestRebuildDamagedBlob(t *testing.T) {
	f := newFixture(t)
	f.ReplaceBlob(t, f.Entries(t)[0].Blob, []byte("x"))
	got := f.run(t, "rebuild")
	if got.code != exitFindings || !strings.Contains(got.stdout, "contents 7, ") || !strings.Contains(got.stdout, "left out 1\n") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

// Rows whose raw blob is missing or damaged are the last copy of their
// records.
func TestRebuildDropNeedsLossy(t *testing.T) {
	for name, damage := range map[string]func(f *fixture, blob string){
		"damaged": func(f *fixture, blob string) { f.ReplaceBlob(t, blob, []byte("x")) },
		"missing": func(f *fixture, blob string) { f.DeleteBlob(t, blob) },
	} {
		f := newFixture(t)
		e := f.Entries(t)[0]
		damage(f, e.Blob)
		before := f.Rows(t, "events")
		got := f.run(t, "rebuild", "-drop", "-yes")
		if got.code != exitFailed || !strings.Contains(got.stderr, "1 raw blobs are missing or damaged") || !strings.Contains(got.stderr, "-lossy") {
			t.Errorf("%s: exit code %d\n%s", name, got.code, got.stderr)
		}
		if diff := cmp.Diff(before, f.Rows(t, "events")); diff != "" {
			t.Errorf("%s: rows (-before +after):\n%s", name, diff)
		}
		f.run(t, "rebuild", "-drop", "-yes", "-lossy")
		if n := len(f.Rows(t, "events")); n < len(before)-e.Rows || n >= len(before) {
			t.Errorf("%s: %d rows are left of %d, the content has %d", name, n, len(before), e.Rows)
		}
	}
}

func TestRebuildSettings(t *testing.T) {
	f := newFixture(t)
	old := strings.Replace(trailtest.Invented, "2026-03-18", "2026-01-18", 1)
	f.IngestBody(t, "old$1", "["+old+"]")
	f.env["RETENTION_DAYS"], f.env["RECORD_TYPES"] = "30", "AipDiscover"
	if got := f.run(t, "rebuild", "-drop", "-yes"); got.code != exitOK {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	rows := f.Rows(t, "events")
	for _, row := range rows {
		if row.Table != "events202603" || row.Columns["RecordType"] != 93.0 {
			t.Errorf("row %s/%s of record type %v", row.Table, row.Key(), row.Columns["RecordType"])
		}
	}
	if len(rows) == 0 {
		t.Error("no rows")
	}
}
