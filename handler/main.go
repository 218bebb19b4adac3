package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"github.com/labeltrail/labeltrail/handler/azfunc"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/webhook"
)

// version is set when the program is built for deployment.
var version = "development"

// memoryLimit is the garbage collector's soft limit, in bytes. A function app
// pays for the memory of its instances. A backfill of large content blobs works
// within this limit, and exceeds it only where it must.
const memoryLimit = 72 << 20

func main() {
	debug.SetMemoryLimit(memoryLimit)
	// Never exit with 0: the host takes that for an intended end and does not
	// restart the handler.
	fmt.Fprintln(os.Stderr, run(os.Getenv, os.Stdout))
	os.Exit(1)
}

// run serves the functions until the server fails.
func run(getenv func(string) string, stdout io.Writer) error {
	listener, err := azfunc.Listen(getenv) // first, because the host is waiting
	if err != nil {
		return err
	}
	return azfunc.Serve(listener, routes(getenv, azfunc.NewLogger(stdout)))
}

// routes maps the paths that the host calls to the functions. If the settings
// have faults, every function reports them with status 500, and the process keeps
// running to do so.
func routes(getenv func(string) string, log *slog.Logger) azfunc.Functions {
	c, faults := settings.LoadHandler(getenv)
	if len(faults) > 0 {
		return faulty(c.Tenant, faults, log)
	}
	app, err := build(c, log)
	if err != nil {
		return faulty(c.Tenant, []string{err.Error()}, log)
	}
	return azfunc.Functions{
		"/pull":        azfunc.OnTimer(log, app.onTimer),
		"/api/webhook": azfunc.OnHTTP(log, app.webhook),
		"/api/v1/":     azfunc.OnHTTP(log, app.query),
	}
}

// app holds the parts of the program. Building it sends no request.
type app struct {
	pull    *pull.Job
	webhook http.Handler
	query   http.Handler
}

func build(c settings.Handler, log *slog.Logger) (*app, error) {
	st, err := openStore(c)
	if err != nil {
		return nil, fmt.Errorf("DataStorage: %w", err)
	}
	api, err := openFeed(c, log)
	if err != nil {
		return nil, err
	}
	job, err := buildPull(c, st, api, log)
	if err != nil {
		return nil, err
	}
	hook, err := webhook.New(webhook.Config{
		Ledger: st.Ledger, Tenant: c.Tenant, AuthID: c.WebhookAuthID, ContentTypes: c.ContentTypes, Now: time.Now, Log: log,
	})
	if err != nil {
		return nil, err
	}
	trail, err := query.New(query.Config{
		Store: st, Tenant: c.Tenant, Version: version, ContentTypes: c.ContentTypes, Now: time.Now, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &app{pull: job, webhook: hook, query: trail}, nil
}

func buildPull(c settings.Handler, st *store.Store, api *feed.Client, log *slog.Logger) (*pull.Job, error) {
	clocks := clock.New(time.Now, api.Skew)
	pipeline, err := ingest.New(ingest.Config{
		Fetch: api.Content, Store: st, Want: c.RecordTypes, Concurrency: c.Concurrency,
		Retain: func() time.Time { return store.OldestKept(clocks.Earlier(), c.RetentionDays) },
		Clock:  clocks, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return pull.New(pull.Config{
		Feed: api, Store: st, Ingest: pipeline, ContentTypes: c.ContentTypes,
		Webhook: c.Webhook(), RetentionDays: c.RetentionDays, Clock: clocks, Log: log,
	})
}

func openFeed(c settings.Handler, log *slog.Logger) (*feed.Client, error) {
	credential, err := feed.NewCredential(feed.CredentialConfig{
		Tenant: c.Tenant, AuthorityHost: c.Authority.String(), DisableInstanceDiscovery: c.OwnAuthority,
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, CertificatePath: c.CertificatePath,
		ManagedIdentityClientID: c.IdentityClientID, FederatedAudience: c.Cloud.ExchangeAudience,
	})
	if err != nil {
		return nil, err
	}
	return feed.New(feed.Config{
		Root: c.APIRoot, Tenant: c.Tenant, Publisher: c.Publisher, Credential: credential,
		Audience: c.Cloud.Root.String(), RequestsPerMinute: c.RequestsPerMinute, Now: time.Now, Log: log,
	})
}

// onTimer runs the pull function once.
func (a *app) onTimer(ctx context.Context, _ azfunc.Timer) ([]string, error) {
	run, err := a.pull.Tick(ctx)
	return []string{fmt.Sprintf("listed %d content blobs, ingested %d: %d rows, %d duplicates, %d conflicts, %d rejected",
		run.Listed, run.Fetched, run.Rows, run.Duplicates, run.Conflicts, run.Rejected)}, err
}
