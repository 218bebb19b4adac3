package ingest_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// givenUp is which contents the log says are not in the trail, and why.
func givenUp(t *testing.T, log *bytes.Buffer) map[string]string {
	t.Helper()
	said := map[string]string{}
	for line := range bytes.Lines(log.Bytes()) {
		var entry struct{ Level, Msg, ContentID string }
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Level != "ERROR" {
			t.Errorf("level of %s", line)
		}
		said[entry.ContentID] = entry.Msg
	}
	return said
}

// A crash before the ledger says lost leaves the content pending: it is said
// again, rather than never.
func TestALossIsInTheLogBeforeItIsInTheLedger(t *testing.T) {
	b := newBench(t)
	log := &bytes.Buffer{}
	b.Log = slog.New(slog.NewJSONHandler(log, nil))
	gone := b.add(t, b.content("gone", time.Hour), failing(apiError(feed.Gone, "AF20051")))
	b.storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if r.Method != http.MethodGet {
			return ingesttest.Refuse
		}
		return nil
	})
	order := ingest.Order{ContentType: contentType, Until: b.clock.Now().Add(time.Minute)}
	if _, err := b.Drain(t.Context(), order, map[time.Time]bool{}); err == nil {
		t.Fatal("the drain reports success")
	}
	b.storage.Plan(nil)
	if said := givenUp(t, log); said["gone"] != "content lost" {
		t.Errorf("log %v", said)
	}
	if e := b.entry(t, gone); e.State != store.Pending {
		t.Fatalf("entry %+v: not the case that this test is for", e)
	}
}
