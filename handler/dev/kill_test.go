package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// The week that the command has by default takes minutes here:
//
//	go test ./handler/dev -run Killed -v -args -events 20000 -contents 200
var (
	killedEvents   = flag.Int("events", 4000, "label events of the backfill whose handler is killed")
	killedContents = flag.Int("contents", 40, "contents that they lie in")
)

// The handler is killed with SIGKILL at a request to API or storage, which is
// the last it got out, or whose answer is the first that it does not see.
// Where that is differs each time.
func TestABackfillWhoseHandlerIsKilledOverAndOverEndsAtTheSameTrail(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{Events: *killedEvents, Contents: *killedContents, NoiseShare: 0.5})
	contents := len(r.tenant.Contents(r.base))
	dice := rand.New(rand.NewPCG(1, 2))
	kills, fetching := 0, 0
	for kills < 100 && r.killedInMidRun(t, dice, kills) {
		kills++
		if n := len(r.tenant.ContentRequests()); n > 0 && n < contents {
			fetching++
		}
	}
	t.Logf("%d kills, %d of them before the last content was fetched", kills, fetching)
	if kills < 18 || fetching < 4 {
		t.Errorf("not the case that this test is for")
	}
	r.check(t)
}

// manyKills is when runs begin to get further, so that one gets through in
// the end.
const manyKills = 16

// killedInMidRun invokes the pull function and kills the handler on the way;
// false if the run came to its end before that.
func (r *rig) killedInMidRun(t *testing.T, dice *rand.Rand, kills int) bool {
	t.Helper()
	reach := dice.IntN(80 + max(0, kills-manyKills)*50)
	plan := r.storage.plan
	if left := *killedContents - len(r.tenant.ContentRequests()); kills%3 == 2 && left > 10 {
		plan, reach = r.api.plan, dice.IntN(left)
	}
	died := r.killAt(plan, reach, kills%2 == 0)
	result, err := r.host.Invoke(t.Context(), "pull")
	plan.set(nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Err == nil {
		return false
	}
	if !died() {
		t.Fatalf("a run failed though it was not killed: %v\n%s", result.Err, r.log.tail())
	}
	return true
}

// killAt has the handler killed at a request of a plan, before the request
// reaches its service or before the answer reaches the handler. died tells,
// once the run is over, whether it was, and waits for the next to be started.
func (r *rig) killAt(plan *gatewayPlan, reach int, before bool) (died func() bool) {
	var once sync.Once
	var killed sync.WaitGroup
	var done atomic.Bool
	kill := func(_ http.ResponseWriter, _ *http.Request, pass func()) {
		if !before {
			pass()
		}
		once.Do(func() {
			done.Store(true)
			killed.Go(r.host.Kill)
		})
		killed.Wait()
		if before {
			panic(http.ErrAbortHandler) // the request never gets there
		}
	}
	plan.set(func(n int, _ *http.Request) meddle {
		if n >= reach {
			return kill
		}
		return nil
	})
	return func() bool {
		killed.Wait()
		return done.Load()
	}
}
