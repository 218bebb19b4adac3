package pull_test

import (
	"context"
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
	began   time.Time // the last tick
	lives   bool      // the process that did it
	listed  claim     // the checkpoint's
	through claim     // the status's completeThrough
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

// endless is how long a tick never takes.
const endless = time.Minute

// tick does one tick, and returns the trail after it, in which it has looked
// for what must be true at any moment. A call that goes wrong is no failure of
// the tick: it is made again.
func (r *crashRun) tick(t *testing.T) trail {
	t.Helper()
	r.began = r.Clock.Now()
	ctx, cancel := context.WithTimeout(t.Context(), endless)
	defer cancel()
	_, err := r.pull.Tick(ctx)
	if r.lives = !r.fate.revive(); !r.lives {
		r.begin(t)
	} else if err != nil {
		t.Errorf("tick at %s: %v", r.began.Format(time.TimeOnly), err)
	}
	l := r.look(t)
	l.check(t, r.began)
	return l
}

// play is the whole run: two ticks, with contents that come between; and more
// until nothing is left to happen or to do, by a process that lived to say so.
// It calls second at the end of the second tick.
func (r *crashRun) play(t *testing.T, second func()) trail {
	t.Helper()
	r.tick(t)
	r.Clock.Advance(10 * time.Minute)
	l := r.tick(t)
	second()
	for ticks := 0; len(r.fate.blows) > 0 || l.pending() > 0 || !r.lives; ticks++ {
		if ticks == 2 && l.pending() == 0 && r.lives && r.fate.blows[0].at.byChance() {
			break
		}
		if ticks == 10 {
			t.Fatalf("%d contents are pending; still to happen: %v", l.pending(), r.fate.blows)
		}
		r.Clock.Advance(20 * time.Minute)
		l = r.tick(t)
	}
	return l
}
