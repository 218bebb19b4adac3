// Package ingesttest is the harness that the packages from ingest upwards are
// tested with: a simulated tenant behind its API, a store in Azurite, and the
// client and the pipeline between them. A test moves their common clock, and
// injects faults into their requests.
package ingesttest

import (
	"bytes"
	"cmp"
	"context"
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

// Start is the time at which every harness starts. It is the middle of a month,
// so that the week before it lies in one month.
var Start = time.Date(2026, 3, 18, 14, 30, 0, 0, time.UTC)

// A Clock stands still until a test moves it, or code under test waits on it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Wait moves the clock forward by d instead of waiting.
func (c *Clock) Wait(ctx context.Context, d time.Duration) error {
	c.Advance(max(d, 0))
	return ctx.Err()
}

// A Harness is a tenant and a trail of it.
type Harness struct {
	Clock   *Clock
	Tenant  *tenant.Tenant
	API     *Transport // to the tenant
	Login   *Transport // to its token endpoint
	Storage *Transport // to Azurite
	Store   *store.Store
	Feed    *feed.Client
	Ingest  *ingest.Pipeline
	Log     *slog.Logger // of all parts; CheckLog searches its output

	logged     *bytes.Buffer // written one line at a time
	connection string
	ingest     ingest.Config
	ahead      *atomic.Int64 // how far the tenant's clock is ahead of ours
}

// New starts a tenant with cfg, on the harness's clock, and a trail of it in the
// storage account of connection. Everything stops at the end of the test.
func New(t testing.TB, connection string, cfg tenant.Config) *Harness {
	t.Helper()
	h := &Harness{Clock: NewClock(), logged: &bytes.Buffer{}, connection: connection, ahead: &atomic.Int64{}}
	h.Log = slog.New(slog.NewTextHandler(h.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg.Now = h.TenantNow
	h.Tenant = tenant.New(cfg)
	if err := h.Tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Tenant.Close() })
	h.API = NewTransport(h.Tenant.Client().Transport)
	h.Login = NewTransport(h.Tenant.Client().Transport)
	h.Storage = NewTransport(azuritetest.Transport(t, http.DefaultTransport))
	h.Restart(t)
	return h
}

// SetAhead sets the tenant's clock ahead of ours by d, or behind if d is negative.
func (h *Harness) SetAhead(d time.Duration) { h.ahead.Store(int64(d)) }

// ShiftClock changes our clock by d, and leaves the tenant's alone.
func (h *Harness) ShiftClock(d time.Duration) {
	h.Clock.Advance(d)
	h.ahead.Add(-int64(d))
}

// TenantNow returns the time by the tenant's clock.
func (h *Harness) TenantNow() time.Time { return h.Clock.Now().Add(time.Duration(h.ahead.Load())) }

// Restart makes store, client and pipeline again, as a new process does: nothing
// of their memory is left.
func (h *Harness) Restart(t testing.TB) {
	t.Helper()
	var err error
	h.Store, err = store.Open(store.Config{
		Tenant: h.Tenant.TenantID(), ConnectionString: h.connection, Transport: h.Storage, RetryDelay: -1, Now: h.Clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	h.UseCredential(t, feed.CredentialConfig{})
}

// UseCredential makes client and pipeline again. Fields that c sets replace those
// of the tenant's own credential.
func (h *Harness) UseCredential(t testing.TB, c feed.CredentialConfig) {
	t.Helper()
	c.Tenant = cmp.Or(c.Tenant, h.Tenant.TenantID())
	c.ClientID = cmp.Or(c.ClientID, h.Tenant.ClientID())
	c.ClientSecret = cmp.Or(c.ClientSecret, h.Tenant.ClientSecret())
	c.AuthorityHost, c.DisableInstanceDiscovery, c.Transport = h.Tenant.URL(), true, h.Login
	h.Feed = h.client(t, c)
	want, err := audit.ParseFilter("93,94,95,96,97,43,71,72,75,82,83,84")
	if err != nil {
		t.Fatal(err)
	}
	h.ingest = ingest.Config{
		Fetch: h.Feed.Content, Store: h.Store, Want: want, Concurrency: 4,
		Clock: h.Clocks(), Wait: h.Clock.Wait, Log: h.Log,
	}
	h.Configure(t, func(*ingest.Config) {})
}

// Configure makes the pipeline again, with a changed Config. Restart and
// UseCredential undo the change.
func (h *Harness) Configure(t testing.TB, change func(*ingest.Config)) {
	t.Helper()
	change(&h.ingest)
	var err error
	if h.Ingest, err = ingest.New(h.ingest); err != nil {
		t.Fatal(err)
	}
}

// Clocks returns our clock and the tenant's, as far as the client knows it.
func (h *Harness) Clocks() clock.Pair { return clock.New(h.Clock.Now, h.Feed.Skew) }

// Want returns the record types that become rows.
func (h *Harness) Want() audit.Filter { return h.ingest.Want }

func (h *Harness) client(t testing.TB, c feed.CredentialConfig) *feed.Client {
	t.Helper()
	root, err := url.Parse(h.Tenant.URL())
	if err != nil {
		t.Fatal(err)
	}
	credential, err := feed.NewCredential(c)
	if err != nil {
		t.Fatal(err)
	}
	client, err := feed.New(feed.Config{
		Root: root, Tenant: h.Tenant.TenantID(), Credential: credential, Audience: "https://manage.office.com",
		Transport: h.API, Now: h.Clock.Now, Wait: h.Clock.Wait, Log: h.Log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}
