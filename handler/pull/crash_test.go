package pull_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

// pairs is how many pairs of faults are tested, out of some ten thousand.
const pairs = 60

// Two ticks make some two hundred calls to storage and to the API. Each run
// injects one fault into one of them, until every call has met every kind of
// fault, and some runs inject a second one later. A run continues until nothing
// is pending. Its trail must then equal that of the run without faults, and the
// invariants must hold after every tick.
func TestCrashMatrix(t *testing.T) {
	r := newCrashRun(t)
	var points []point
	want := r.run(t, func() { points = slices.Clone(r.schedule.calls) })
	want.checkEnd(t, want)
	if t.Failed() {
		t.Fatal("the run without faults fails")
	}
	var all coverage
	t.Run("one fault", func(t *testing.T) {
		for _, in := range injectionsAt(points) {
			runWith(t, want, &all, in)
		}
	})
	all.check(t, points)
	t.Run("two faults", func(t *testing.T) {
		random := rand.New(rand.NewPCG(azuritetest.Seed(t), 0))
		first := injectionsAt(points)
		for range pairs {
			second := injection{faults[random.IntN(len(faults))], point{n: random.IntN(40)}}
			runWith(t, want, &all, first[random.IntN(len(first))], second)
		}
	})
}

// runWith does a run with these injections, in parallel with others.
func runWith(t *testing.T, want snapshot, all *coverage, injections ...injection) {
	var names []string
	for _, in := range injections {
		names = append(names, in.String())
	}
	t.Run(strings.Join(names, "; "), func(t *testing.T) {
		t.Parallel()
		r := newCrashRun(t, injections...)
		r.run(t, func() {}).checkEnd(t, want)
		all.add(r.schedule.injected)
	})
}

// injectionsAt returns every injection at one of the points. A call that reads
// changes nothing, so that it is the same whether the service received it.
func injectionsAt(points []point) (injections []injection) {
	for _, p := range points {
		for _, f := range faults {
			if !p.reads() || f == responseLost || f == killedBefore {
				injections = append(injections, injection{f, p})
			}
		}
	}
	return injections
}

func (p point) reads() bool {
	for _, prefix := range []string{"query ", "read ", "GET ", "API GET ", "API fetch ", "API token"} {
		if strings.HasPrefix(p.name, prefix) {
			return true
		}
	}
	return false
}

// coverage is what all runs together have injected.
type coverage struct {
	mu    sync.Mutex
	calls []injected
}

func (c *coverage) add(calls []injected) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, calls...)
}

// kinds are the kinds of call that a tick makes.
var kinds = []string{
	"API token", "API GET list", "API POST start", "API GET content", "API fetch .*",
	"query state", "read state/checkpoint", "read state/type", "query content.*", "query pending .*", "query events.*", "read events.*",
	"make table content.*", "make table events.*", "make table index.*", "PUT container", "GET blob .*", "PUT blob .*",
	"transaction content.* POST",       // new content blobs
	"transaction content.* PUT",        // retry scheduled
	"transaction content.* PUT DELETE", // settled
	"transaction events.* POST", "transaction events.* PUT( POST)?|transaction events.* POST PUT",
	"transaction index.* POST", "transaction index.* PUT", // existing entries are written again
	"transaction state/checkpoint .*", "transaction state/type .*", "transaction state/run .*",
}

// check fails the test unless every kind of call met every fault that it can,
// and every call is of one of the kinds.
func (c *coverage) check(t *testing.T, points []point) {
	t.Helper()
	known := map[string]bool{}
	for _, kind := range kinds {
		is := regexp.MustCompile("^(" + kind + ")$")
		for _, in := range injectionsAt([]point{{name: kind}}) {
			if !slices.ContainsFunc(c.calls, func(done injected) bool { return done.fault == in.fault && is.MatchString(done.call) }) {
				t.Errorf("no call %q ever met the fault %q", kind, in.fault)
			}
		}
		for _, p := range points {
			known[p.name] = known[p.name] || is.MatchString(p.name)
		}
	}
	for name, is := range known {
		if !is {
			t.Errorf("call %q is of an unknown kind", name)
		}
	}
}

// A crashRun is a trail and the processes that make it, one after another, from
// what the fixture's API has, while a schedule injects faults.
type crashRun struct {
	*ingesttest.Harness
	api      *apiFixture
	schedule *schedule
	pull     *pull.Job
	account  ingesttest.Account
	began    time.Time // the start of the last tick
	alive    bool      // the last tick was not killed
	listed   claim     // by the checkpoint: in the ledger
	through  claim     // by completeThrough: not pending

	afterTick func(t *testing.T, s snapshot) // checks more after every tick; nil: nothing
}

// A claim says that everything created before time is done. It covers only the
// content blobs that the API listed when it was made.
type claim struct{ time, made time.Time }

// newCrashRun starts with a checkpoint of an hour ago and an empty trail.
func newCrashRun(t *testing.T, injections ...injection) *crashRun {
	t.Helper()
	return newCrashRunFrom(t, ingesttest.Start.Add(-time.Hour), nil, injections...)
}

// newCrashRunFrom starts with a checkpoint, recorded gaps and an empty trail.
// Storage behaves as Azurite does, so that the calls are the same in every run.
func newCrashRunFrom(t *testing.T, listed time.Time, gaps []store.Gap, injections ...injection) *crashRun {
	t.Helper()
	connection := pool.ConnectionString(t)
	w := ingesttest.New(t, connection, tenant.Config{Events: -1, Contents: 1, NoiseShare: -1})
	api := &apiFixture{tenant: w.Tenant.Client().Transport, now: w.Clock.Now, blobs: fixtureBlobs()}
	w.API, w.Storage = ingesttest.NewTransport(api), ingesttest.NewTransport(http.DefaultTransport)
	r := &crashRun{Harness: w, api: api, schedule: newSchedule(injections...), account: ingesttest.NewAccount(t, connection)}
	r.startProcess(t)
	if _, err := w.Store.SaveCheckpoint(t.Context(), store.Checkpoint{ContentType: tenant.General, ListedThrough: listed, FullListing: listed}); err != nil {
		t.Fatal(err)
	}
	for _, g := range gaps {
		if err := w.Store.AddGap(t.Context(), tenant.General, g); err != nil {
			t.Fatal(err)
		}
	}
	r.listed.time = listed
	r.schedule.inject(w.Login, loginCall)
	r.schedule.inject(w.API, apiCall)
	r.schedule.inject(w.Storage, storageCall)
	return r
}

// startProcess starts a process. It loads one content blob at a time, so that
// the calls have an order.
func (r *crashRun) startProcess(t *testing.T) {
	t.Helper()
	r.Restart(t)
	r.Configure(t, func(c *ingest.Config) { c.Concurrency = 1 })
	r.pull = newJob(t, r.Harness)
}

// hung is how long a tick may take.
const hung = time.Minute

// tick does one tick, checks the invariants and returns the snapshot after it. A
// fault is not an error of the tick unless it killed the process: the call is
// retried.
func (r *crashRun) tick(t *testing.T) snapshot {
	t.Helper()
	r.began = r.Clock.Now()
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	defer cancel()
	_, err := r.pull.Tick(ctx)
	if r.alive = !r.schedule.restart(); !r.alive {
		r.startProcess(t)
	} else if err != nil {
		t.Errorf("tick at %s: %v", r.began.Format(time.TimeOnly), err)
	}
	s := r.snapshot(t)
	s.checkInvariants(t, r.began)
	if r.afterTick != nil {
		r.afterTick(t, s)
	}
	return s
}

// run does two ticks, between which more content blobs become available, and
// then as many as are needed until every fault was injected, nothing is pending
// and the last tick was not killed. It calls afterSecond after the second tick.
func (r *crashRun) run(t *testing.T, afterSecond func()) snapshot {
	t.Helper()
	r.tick(t)
	r.Clock.Advance(10 * time.Minute)
	s := r.tick(t)
	afterSecond()
	for ticks := 0; len(r.schedule.injections) > 0 || s.pending() > 0 || !r.alive; ticks++ {
		if ticks == 2 && s.pending() == 0 && r.alive && r.schedule.injections[0].at.isRace() {
			break
		}
		if ticks == 10 {
			t.Fatalf("%d entries are pending; not injected: %v", s.pending(), r.schedule.injections)
		}
		r.Clock.Advance(20 * time.Minute)
		s = r.tick(t)
	}
	return s
}
