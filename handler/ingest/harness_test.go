package ingest_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

const contentType = "Audit.General"

// A fixture is a pipeline with a store in Azurite and an API whose responses a
// test decides, one function for each content blob.
type fixture struct {
	*ingest.Pipeline
	config  ingest.Config
	store   *store.Store
	clock   *ingesttest.Clock
	storage *ingesttest.Transport
	account ingesttest.Account
	log     bytes.Buffer

	mu      sync.Mutex
	fetched []string // content ids in the order of their requests
	respond map[string]func(attempt int) ([]byte, error)
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	connection := pool.ConnectionString(t)
	f := &fixture{
		account: ingesttest.NewAccount(t, connection),
		clock:   ingesttest.NewClock(),
		storage: ingesttest.NewTransport(azuritetest.Transport(t, http.DefaultTransport)),
		respond: map[string]func(int) ([]byte, error){},
	}
	var err error
	f.store, err = store.Open(store.Config{
		Tenant: "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90", ConnectionString: connection,
		Transport: f.storage, RetryDelay: -1, Now: f.clock.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := audit.ParseFilter("94")
	if err != nil {
		t.Fatal(err)
	}
	f.config = ingest.Config{
		Fetch: f.fetch, Store: f.store, Want: want, Concurrency: 1, Clock: clock.New(f.clock.Now, nil), Wait: f.clock.Wait,
		Log: slog.New(slog.NewTextHandler(&f.log, nil)),
	}
	f.configure(t, func(*ingest.Config) {})
	return f
}

// configure replaces the pipeline by one with a changed Config.
func (f *fixture) configure(t *testing.T, change func(*ingest.Config)) {
	t.Helper()
	change(&f.config)
	var err error
	if f.Pipeline, err = ingest.New(f.config); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) fetch(_ context.Context, id string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fetched = append(f.fetched, id)
	attempt := 0
	for _, fetched := range f.fetched {
		if fetched == id {
			attempt++
		}
	}
	return f.respond[id](attempt)
}

// add adds a content blob to the ledger, with the API's responses for it.
func (f *fixture) add(t *testing.T, c audit.Content, respond func(attempt int) ([]byte, error)) audit.Content {
	t.Helper()
	f.respond[c.ID] = respond
	if _, err := f.store.Ledger.AddPending(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (f *fixture) drain(t *testing.T) ingest.Stats {
	t.Helper()
	stats, err := f.Drain(t.Context(), f.order(4*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// order is an order with this much time.
func (f *fixture) order(d time.Duration) ingest.Order {
	return ingest.Order{ContentType: contentType, Until: f.clock.Now().Add(d)}
}

func (f *fixture) entry(t *testing.T, c audit.Content) ledger.Entry {
	t.Helper()
	e, err := f.store.Ledger.Get(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// content is a content blob of this age.
func (f *fixture) content(id string, age time.Duration) audit.Content {
	created := f.clock.Now().Add(-age)
	return audit.Content{ID: id, Type: contentType, Created: created, Expiration: created.Add(7 * 24 * time.Hour)}
}

// record is a record of the wanted type.
func record(n int) string {
	return fmt.Sprintf(`{"Id":"00000000-0000-4000-8000-%012d","RecordType":94,"CreationTime":"2026-03-18T10:%02d:00","Operation":"SensitivityLabelApplied"}`, n, n%60)
}

func body(records ...string) func(int) ([]byte, error) {
	return func(int) ([]byte, error) { return []byte("[" + strings.Join(records, ",") + "]"), nil }
}

func failing(err error) func(int) ([]byte, error) {
	return func(int) ([]byte, error) { return nil, err }
}

func apiError(class feed.Class, code string) error {
	return &feed.Error{Operation: "fetch content", Code: code, Message: "no", Class: class}
}

func TestNewInvalidConfig(t *testing.T) {
	_, err := ingest.New(ingest.Config{})
	if err == nil {
		t.Fatal("an empty Config is accepted")
	}
	for _, field := range []string{"Store", "Clock", "Log", "Concurrency"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestDrainWithoutFetch(t *testing.T) {
	f := newFixture(t)
	f.configure(t, func(c *ingest.Config) { c.Fetch = nil })
	if _, err := f.Drain(t.Context(), f.order(time.Minute)); err == nil {
		t.Error("a drain without Fetch reports success")
	}
}
