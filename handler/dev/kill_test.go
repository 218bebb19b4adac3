package main

import (
	"flag"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// The default week of the command takes minutes in this test:
//
//	go test ./handler/dev -run TestBackfillKilled -v -args -events 20000 -contents 200
var (
	killedEvents   = flag.Int("events", 4000, "label events of the backfill whose handler is killed")
	killedContents = flag.Int("contents", 40, "content blobs that hold them")
)

// The handler is killed with SIGKILL at a random request to API or storage: before
// the request is sent, or after the service has handled it and before the handler
// gets the response. After many kills the trail must be complete.
func TestBackfillKilled(t *testing.T) {
	t.Parallel()
	f := newStartedFixture(t, tenant.Config{Events: *killedEvents, Contents: *killedContents, NoiseShare: 0.5})
	contents := len(f.tenant.Contents(f.base))
	random := rand.New(rand.NewPCG(1, 2))
	kills, fetching := 0, 0
	for kills < 100 && f.pullKilled(t, random, kills) {
		kills++
		if n := len(f.tenant.ContentRequests()); n > 0 && n < contents {
			fetching++
		}
	}
	t.Logf("%d kills, %d of them between the first and the last fetch", kills, fetching)
	if kills < 18 || fetching < 4 {
		t.Errorf("precondition: at least 18 kills, 4 of them between the first and the last fetch")
	}
	f.check(t)
}

// manyKills is the number of kills after which ticks get further each time, so that
// one completes in the end.
const manyKills = 16

// pullKilled invokes the pull function and kills the handler during the tick. It
// returns false if the tick completed first.
func (f *fixture) pullKilled(t *testing.T, random *rand.Rand, kills int) bool {
	t.Helper()
	at := random.IntN(80 + max(0, kills-manyKills)*50)
	target := f.storage
	if left := *killedContents - len(f.tenant.ContentRequests()); kills%3 == 2 && left > 10 {
		target, at = f.api, random.IntN(left)
	}
	died := f.killAt(target, at, kills%2 == 0)
	result, err := f.host.Invoke(t.Context(), "pull")
	target.Plan(nil)
	if err != nil {
		t.Fatal(err)
	}
	if result.Err == nil {
		return false
	}
	if !died() {
		t.Fatalf("a run failed, but the handler was not killed: %v\n%s", result.Err, f.log.tail())
	}
	return true
}

// killAt plans to kill the handler at the n-th request to a gateway, before the
// request reaches the service or before the response reaches the handler. Call died
// after the tick: it waits until the handler is restarted, and reports whether it was
// killed.
func (f *fixture) killAt(target *gateway, at int, before bool) (died func() bool) {
	var once sync.Once
	var killing sync.WaitGroup
	var killed atomic.Bool
	kill := func() {
		once.Do(func() {
			killed.Store(true)
			killing.Go(f.host.Kill)
		})
		killing.Wait()
	}
	fault := func(r *http.Request, send func(*http.Request) (*http.Response, error)) (*http.Response, error) {
		if before {
			kill()
			return nil, ingesttest.ErrBroken
		}
		resp, err := send(r)
		kill()
		return resp, err
	}
	target.Plan(func(n int, _ *http.Request) ingesttest.Fault {
		if n >= at {
			return fault
		}
		return nil
	})
	return func() bool {
		killing.Wait()
		return killed.Load()
	}
}
