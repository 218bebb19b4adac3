package events

import (
	"net/http"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// What 5,000 events take while they are written is some batches, not all of
// them a second time.
func TestWritingManyEventsTakesLittleMemory(t *testing.T) {
	s, f := openPlain(t)
	c := content("content", "2026-12-31T00:00:00Z")
	var events []Event
	for i := range 5000 { // 500 an hour
		end := at("2026-12-30T10:00:00Z").Add(-time.Duration(i/500)*time.Hour - time.Duration(i%500)*7*time.Second)
		events = append(events, event(t, c, i, i, end.Format(time.RFC3339)))
	}
	base := heap()
	arrived, release := make(chan bool), make(chan bool)
	f.Fail("$batch", 20, tables.InFlight, func(req *http.Request) (*http.Response, error) {
		arrived <- true
		<-release
		return fixture.Send(req)
	})
	var g errgroup.Group
	var outcomes []Outcome
	g.Go(func() (err error) {
		outcomes, err = s.Write(t.Context(), events)
		return err
	})
	for range tables.InFlight {
		<-arrived
	}
	most := heap() - base
	close(release)
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := counted(outcomes); rows != 5000 {
		t.Errorf("%d rows", rows)
	}
	if most > 8<<20 {
		t.Errorf("%d bytes are taken beside the events", most)
	}
	t.Logf("%d bytes beside %d of records", most, len(events)*len(events[0].Record.JSON))
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
