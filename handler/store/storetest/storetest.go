// Package storetest opens stores for tests. Each has a storage account of its
// own in an Azurite that all tests of a binary share and that starts when a test
// first needs it:
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }
//
//	func TestX(t *testing.T) {
//		st := storetest.Open(t, store.Config{})
//		...
//	}
//
// The flag -azure of the test binary makes storage behave as Azure does where
// Azurite differs from it.
package storetest

import (
	"net/http"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// Tenant is the tenant of a store that [Open] opens without one.
const Tenant = fixture.Tenant

// Run runs the tests of m, stops Azurite and returns the exit code.
func Run(m *testing.M) int { return fixture.Run(m) }

// ConnectionString returns the connection string of a storage account that no
// other test uses.
func ConnectionString(t testing.TB) string {
	t.Helper()
	return fixture.ConnectionString(t)
}

// Transport returns a transport to storage that behaves as Azure does if the
// tests run with -azure.
func Transport(t testing.TB) *http.Client {
	t.Helper()
	return &http.Client{Transport: azuritetest.Transport(t, fixture.ToAzurite)}
}

// Open opens a store as cfg says. By default the store belongs to [Tenant], has a
// storage account of its own, is reached through [Transport], and does not wait
// between attempts.
func Open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	if cfg.Tenant == "" {
		cfg.Tenant = Tenant
	}
	if cfg.ConnectionString == "" && cfg.Credential == nil {
		cfg.ConnectionString = ConnectionString(t)
	}
	if cfg.Transport == nil {
		cfg.Transport = Transport(t)
	}
	if cfg.RetryDelay == 0 {
		cfg.RetryDelay = -1
	}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st
}
