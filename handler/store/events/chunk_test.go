package events

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// Rows that the index leads to are read many at a time. Of records of a
// megabyte, that is a few: a question about them takes no more memory than
// another.
func TestFewLargeRecordsAreReadAtATime(t *testing.T) {
	const large = 20 // behind as many as are read without knowing how large they are
	s, _ := open(t)
	var events []Event
	for i := range firstChunk + large {
		created := at("2026-11-21T10:00:00Z").Add(-time.Duration(i) * time.Hour)
		more := fmt.Sprintf(`,"UserId":"ada@contoso.example","JustificationText":%q`, strings.Repeat("x", 1<<20))
		events = append(events, Event{record(t, guid(i), created.Format(time.RFC3339), more), content("large", "2026-11-21T10:00:00Z"), i})
	}
	storeOnly(t, s, events, byUser)
	ctx, cost := storage.WithCost(t.Context())
	taken := 0
	for _, err := range s.List(ctx, Query{Terms: [][]Term{{OfUser("ada@contoso.example")}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if taken++; taken == firstChunk+1 {
			break
		}
	}
	entries := int64(len(events))
	if read := cost.Rows() - entries; read > firstChunk+large/2 {
		t.Errorf("%d events were read when %d were taken", read, taken)
	}
}
