package main

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A rig is a system whose pull function a test invokes, and whose requests to
// API and storage pass through gateways.
type rig struct {
	*system
	clock        *offsetClock // the tenant's
	api, storage *gateway
	log          *transcript
}

// newRig sets up everything but the host.
func newRig(t *testing.T, c tenant.Config) *rig {
	t.Helper()
	clock := &offsetClock{}
	c.Now = clock.now
	c.Events, c.Contents, c.NoiseShare = cmp.Or(c.Events, 400), cmp.Or(c.Contents, 40), cmp.Or(c.NoiseShare, 0.5)
	r := &rig{system: &system{dir: t.TempDir(), app: stagedApp(t)}, clock: clock, log: &transcript{}}
	t.Cleanup(r.close)
	if err := r.startTenant(c); err != nil {
		t.Fatal(err)
	}
	r.api = newGateway(t, r.tenant.URL(), r.tenant.Client().Transport)
	r.system.api, r.trusted = r.api.URL, append(r.trusted, r.api.authority...)
	r.storage, r.connection = storageGateway(t, pool.ConnectionString(t))
	return r
}

// An offsetClock goes like the machine's, and is ahead of it by as much as
// the test has moved it.
type offsetClock struct{ ahead atomic.Int64 }

func (c *offsetClock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *offsetClock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// storageGateway is a gateway to the storage of a connection string, and the
// connection string through it.
func storageGateway(t *testing.T, connection string) (*gateway, string) {
	t.Helper()
	// Blob and table service differ in their ports.
	_, rest, _ := strings.Cut(connection, "BlobEndpoint=")
	blob, _, _ := strings.Cut(rest, ";")
	_, rest, _ = strings.Cut(connection, "TableEndpoint=")
	table, _, _ := strings.Cut(rest, ";")
	blobs := newPlainGateway(t, origin(blob), http.DefaultTransport)
	tables := newPlainGateway(t, origin(table), http.DefaultTransport)
	blobs.plan = tables.plan // one plan, and one count, for both
	return tables, strings.NewReplacer(origin(blob), blobs.URL, origin(table), tables.URL).Replace(connection)
}

// boot starts the host, with some settings beside those that connect the
// handler, and the timer off.
func (r *rig) boot(t *testing.T, settings map[string]string) {
	t.Helper()
	env := map[string]string{}
	maps.Copy(env, settings)
	err := r.startHost(t.Context(), host.Config{
		TimersOff: true, ErrorLimit: -1, Env: env, Output: r.log, Events: r.log, OnLine: r.log.line,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ready is a rig that is booted.
func ready(t *testing.T, c tenant.Config) *rig {
	t.Helper()
	r := newRig(t, c)
	r.boot(t, nil)
	return r
}

// pull invokes the pull function once, which is to succeed.
func (r *rig) pull(t *testing.T) store.Run {
	t.Helper()
	result, err := r.host.Invoke(t.Context(), "pull")
	if err != nil || result.Err != nil {
		t.Fatalf("pull: %v %v\n%s", err, result.Err, r.log.tail())
	}
	return *r.status(t).LastPull
}

// pullAll invokes the pull function, which may fail, until the week can be
// queried.
func (r *rig) pullAll(t *testing.T) {
	t.Helper()
	for range 40 {
		if _, err := r.host.Invoke(t.Context(), "pull"); err != nil {
			t.Fatal(err)
		}
		if through := r.status(t).completeThrough(); !through.Before(r.base) {
			return
		}
	}
	t.Fatalf("the week is not complete after 40 runs\n%s", r.log.tail())
}

func (r *rig) status(t *testing.T) *status {
	t.Helper()
	var st status
	if err := r.getJSON(t.Context(), r.host.URL()+"/api/v1/status", &st); err != nil {
		t.Fatalf("%v\n%s", err, r.log.tail())
	}
	return &st
}

// check fails the test unless the trail is what the tenant holds.
func (r *rig) check(t *testing.T) {
	t.Helper()
	d, err := r.compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !d.isEmpty() {
		t.Errorf("%s\n%s", d, r.log.tail())
	}
}

// checkContract fails the test if the handler broke the API's contract. That a
// content which is no array was asked for again is no breach: that might have
// been a bad answer to a good content.
func (r *rig) checkContract(t *testing.T) {
	t.Helper()
	for _, breach := range r.tenant.Violations() {
		unreadable := slices.ContainsFunc(r.tenant.Unreadable(r.now()), func(c tenant.Content) bool {
			return strings.Contains(breach, c.ID+" fetched again")
		})
		if !unreadable {
			t.Errorf("breach of the API's contract: %s", breach)
		}
	}
}

// quiet is a terminal that nobody watches.
func quiet() *terminal { return &terminal{out: io.Discard} }
