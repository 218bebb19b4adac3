package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// well fails the test unless fsck finds nothing.
func (d *desk) well(t *testing.T) {
	t.Helper()
	if got := d.run(t, "fsck"); got.code != exitWell {
		t.Errorf("fsck: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestRebuildMakesGoodWhatFsckMisses(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	rows, index := d.Rows(t, "events"), d.Rows(t, "index")
	for i := 0; i < len(rows); i += 2 {
		d.Delete(t, rows[i])
	}
	for i := 0; i < len(index); i += 7 {
		d.Delete(t, index[i])
	}
	d.Delete(t, d.ledgerRow(t, d.entries(t)[0].ID, "c_"))
	if got := d.run(t, "fsck"); got.code != exitNotWell {
		t.Errorf("fsck before: exit code %d", got.code)
	}
	got := d.run(t, "rebuild")
	want := regexp.MustCompile(`^contents 8, records \d+, rows 160, duplicates \d+, conflicts 0, rejected 0, added to the ledger 1, left out 0\n$`)
	if got.code != exitWell || !want.MatchString(got.stdout) {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(rows, d.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(index, d.Rows(t, "index")); diff != "" {
		t.Errorf("index (-before +after):\n%s", diff)
	}
	d.well(t)
}

func TestDroppingIsOnlyDoneIfItIsSaidTwice(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	before := d.Rows(t, "events")
	got := d.run(t, "rebuild", "-drop")
	if got.code != exitFailed || !strings.Contains(got.stderr, "events202603") || !strings.Contains(got.stderr, "-yes") {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	if diff := cmp.Diff(before, d.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
}

// Rows that were changed by hand are only made good by making all rows again.
func TestADroppedTrailIsTheSameWhenItIsMadeAgain(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	before, index, ledger := d.Rows(t, "events"), d.Rows(t, "index"), d.Rows(t, "content")
	changed := d.Rows(t, "events")[3]
	changed.Columns["UserId"] = "eve@contoso.example"
	d.Put(t, changed)
	put(t, d, invented, d.entries(t)[0].Content, 1)
	start := d.Clock.Now()
	d.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") && d.Clock.Now().Sub(start) < 40*time.Second {
			return beingDeleted
		}
		return nil
	})
	got := d.run(t, "rebuild", "-drop", "-yes")
	if got.code != exitWell || !strings.Contains(got.stderr, "dropped index202603, events202603") || !strings.Contains(got.stderr, "waiting 2s for dropped tables") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if diff := cmp.Diff(before, d.Rows(t, "events")); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(index, d.Rows(t, "index")); diff != "" {
		t.Errorf("index (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(ledger, d.Rows(t, "content")); diff != "" {
		t.Errorf("ledger (-before +after):\n%s", diff)
	}
	d.well(t)
}

// beingDeleted is what the service answers for a while after a table was dropped.
func beingDeleted(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "X-Ms-Error-Code": {"TableBeingDeleted"}}
	body := io.NopCloser(strings.NewReader(`{"odata.error":{"code":"TableBeingDeleted"}}`))
	return &http.Response{StatusCode: http.StatusConflict, Header: header, Body: body, Request: r}, nil
}

func TestARebuildThatLeavesSomethingOutSaysSo(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	reupload(t, d, d.entries(t)[0].Blob, []byte("x"))
	got := d.run(t, "rebuild")
	if got.code != exitNotWell || !strings.Contains(got.stdout, "contents 7, ") || !strings.Contains(got.stdout, "left out 1\n") {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
}

func TestRowsThatCouldNotBeMadeAgainAreNotDropped(t *testing.T) {
	for name, spoil := range map[string]func(d *desk, blob string){
		"damaged": func(d *desk, blob string) { reupload(t, d, blob, []byte("x")) },
		"missing": func(d *desk, blob string) {
			if _, err := d.Blobs.DeleteBlob(t.Context(), "raw", blob, nil); err != nil {
				t.Fatal(err)
			}
		},
	} {
		d := newDesk(t, tenant.Config{})
		e := d.entries(t)[0]
		spoil(d, e.Blob)
		before := d.Rows(t, "events")
		got := d.run(t, "rebuild", "-drop", "-yes")
		if got.code != exitFailed || !strings.Contains(got.stderr, "1 raw blobs are missing or damaged") || !strings.Contains(got.stderr, "-lossy") {
			t.Errorf("%s: exit code %d\n%s", name, got.code, got.stderr)
		}
		if diff := cmp.Diff(before, d.Rows(t, "events")); diff != "" {
			t.Errorf("%s: rows (-before +after):\n%s", name, diff)
		}
		d.run(t, "rebuild", "-drop", "-yes", "-lossy")
		if n := len(d.Rows(t, "events")); n < len(before)-e.Rows || n >= len(before) {
			t.Errorf("%s: %d rows are left of %d, the content has %d", name, n, len(before), e.Rows)
		}
	}
}

func TestRebuildTakesTheSettingsOfRowsIntoAccount(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	old := strings.Replace(invented, "2026-03-18", "2026-01-18", 1)
	ingestContent(t, d, "old$1", "["+old+"]")
	d.env["RETENTION_DAYS"], d.env["RECORD_TYPES"] = "30", "AipDiscover"
	if got := d.run(t, "rebuild", "-drop", "-yes"); got.code != exitWell {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	rows := d.Rows(t, "events")
	for _, row := range rows {
		if row.Table != "events202603" || row.Columns["RecordType"] != 93.0 {
			t.Errorf("row %s/%s of record type %v", row.Table, row.Key(), row.Columns["RecordType"])
		}
	}
	if len(rows) == 0 {
		t.Error("no rows")
	}
}
