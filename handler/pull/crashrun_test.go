package pull_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A crashRun is a trail of the shelf's contents, made by processes that meet a
// fate.
type crashRun struct {
	*ingesttest.World
	shelf   *shelf
	fate    *fate
	pull    *pull.Pull
	account ingesttest.Account
	listed  claim // the checkpoint's
	through claim // the status's completeThrough
}

// A claim is a time before which, it says, all is done, and when it was made:
// it can only speak of contents that were listed by then.
type claim struct{ time, made time.Time }

// newCrashRun begins in the middle of a trail's life: some hour ago all was
// listed, and there was nothing. Storage is as plain as Azurite, since every
// call counts here.
func newCrashRun(t *testing.T, blows ...blow) *crashRun {
	t.Helper()
	connection := pool.ConnectionString(t)
	w := ingesttest.New(t, connection, tenant.Config{Events: -1, Contents: 1, NoiseShare: -1})
	s := &shelf{tenant: w.Tenant.Client().Transport, now: w.Clock.Now, contents: shelvedContents()}
	w.API, w.Storage = ingesttest.NewTransport(s), ingesttest.NewTransport(http.DefaultTransport)
	r := &crashRun{World: w, shelf: s, fate: newFate(blows...), account: ingesttest.NewAccount(t, connection)}
	r.begin(t)
	anHourAgo := ingesttest.Start.Add(-time.Hour)
	if _, err := w.Store.SaveCheckpoint(t.Context(), store.Checkpoint{ContentType: tenant.General, ListedThrough: anHourAgo, FullListing: anHourAgo}); err != nil {
		t.Fatal(err)
	}
	r.listed.time = anHourAgo
	r.fate.rule(w.Login, loginCall)
	r.fate.rule(w.API, apiCall)
	r.fate.rule(w.Storage, storageCall)
	return r
}

// begin starts a process. It handles one content at a time, so that calls come
// in an order.
func (r *crashRun) begin(t *testing.T) {
	t.Helper()
	r.Restart(t)
	r.Ingest.Concurrency = 1
	r.pull = puller(r.World)
}

// tick does one tick, and then looks at what must be true at any moment. It
// tells whether the process lives. A call that goes wrong is no failure of the
// tick: it is made again.
func (r *crashRun) tick(t *testing.T) (lives bool) {
	t.Helper()
	began := r.Clock.Now()
	_, err := r.pull.Tick(t.Context())
	killed := r.fate.revive()
	if killed {
		r.begin(t)
	} else if err != nil {
		t.Errorf("tick at %s: %v", began.Format(time.TimeOnly), err)
	}
	r.look(t).check(t, began)
	return !killed
}

// first is the run's first part: two ticks, with contents that come between.
func (r *crashRun) first(t *testing.T) {
	t.Helper()
	r.tick(t)
	r.Clock.Advance(10 * time.Minute)
	r.tick(t)
}

// rest goes on until nothing is left to do, and then to the next day, on which
// all is listed and counted once more.
func (r *crashRun) rest(t *testing.T) trail {
	t.Helper()
	for ticks := 0; ticks == 0 || r.look(t).pending() > 0; ticks++ {
		if ticks == 10 {
			t.Fatalf("%d contents are still pending", r.look(t).pending())
		}
		r.Clock.Advance(20 * time.Minute)
		r.tick(t)
	}
	for lives := false; !lives; {
		r.Clock.Advance(25 * time.Hour)
		lives = r.tick(t)
	}
	return r.look(t)
}
