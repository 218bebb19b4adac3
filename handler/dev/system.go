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
	dir        string          // temporary folder
	app        string          // folder of the staged function app
	azurite    *azurite.Server // nil if the storage belongs to somebody else
	connection string          // connection string of the storage
	store      *store.Store    // the handler's trail, opened by this program
	front      *front          // HTTPS address that the tenant notifies
	authID     string          // secret of the notifications
	faults     *tenant.Faults  // nil if the tenant's API has no faults
	tenant     *tenant.Tenant
	api        string           // URL of the API that the handler uses
	trusted    []byte           // certificate authorities that the handler trusts, PEM
	now        func() time.Time // the tenant's clock
	base       time.Time        // when the tenant started; its week of history ends here
	host       *host.Host
}

// start starts the parts of the system, each after those that it needs. If it fails,
// it ends those that it has started.
func start(ctx context.Context, o options, t *terminal) (*system, error) {
	s := &system{}
	install, err := showIntroduction(t)
	if err != nil {
		return nil, err
	}
	parts := []struct {
		step, name string
		start      func(context.Context) error
	}{
		{"starting Azurite, the storage emulator" + install, "Azurite", s.startAzurite},
		{"starting a simulated Microsoft 365 tenant", "the tenant", func(context.Context) error { return s.startTenant(o.tenant()) }},
		{"building the function app", "the function app", s.stage},
		{"starting the function app", "the function app", func(ctx context.Context) error { return s.startHost(ctx, o.host()) }},
	}
	for i, part := range parts {
		t.line("[%d/%d] %s", i+1, len(parts), part.step)
		if err := part.start(ctx); err != nil {
			s.close()
			return nil, fmt.Errorf("start %s: %w", part.name, err)
		}
	}
	return s, nil
}

// showIntroduction says what the program does to this machine. It returns a remark
// about the installation of Azurite, if that is still needed.
func showIntroduction(t *terminal) (install string, err error) {
	dir, installed, err := azurite.Dir()
	if err != nil {
		return "", err
	}
	t.line("labeltrail on this machine. NOT FOR PRODUCTION: all data is in memory and is lost at the end.")
	t.line("Pulling the default week takes about three minutes. Only Azurite (190 MB) remains afterwards, in\n%s\n", dir)
	if !installed {
		install = " (first run: installing it with npm, which needs the network)"
	}
	return install, nil
}

// tenant returns the configuration of the tenant that the flags ask for. The flag
// -faults shortens pages, so that faults of paging can occur. It leaves out the
// subscription that is disabled during a run and stays so for a quarter of an hour.
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
	// close ends it, not ctx: the handler, which uses it, must end first.
	s.azurite, err = azurite.Start(context.WithoutCancel(ctx), azurite.Options{})
	if err != nil {
		return err
	}
	s.connection = s.azurite.ConnectionString()
	return nil
}

// startTenant starts the tenant after the address that it notifies, whose
// certificate it must trust.
func (s *system) startTenant(c tenant.Config) (err error) {
	if s.front, err = startFront(); err != nil {
		return err
	}
	c.WebhookCAs, s.authID = s.front.authorities(), rand.Text()+rand.Text()
	s.faults, s.now, s.base = c.Faults, c.Now, c.Now().UTC()
	s.tenant = tenant.New(c)
	if err := s.tenant.Start(); err != nil {
		return err
	}
	s.api, s.trusted = s.tenant.URL(), s.tenant.CACertPEM()
	return nil
}

// stage builds the app in the system's temporary folder.
func (s *system) stage(ctx context.Context) error {
	if err := s.makeDir(); err != nil {
		return err
	}
	s.app = filepath.Join(s.dir, "app")
	return stageApp(ctx, s.app)
}

// stageApp builds the app for this machine in dir. It has the layout of a deployed
// app.
func stageApp(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "run", "github.com/labeltrail/labeltrail/infra/package", "-native", "-o", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// startHost starts the handler the way the Functions host starts it. c.Env
// overrides the settings that connect the handler.
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

// schedule makes the local system pull every five seconds, so that its user sees
// it work.
const schedule = "*/5 * * * * *"

// settings returns the app settings that connect the function app to the other
// parts of the system.
func (s *system) settings() (map[string]string, error) {
	certificates, err := s.writeCertificates()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"FUNCTIONS_WORKER_RUNTIME":     "custom",
		"AzureWebJobsStorage":          s.connection,
		"TENANT_ID":                    tenant.DefaultTenantID,
		"MANAGEMENT_API_URL":           s.api,
		"AZURE_AUTHORITY_HOST":         s.tenant.URL(),
		"MANAGEMENT_API_CLIENT_ID":     s.tenant.ClientID(),
		"MANAGEMENT_API_CLIENT_SECRET": s.tenant.ClientSecret(),
		"PULL_SCHEDULE":                schedule,
		"WEBHOOK_URL":                  s.front.url + "/api/webhook",
		"WEBHOOK_AUTH_ID":              s.authID,
		"SSL_CERT_FILE":                certificates,
	}, nil
}

// writeCertificates writes the authorities that the handler must trust to a file. Go
// on Linux reads the file that SSL_CERT_FILE names.
func (s *system) writeCertificates() (string, error) {
	if err := s.makeDir(); err != nil {
		return "", err
	}
	path := filepath.Join(s.dir, "authorities.pem")
	return path, os.WriteFile(path, s.trusted, 0o600)
}

func (s *system) makeDir() (err error) {
	if s.dir == "" {
		s.dir, err = os.MkdirTemp("", "labeltrail-dev-")
	}
	return err
}

// close ends all parts, each before those that it needs.
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
