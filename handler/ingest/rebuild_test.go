package ingest_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// entangled ingests content blobs that share events, one at a time and in a random
// order. A shared event is the same, the same in other bytes, or another record.
func entangled(t *testing.T, f *fixture, seed uint64) (blobs []audit.Content) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 8 {
		var records []string
		for range 12 {
			records = append(records, variant(record(r.IntN(40)), r.IntN(4)))
		}
		records = append(records, `{"RecordType":94}`, `{"RecordType":25}`)
		c := f.content(fmt.Sprintf("content$%d", i), time.Duration(1+i/2)*time.Hour) // two of each age
		f.respond[c.ID] = body(records...)
		blobs = append(blobs, c)
	}
	for _, i := range r.Perm(len(blobs)) {
		f.add(t, blobs[i], f.respond[blobs[i].ID])
		f.drain(t)
	}
	return blobs
}

func variant(record string, which int) string {
	switch which {
	case 1:
		return strings.ReplaceAll(record, ",", " , ") // the same in other bytes
	case 2:
		return strings.Replace(record, "Applied", "Removed", 1) // another record
	case 3:
		return strings.Replace(record, "2026-03-18T10", "2026-02-28T23", 1) // the same Id at another time
	}
	return record
}

func rebuild(t *testing.T, f *fixture) ingest.Stats {
	t.Helper()
	c := f.config
	c.Fetch, c.Concurrency = nil, 3 // no request goes to the API
	p, err := ingest.New(c)
	if err != nil {
		t.Fatal(err)
	}
	stats, err := p.Rebuild(t.Context(), func(ingest.Stats) {})
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// same fails the test if the tables differ from want in any way.
func same(t *testing.T, f *fixture, prefix string, want []ingesttest.StoredRow) {
	t.Helper()
	if diff := cmp.Diff(want, f.account.Rows(t, prefix)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", prefix, diff)
	}
}

func TestRebuild(t *testing.T) {
	for seed := range uint64(6) {
		f := newFixture(t)
		blobs := entangled(t, f, seed)
		rows, ledger := f.account.Rows(t, "events"), f.account.Rows(t, "content")
		if tables := f.account.TableNames(t, "events"); len(tables) != 2 || len(rows) < 30 {
			t.Fatalf("precondition: %d rows in %v", len(rows), tables)
		}
		for name, damage := range map[string]func(){
			"all exist": func() {},
			"some are missing": func() {
				for i := 0; i < len(rows); i += 3 {
					f.account.Delete(t, rows[i])
				}
			},
			"none exist": func() {
				if _, err := f.store.Events.Drop(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		} {
			damage()
			stats := rebuild(t, f)
			same(t, f, "events", rows)
			same(t, f, "content", ledger)
			if stats.Fetched != len(blobs) || stats.Failed+stats.Added > 0 || stats.Records != 14*len(blobs) ||
				stats.Rows+stats.Duplicates+stats.Conflicts != 12*len(blobs) || stats.Rejected != len(blobs) {
				t.Errorf("seed %d, %s: %+v", seed, name, stats)
			}
		}
	}
}

func TestRebuildAddsMissingEntries(t *testing.T) {
	f := newFixture(t)
	blobs := entangled(t, f, 1)
	half := f.add(t, f.content("half", time.Hour), body())
	f.drain(t)
	want := map[string]ledger.Entry{}
	for _, c := range blobs {
		want[c.ID] = f.entry(t, c)
	}
	for _, row := range f.account.Rows(t, "content") {
		if row.Columns["ContentId"] != half.ID {
			f.account.Delete(t, row)
		}
	}
	f.clock.Advance(time.Hour)
	if stats := rebuild(t, f); stats.Added != len(blobs) {
		t.Errorf("%d added", stats.Added)
	}
	for _, c := range blobs {
		got, w := f.entry(t, c), want[c.ID]
		if !got.Settled.Equal(f.clock.Now()) || written(got) != written(w) {
			t.Errorf("entry %+v, want %+v", got, w)
		}
		got.Settled, got.Counts, w.Settled, w.Counts = time.Time{}, ledger.Counts{}, time.Time{}, ledger.Counts{}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Error(diff)
		}
	}
	if stats := rebuild(t, f); stats.Added > 0 {
		t.Errorf("%d added again", stats.Added)
	}
}

// written returns the counts that do not depend on the order of ingestion.
func written(e ledger.Entry) [3]int {
	return [3]int{e.Records, e.Rows + e.Duplicates + e.Conflicts, e.Rejected}
}

func TestRebuildKeepsPending(t *testing.T) {
	f := newFixture(t)
	c := f.add(t, f.content("one", time.Hour), body(record(1)))
	if err := f.store.PutRaw(t.Context(), c, []byte("["+record(1)+"]"), 1); err != nil {
		t.Fatal(err)
	}
	if stats := rebuild(t, f); stats.Added > 0 || stats.Rows != 1 {
		t.Errorf("%+v", stats)
	}
	if e := f.entry(t, c); e.State != ledger.Pending {
		t.Errorf("entry %+v", e)
	}
	f.drain(t)
	if e := f.entry(t, c); e.State != ledger.Done || e.Rows != 1 {
		t.Errorf("after the next drain: %+v", e)
	}
}

func TestRebuildDamagedBlobs(t *testing.T) {
	f := newFixture(t)
	good := f.add(t, f.content("good", time.Hour), body(record(1)))
	text := f.add(t, f.content("text", time.Hour), func(int) ([]byte, error) { return []byte("no array"), nil })
	flipped := f.add(t, f.content("flipped", 2*time.Hour), body(record(2)))
	strange := f.add(t, f.content("strange", 2*time.Hour), body(record(3)))
	f.drain(t)
	before := f.entry(t, text)
	blobs := f.account.Blobs
	if _, err := blobs.UploadBuffer(t.Context(), "raw", f.store.RawName(flipped), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := blobs.UploadBuffer(t.Context(), "raw", f.store.RawName(strange)+"x", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range f.account.Rows(t, "content") {
		f.account.Delete(t, row)
	}
	stats := rebuild(t, f)
	if stats.Fetched != 3 || stats.Failed != 2 || stats.Added != 3 || stats.Rows != 2 {
		t.Errorf("%+v", stats)
	}
	if e := f.entry(t, good); e.State != ledger.Done || e.Rows != 1 {
		t.Errorf("the good entry: %+v", e)
	}
	if e := f.entry(t, text); e.State != ledger.Unreadable || e.Error != before.Error || e.Blob != before.Blob {
		t.Errorf("the entry that is not an array: %+v, was %+v", e, before)
	}
	if _, err := f.store.Ledger.Get(t.Context(), flipped); err == nil {
		t.Error("the damaged content blob was added to the ledger")
	}
}

func TestRebuildRetention(t *testing.T) {
	f := newFixture(t)
	entangled(t, f, 1)
	f.configure(t, func(c *ingest.Config) {
		c.Retain = func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }
	})
	if _, err := f.store.Events.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	rebuild(t, f)
	if diff := cmp.Diff([]string{"events202603"}, f.account.TableNames(t, "events")); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

// beingDeleted is the service's response for a while after a table was dropped.
// The emulator never gives it.
func beingDeleted(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "X-Ms-Error-Code": {"TableBeingDeleted"}}
	body := io.NopCloser(strings.NewReader(`{"odata.error":{"code":"TableBeingDeleted"}}`))
	return &http.Response{StatusCode: http.StatusConflict, Header: header, Body: body, Request: r}, nil
}

func TestRebuildWhileDropping(t *testing.T) {
	f := newFixture(t)
	entangled(t, f, 1)
	rows := f.account.Rows(t, "events")
	if _, err := f.store.Events.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := f.clock.Now()
	f.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") && f.clock.Now().Sub(start) < time.Minute {
			return beingDeleted
		}
		return nil
	})
	rebuild(t, f)
	if waited := f.clock.Now().Sub(start); waited < time.Minute || waited > 2*time.Minute {
		t.Errorf("it waited %v for a minute's drop", waited)
	}
	same(t, f, "events", rows)
}

func TestRebuildDroppingForever(t *testing.T) {
	f := newFixture(t)
	entangled(t, f, 1)
	if _, err := f.store.Events.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := f.clock.Now()
	f.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") {
			return beingDeleted
		}
		return nil
	})
	_, err := f.Rebuild(t.Context(), func(ingest.Stats) {})
	if waited := f.clock.Now().Sub(start); !store.BeingDropped(err) || waited > 20*time.Minute {
		t.Errorf("after %v: %v", waited, err)
	}
}

// Storage stops responding after some requests, as if the process had been killed.
// However far each run gets, the last ends with the same rows.
func TestRebuildAfterCrash(t *testing.T) {
	f := newFixture(t)
	blobs := entangled(t, f, 2)
	rows := f.account.Rows(t, "events")
	for _, row := range f.account.Rows(t, "content") {
		f.account.Delete(t, row)
	}
	if _, err := f.store.Events.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for cut := 1; ; cut++ {
		f.storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
			if n >= cut {
				return ingesttest.Drop
			}
			return nil
		})
		if _, err := f.Rebuild(t.Context(), func(ingest.Stats) {}); err == nil {
			break
		}
		runs++
	}
	f.storage.Plan(nil)
	if runs < 10 {
		t.Errorf("precondition: only %d runs were cut short", runs)
	}
	same(t, f, "events", rows)
	for _, c := range blobs {
		if e := f.entry(t, c); e.State != ledger.Done || written(e) != [3]int{14, 12, 1} {
			t.Errorf("entry %+v", e)
		}
	}
}
