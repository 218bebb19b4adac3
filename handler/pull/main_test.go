package pull_test

import (
	"os"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// world is a tenant with a week of few contents, and no trail of it yet.
func world(t testing.TB, cfg tenant.Config) *ingesttest.World {
	t.Helper()
	if cfg.Events == 0 {
		cfg.Events, cfg.Contents, cfg.NoiseShare = 400, 20, 0.5
	}
	return ingesttest.New(t, pool.ConnectionString(t), cfg)
}

// puller is the pull function of a world.
func puller(w *ingesttest.World) *pull.Pull {
	return &pull.Pull{
		Feed: w.Feed, Store: w.Store, Ingest: w.Ingest, ContentTypes: []string{tenant.General},
		Now: w.Clock.Now, Log: w.Log,
	}
}
