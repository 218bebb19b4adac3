package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A system is all of labeltrail on one machine.
type system struct {
	dir        string          // scratch
	app        string          // the staged function app
	azurite    *azurite.Server // nil where the storage is not the system's own
	connection string          // to the storage
	store      *store.Store    // what the handler keeps, seen from outside
	front      *front          // the address that the tenant notifies
	authID     string          // the secret of the notifications
	moods      *tenant.Faults  // nil: the tenant's API has no faults
	tenant     *tenant.Tenant
	api        string           // where the handler finds the tenant's API
	trusted    []byte           // certificate authorities that the handler trusts, PEM
	now        func() time.Time // the tenant's clock
	base       time.Time        // when the tenant began; its week of history ends here
	host       *host.Host
}

// start starts the parts, each when those it needs are there. Whatever
// happens, close ends what was started.
func start(ctx context.Context, o options, t *terminal) (*system, error) {
	t.line("labeltrail on one machine. NOT FOR PRODUCTION: all data is in memory and gone at the end.")
	s := &system{}
	for _, part := range []struct {
		name  string
		start func(context.Context) error
	}{
		{"storage emulator", s.startAzurite},
		{"simulated tenant", func(context.Context) error { return s.startTenant(o.tenant()) }},
		{"function app", s.stage},
		{"functions host", func(ctx context.Context) error { return s.startHost(ctx, o.host()) }},
	} {
		t.line("starting the %s", part.name)
		if err := part.start(ctx); err != nil {
			s.close()
			return nil, fmt.Errorf("start the %s: %w", part.name, err)
		}
	}
	return s, nil
}

// tenant is the tenant that the command line asks for. Short pages give the
// faults of paging something to strike. A subscription that is disabled in
// mid-run is left out: it is to stay so for a quarter of an hour.
func (o options) tenant() tenant.Config {
	c := tenant.Config{Seed: o.seed, Now: time.Now, Events: o.events, Contents: o.contents, LiveStep: 20 * time.Second}
	if o.faults {
		c.PageSize, c.Faults = 10, tenant.AllFaults(o.seed).Without(tenant.SubscriptionDisabled).WithRetryAfter()
	}
	return c
}

func (o options) host() host.Config {
	c := host.Config{Address: o.address, Output: io.Discard}
	if o.verbose {
		c.Output = os.Stderr
	}
	return c
}

func (s *system) startAzurite(ctx context.Context) (err error) {
	// Not ended by ctx but by close, after the handler that uses it.
	s.azurite, err = azurite.Start(context.WithoutCancel(ctx), azurite.Options{})
	if err != nil {
		return err
	}
	s.connection = s.azurite.ConnectionString()
	return nil
}

// startTenant starts the tenant, and before it the address that it notifies:
// it must trust that address's certificate from its beginning.
func (s *system) startTenant(c tenant.Config) (err error) {
	if s.front, err = startFront(); err != nil {
		return err
	}
	c.WebhookCAs, s.authID = s.front.authorities(), rand.Text()+rand.Text()
	s.moods, s.now, s.base = c.Faults, c.Now, c.Now().UTC()
	s.tenant = tenant.New(c)
	if err := s.tenant.Start(); err != nil {
		return err
	}
	s.api, s.trusted = s.tenant.URL(), s.tenant.CACertPEM()
	return nil
}

// stage builds the app as it would be deployed, but for this machine.
func (s *system) stage(ctx context.Context) error {
	if err := s.scratch(); err != nil {
		return err
	}
	s.app = filepath.Join(s.dir, "app")
	cmd := exec.CommandContext(ctx, "go", "run", "github.com/labeltrail/labeltrail/infra/package", "-native", "-o", s.app)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// startHost starts the handler, driven as the Functions host drives it. What
// c.Env sets wins over the settings that connect the handler.
func (s *system) startHost(ctx context.Context, c host.Config) (err error) {
	s.store, err = store.Open(store.Config{Tenant: tenant.DefaultTenantID, ConnectionString: s.connection, Now: time.Now})
	if err != nil {
		return err
	}
	settings, err := s.settings()
	if err != nil {
		return err
	}
	maps.Copy(settings, c.Env)
	c.Root, c.Env = s.app, settings
	if s.host, err = host.Start(context.WithoutCancel(ctx), c); err != nil {
		return err
	}
	return s.front.forward(s.host.URL())
}

func (s *system) scratch() (err error) {
	if s.dir == "" {
		s.dir, err = os.MkdirTemp("", "labeltrail-dev-")
	}
	return err
}

// close ends everything, the users of a part before the part.
func (s *system) close() {
	if s.host != nil {
		s.host.Close()
	}
	if s.tenant != nil {
		s.tenant.Close()
	}
	if s.front != nil {
		s.front.close()
	}
	if s.azurite != nil {
		s.azurite.Close()
	}
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}
