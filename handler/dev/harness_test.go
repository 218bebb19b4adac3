package main

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A fixture is a system whose pull function runs only when a test invokes it.
// Requests of the handler to API and storage pass through gateways.
type fixture struct {
	*system
	clock        *offsetClock // the tenant's
	api, storage *gateway
	log          *transcript
}

// newFixture starts everything except the host.
func newFixture(t *testing.T, c tenant.Config) *fixture {
	t.Helper()
	clock := &offsetClock{}
	c.Now = clock.now
	c.Events, c.Contents, c.NoiseShare = cmp.Or(c.Events, 400), cmp.Or(c.Contents, 40), cmp.Or(c.NoiseShare, 0.5)
	f := &fixture{system: &system{dir: t.TempDir(), app: app.Dir(t)}, clock: clock, log: &transcript{}}
	t.Cleanup(f.close)
	if err := f.startTenant(c); err != nil {
		t.Fatal(err)
	}
	f.api = newAPIGateway(t, f.tenant.URL(), f.tenant.Client().Transport)
	f.system.api, f.trusted = f.api.URL, append(f.trusted, f.api.authority...)
	f.storage, f.connection = newStorageGateway(t, pool.ConnectionString(t))
	return f
}

// newStartedFixture starts everything.
func newStartedFixture(t *testing.T, c tenant.Config) *fixture {
	t.Helper()
	f := newFixture(t, c)
	f.start(t, nil)
	return f
}

// start starts the host without timers. The settings are added to those that
// connect the handler.
func (f *fixture) start(t *testing.T, settings map[string]string) {
	t.Helper()
	env := map[string]string{}
	maps.Copy(env, settings)
	err := f.startHost(t.Context(), host.Config{
		TimersOff: true, ErrorLimit: -1, Env: env, Output: f.log, Events: f.log, OnLine: f.log.line,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pull invokes the pull function once, which must succeed.
func (f *fixture) pull(t *testing.T) store.Run {
	t.Helper()
	result, err := f.host.Invoke(t.Context(), "pull")
	if err != nil || result.Err != nil {
		t.Fatalf("pull: %v %v\n%s", err, result.Err, f.log.tail())
	}
	return *f.status(t).LastPull
}

// pullAll invokes the pull function until the week can be queried. Runs may fail.
func (f *fixture) pullAll(t *testing.T) {
	t.Helper()
	for range 40 {
		if _, err := f.host.Invoke(t.Context(), "pull"); err != nil {
			t.Fatal(err)
		}
		if through := f.status(t).completeThrough(); !through.Before(f.base) {
			return
		}
	}
	t.Fatalf("the week is not complete after 40 runs\n%s", f.log.tail())
}

func (f *fixture) status(t *testing.T) *status {
	t.Helper()
	var st status
	if err := f.getJSON(t.Context(), f.host.URL()+"/api/v1/status", &st); err != nil {
		t.Fatalf("%v\n%s", err, f.log.tail())
	}
	return &st
}

// check fails the test unless the trail equals what the tenant holds.
func (f *fixture) check(t *testing.T) {
	t.Helper()
	d, err := f.compare(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !d.isEmpty() {
		t.Errorf("%s\n%s", d, f.log.tail())
	}
}

// checkContract fails the test if the handler broke the API's contract. The handler
// may fetch a content blob again if its body is not an array: the response may have
// been wrong, not the content blob.
func (f *fixture) checkContract(t *testing.T) {
	t.Helper()
	for _, violation := range f.tenant.Violations() {
		unreadable := slices.ContainsFunc(f.tenant.Unreadable(f.now()), func(c tenant.Content) bool {
			return strings.Contains(violation, c.ID+" fetched again")
		})
		if !unreadable {
			t.Errorf("violation of the API's contract: %s", violation)
		}
	}
}

// postWebhook calls the webhook function.
func (f *fixture) postWebhook(t *testing.T, authID, body string) *http.Response {
	t.Helper()
	resp, _ := devtest.Send(t, http.MethodPost, f.host.URL()+"/api/webhook", strings.NewReader(body), "Webhook-AuthID", authID)
	return resp
}

// An offsetClock is the machine's clock plus an offset that tests increase.
type offsetClock struct{ offset atomic.Int64 }

func (c *offsetClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

func (c *offsetClock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// A transcript keeps everything that the handler and the host log.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

// Write receives whole lines from the host.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// line receives a line exactly as the handler wrote it.
func (t *transcript) line(_ bool, line string) { t.Write([]byte(line)) }

// all returns the lines so far.
func (t *transcript) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.lines)
}

// tail returns the last lines, for the message of a failed test.
func (t *transcript) tail() string {
	lines := t.all()
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
