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
)

// entangled ingests, one at a time and in an order of their own, contents that
// share events: as they are, written in another way, and as something else.
func entangled(t *testing.T, b *bench, seed uint64) (contents []audit.Content) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 8 {
		var records []string
		for range 12 {
			records = append(records, variant(record(r.IntN(40)), r.IntN(4)))
		}
		records = append(records, `{"RecordType":94}`, `{"RecordType":25}`)
		c := b.content(fmt.Sprintf("content$%d", i), time.Duration(1+i/2)*time.Hour) // two of each moment
		b.answer[c.ID] = body(records...)
		contents = append(contents, c)
	}
	for _, i := range r.Perm(len(contents)) {
		b.add(t, contents[i], b.answer[contents[i].ID])
		b.drain(t)
	}
	return contents
}

func variant(record string, which int) string {
	switch which {
	case 1:
		return strings.ReplaceAll(record, ",", " , ") // the same, in other bytes
	case 2:
		return strings.Replace(record, "Applied", "Removed", 1) // something else
	case 3:
		return strings.Replace(record, "2026-03-18T10", "2026-02-28T23", 1) // the same Id at another time
	}
	return record
}

func rebuild(t *testing.T, b *bench) ingest.Stats {
	t.Helper()
	b.Fetch = nil // the API is not asked
	b.Concurrency = 3
	stats, err := b.Rebuild(t.Context(), func(ingest.Stats) {})
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// same compares the whole of the tables, and fails if they differ.
func same(t *testing.T, b *bench, prefix string, want []ingesttest.StoredRow) {
	t.Helper()
	if diff := cmp.Diff(want, b.account.Rows(t, prefix)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", prefix, diff)
	}
}

func TestRowsMadeAgainAreTheRowsThatWere(t *testing.T) {
	for seed := range uint64(6) {
		b := newBench(t)
		contents := entangled(t, b, seed)
		rows, ledger := b.account.Rows(t, "events"), b.account.Rows(t, "content")
		if tables := b.account.TableNames(t, "events"); len(tables) != 2 || len(rows) < 30 {
			t.Fatalf("%d rows in %v: not the case that this test is for", len(rows), tables)
		}
		for name, spoil := range map[string]func(){
			"all are there": func() {},
			"some are missing": func() {
				for i := 0; i < len(rows); i += 3 {
					b.account.Delete(t, rows[i])
				}
			},
			"none are there": func() {
				if _, err := b.Store.DropEvents(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		} {
			spoil()
			stats := rebuild(t, b)
			same(t, b, "events", rows)
			same(t, b, "content", ledger)
			if stats.Fetched != len(contents) || stats.Failed+stats.Added > 0 || stats.Records != 14*len(contents) ||
				stats.Rows+stats.Duplicates+stats.Conflicts != 12*len(contents) || stats.Rejected != len(contents) {
				t.Errorf("seed %d, %s: %+v", seed, name, stats)
			}
		}
	}
}

func TestContentsThatTheLedgerLacksAreAddedAsDone(t *testing.T) {
	b := newBench(t)
	contents := entangled(t, b, 1)
	half := b.add(t, b.content("half", time.Hour), body())
	b.drain(t)
	want := map[string]store.Entry{}
	for _, c := range contents {
		want[c.ID] = b.entry(t, c)
	}
	for _, row := range b.account.Rows(t, "content") {
		if row.Columns["ContentId"] != half.ID {
			b.account.Delete(t, row)
		}
	}
	b.clock.Advance(time.Hour)
	if stats := rebuild(t, b); stats.Added != len(contents) {
		t.Errorf("%d added", stats.Added)
	}
	for _, c := range contents {
		got, w := b.entry(t, c), want[c.ID]
		if !got.Settled.Equal(b.clock.Now()) || written(got) != written(w) {
			t.Errorf("entry %+v, want %+v", got, w)
		}
		got.Settled, got.Counts, w.Settled, w.Counts = time.Time{}, store.Counts{}, time.Time{}, store.Counts{}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Error(diff)
		}
	}
	if stats := rebuild(t, b); stats.Added > 0 {
		t.Errorf("%d added again", stats.Added)
	}
}

// written are the counts that do not depend on the order of contents.
func written(e store.Entry) [3]int {
	return [3]int{e.Records, e.Rows + e.Duplicates + e.Conflicts, e.Rejected}
}

func TestAContentThatIsPendingStaysPending(t *testing.T) {
	b := newBench(t)
	c := b.add(t, b.content("one", time.Hour), body(record(1)))
	if err := b.Store.PutRaw(t.Context(), c, []byte("["+record(1)+"]"), 1); err != nil {
		t.Fatal(err)
	}
	if stats := rebuild(t, b); stats.Added > 0 || stats.Rows != 1 {
		t.Errorf("%+v", stats)
	}
	if e := b.entry(t, c); e.State != store.Pending {
		t.Errorf("entry %+v", e)
	}
	b.drain(t)
	if e := b.entry(t, c); e.State != store.Done || e.Rows != 1 {
		t.Errorf("after the next drain: %+v", e)
	}
}

func TestRebuildLeavesOutWhatIsDamagedAndMakesTheRest(t *testing.T) {
	b := newBench(t)
	good := b.add(t, b.content("good", time.Hour), body(record(1)))
	text := b.add(t, b.content("text", time.Hour), func(int) ([]byte, error) { return []byte("no array"), nil })
	flipped := b.add(t, b.content("flipped", 2*time.Hour), body(record(2)))
	strange := b.add(t, b.content("strange", 2*time.Hour), body(record(3)))
	b.drain(t)
	before := b.entry(t, text)
	blobs := b.account.Blobs
	if _, err := blobs.UploadBuffer(t.Context(), "raw", b.Store.RawName(flipped), []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := blobs.UploadBuffer(t.Context(), "raw", b.Store.RawName(strange)+"x", []byte("x"), nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range b.account.Rows(t, "content") {
		b.account.Delete(t, row)
	}
	stats := rebuild(t, b)
	if stats.Fetched != 3 || stats.Failed != 2 || stats.Added != 3 || stats.Rows != 2 {
		t.Errorf("%+v", stats)
	}
	if e := b.entry(t, good); e.State != store.Done || e.Rows != 1 {
		t.Errorf("the good one: %+v", e)
	}
	if e := b.entry(t, text); e.State != store.Unreadable || e.Error != before.Error || e.Blob != before.Blob {
		t.Errorf("the one that is no array: %+v, was %+v", e, before)
	}
	if _, err := b.Store.Entry(t.Context(), flipped); err == nil {
		t.Error("the damaged one was added to the ledger")
	}
}

func TestRebuildDoesNotBringBackWhatRetentionDropped(t *testing.T) {
	b := newBench(t)
	entangled(t, b, 1)
	b.Retain = func() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }
	if _, err := b.Store.DropEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	rebuild(t, b)
	if diff := cmp.Diff([]string{"events202603"}, b.account.TableNames(t, "events")); diff != "" {
		t.Errorf("tables (-want +got):\n%s", diff)
	}
}

// beingDeleted is what the service answers for a while after a table was
// dropped, and the emulator never does.
func beingDeleted(r *http.Request, _ func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "X-Ms-Error-Code": {"TableBeingDeleted"}}
	body := io.NopCloser(strings.NewReader(`{"odata.error":{"code":"TableBeingDeleted"}}`))
	return &http.Response{StatusCode: http.StatusConflict, Header: header, Body: body, Request: r}, nil
}

func TestRebuildWaitsForTablesThatAreStillBeingDropped(t *testing.T) {
	b := newBench(t)
	entangled(t, b, 1)
	rows := b.account.Rows(t, "events")
	if _, err := b.Store.DropEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := b.clock.Now()
	b.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") && b.clock.Now().Sub(start) < time.Minute {
			return beingDeleted
		}
		return nil
	})
	rebuild(t, b)
	if waited := b.clock.Now().Sub(start); waited < time.Minute || waited > 2*time.Minute {
		t.Errorf("it waited %v for a minute's drop", waited)
	}
	same(t, b, "events", rows)
}

func TestRebuildDoesNotWaitForEver(t *testing.T) {
	b := newBench(t)
	entangled(t, b, 1)
	if _, err := b.Store.DropEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	start := b.clock.Now()
	b.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/Tables") {
			return beingDeleted
		}
		return nil
	})
	_, err := b.Rebuild(t.Context(), func(ingest.Stats) {})
	if waited := b.clock.Now().Sub(start); !store.BeingDropped(err) || waited > 20*time.Minute {
		t.Errorf("after %v: %v", waited, err)
	}
}

// Storage stops answering after so many requests, as it does for a process
// that is gone; however far each run came, the last ends at the same rows.
func TestARebuildThatIsCutShortIsMadeGoodByTheNext(t *testing.T) {
	b := newBench(t)
	contents := entangled(t, b, 2)
	rows := b.account.Rows(t, "events")
	for _, row := range b.account.Rows(t, "content") {
		b.account.Delete(t, row)
	}
	if _, err := b.Store.DropEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	runs := 0
	for cut := 1; ; cut++ {
		b.storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
			if n >= cut {
				return ingesttest.Refuse
			}
			return nil
		})
		if _, err := b.Rebuild(t.Context(), func(ingest.Stats) {}); err == nil {
			break
		}
		runs++
	}
	b.storage.Plan(nil)
	if runs < 10 {
		t.Errorf("only %d runs were cut short", runs)
	}
	same(t, b, "events", rows)
	for _, c := range contents {
		if e := b.entry(t, c); e.State != store.Done || written(e) != [3]int{14, 12, 1} {
			t.Errorf("entry %+v", e)
		}
	}
}
