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
func world(t testing.TB, cfg tenant.Config) *ingesttest.Harness {
	t.Helper()
	if cfg.Events == 0 {
		cfg.Events, cfg.Contents, cfg.NoiseShare = 400, 20, 0.5
	}
	return ingesttest.New(t, pool.ConnectionString(t), cfg)
}

// newJob is the timer function of a harness, with a Config that change may
// change.
func newJob(t testing.TB, h *ingesttest.Harness, change ...func(*pull.Config)) *pull.Job {
	t.Helper()
	c := pull.Config{
		Feed: h.Feed, Store: h.Store, Ingest: h.Ingest, ContentTypes: []string{tenant.General},
		Clock: h.Clocks(), Log: h.Log,
	}
	for _, f := range change {
		f(&c)
	}
	job, err := pull.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// types is a change of the content types.
func types(names ...string) func(*pull.Config) {
	return func(c *pull.Config) { c.ContentTypes = names }
}
