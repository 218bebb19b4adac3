package pull_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// What is asked for first is not answered. There is time left for what the
// ledger holds, and for the end of the tick before the host ends it.
func TestAnAPIThatHangsWhenAskedForWhatThereIsKeepsNothingFromBeingIngested(t *testing.T) {
	t.Parallel()
	for name, hangs := range map[string]func(*http.Request) bool{
		"contents come": func(r *http.Request) bool { return !fetches(r) },
		"but the first": calls,
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, tenant.Config{Events: 40, Contents: 20})
			w.Configure(t, func(c *ingest.Config) { c.Concurrency = 1 })
			p := newJob(t, w)
			tick(t, p)
			w.Clock.Advance(30 * time.Hour) // all is due for listing
			for _, c := range toldOf(w, w.Clock.Now()) {
				noticed(t, w, c)
			}
			hung := 0 // contents
			w.API.Plan(func(_ int, r *http.Request) ingesttest.Fault {
				switch {
				case !hangs(r):
					return nil
				case fetches(r) && hung > 0:
					return nil
				case fetches(r):
					hung++
				}
				w.Clock.Advance(100 * time.Second)
				return ingesttest.Refuse
			})
			run, err := p.Tick(t.Context())
			if err == nil || run.Fetched == 0 {
				t.Errorf("%d contents fetched, %v", run.Fetched, err)
			}
			if took := run.Finished.Sub(run.Started); took > 9*time.Minute {
				t.Errorf("the tick took %v", took)
			}
		})
	}
}
