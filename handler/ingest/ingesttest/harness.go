// Package ingesttest sets up what the packages from ingest upwards are tested
// against: a simulated tenant behind its real API, a store in Azurite, the
// client and the spine between them, all on one clock that a test moves, and
// all requests over transports that a test can make fail.
package ingesttest

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Start is when every world begins: mid-month, so that a week before it lies
// in one month unless a test moves on.
var Start = time.Date(2026, 3, 18, 14, 30, 0, 0, time.UTC)

// A Clock stands still unless it is moved. Waiting on it moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock that stands at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Wait moves the clock on instead of waiting.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	c.Advance(max(d, 0))
	return ctx.Err()
}

// A Harness is one tenant and one trail of it.
type Harness struct {
	Clock   *Clock
	Tenant  *tenant.Tenant
	API     *Transport // to the tenant
	Login   *Transport // to its token endpoint
	Storage *Transport // to Azurite
	Store   *store.Store
	Feed    *feed.Client
	Ingest  *ingest.Pipeline
	Log     *slog.Logger // of all parts; CheckLog searches it

	logged     *bytes.Buffer // a handler writes to it one line at a time
	connection string
	ingest     ingest.Config
	ahead      *atomic.Int64 // how far the tenant's clock is ahead of ours
}

// New starts a tenant by cfg, whose clock and base time it sets, with its
// trail in the storage account of connection. Everything ends with the test.
func New(t testing.TB, connection string, cfg tenant.Config) *Harness {
	t.Helper()
	w := &Harness{Clock: NewClock(), logged: &bytes.Buffer{}, connection: connection, ahead: &atomic.Int64{}}
	w.Log = slog.New(slog.NewTextHandler(w.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Now = w.TenantNow
	w.Tenant = tenant.New(cfg)
	if err := w.Tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Tenant.Close() })
	w.API = NewTransport(w.Tenant.Client().Transport)
	w.Login = NewTransport(w.Tenant.Client().Transport)
	w.Storage = NewTransport(azuritetest.Transport(t, http.DefaultTransport))
	w.Restart(t)
	return w
}

// SetAhead puts the tenant's clock ahead of ours by d, or behind it.
func (w *Harness) SetAhead(d time.Duration) { w.ahead.Store(int64(d)) }

// ShiftClock puts our clock forward by d, or back. The tenant's goes on as it did.
func (w *Harness) ShiftClock(d time.Duration) {
	w.Clock.Advance(d)
	w.ahead.Add(-int64(d))
}

// TenantNow is the time by the tenant's clock.
func (w *Harness) TenantNow() time.Time { return w.Clock.Now().Add(time.Duration(w.ahead.Load())) }

// Restart makes store, client and spine anew, as after the end of the
// process: nothing that they held in memory is left.
func (w *Harness) Restart(t testing.TB) {
	t.Helper()
	var err error
	w.Store, err = store.Open(store.Config{
		Tenant: w.Tenant.TenantID(), ConnectionString: w.connection, Transport: w.Storage, RetryDelay: -1, Now: w.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.UseCredential(t, feed.CredentialConfig{})
}

// UseCredential makes client and spine anew, with a credential that differs
// from the tenant's own in what is set.
func (w *Harness) UseCredential(t testing.TB, c feed.CredentialConfig) {
	t.Helper()
	c.Tenant = cmp.Or(c.Tenant, w.Tenant.TenantID())
	c.ClientID = cmp.Or(c.ClientID, w.Tenant.ClientID())
	c.ClientSecret = cmp.Or(c.ClientSecret, w.Tenant.ClientSecret())
	c.AuthorityHost, c.DisableInstanceDiscovery, c.Transport = w.Tenant.URL(), true, w.Login
	w.Feed = w.client(t, c)
	want, err := audit.ParseFilter("93,94,95,96,97,43,71,72,75,82,83,84")
	if err != nil {
		t.Fatal(err)
	}
	w.ingest = ingest.Config{
		Fetch: w.Feed.Content, Store: w.Store, Want: want, Concurrency: 4,
		Clock: w.Clocks(), Wait: w.Clock.Wait, Log: w.Log,
	}
	w.Configure(t, func(*ingest.Config) {})
}

// Configure makes the pipeline again, with a Config that change has changed.
// Restart and UseCredential undo it.
func (w *Harness) Configure(t testing.TB, change func(*ingest.Config)) {
	t.Helper()
	change(&w.ingest)
	var err error
	if w.Ingest, err = ingest.New(w.ingest); err != nil {
		t.Fatal(err)
	}
}

// Clocks is our clock and the tenant's, as the client knows it.
func (w *Harness) Clocks() clock.Pair { return clock.New(w.Clock.Now, w.Feed.Skew) }

// Want selects the record types that become rows.
func (w *Harness) Want() audit.Filter { return w.ingest.Want }

func (w *Harness) client(t testing.TB, c feed.CredentialConfig) *feed.Client {
	t.Helper()
	root, err := url.Parse(w.Tenant.URL())
	if err != nil {
		t.Fatal(err)
	}
	credential, err := feed.NewCredential(c)
	if err != nil {
		t.Fatal(err)
	}
	client, err := feed.New(feed.Config{
		Root: root, Tenant: w.Tenant.TenantID(), Credential: credential, Audience: "https://manage.office.com",
		Transport: w.API, Now: w.Clock.Now, Wait: w.Clock.Wait, Log: w.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Log is a logger that says nothing.
func Log() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }
