// Package azuritetest gives each test a storage account of its own in one
// Azurite that all tests of a binary share, and a way to it that is as rough
// as that to Azure, if the tests are run so:
//
//	go test ./handler/store -args -azure
package azuritetest

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
)

// accounts is how many storage accounts the shared Azurite has.
const accounts = 1000

// Flags of a test binary.
const (
	azureFlag = "azure"
	seedFlag  = "seed"
)

// A Pool is the shared Azurite of a test binary. It starts when a test first
// needs it, so that a fuzzing worker, which never does, has none.
//
//	var pool azuritetest.Pool
//
//	func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }
type Pool struct {
	start  sync.Once
	server *azurite.Server
	err    error
	next   atomic.Int64
}

// Run runs the tests and then ends Azurite.
func (p *Pool) Run(m *testing.M) int {
	flag.Bool(azureFlag, false, "let storage behave as Azure does where Azurite does not")
	flag.Uint64(seedFlag, 0, "what tests leave to chance; 0: anything, and tests that fail tell the seed")
	code := m.Run()
	if p.server != nil {
		p.server.Close()
	}
	return code
}

// ConnectionString is that of an account that no other test has.
func (p *Pool) ConnectionString(t testing.TB) string {
	t.Helper()
	p.start.Do(func() {
		var names []string
		for i := range accounts {
			names = append(names, account(i))
		}
		p.server, p.err = azurite.Start(context.Background(), azurite.Options{Accounts: names})
	})
	if p.err != nil {
		t.Fatal(p.err)
	}
	n := int(p.next.Add(1)) - 1
	if n >= accounts {
		t.Fatalf("the tests' Azurite has only %d accounts", accounts)
	}
	return p.server.ConnectionStringOf(account(n))
}

func account(i int) string { return fmt.Sprintf("account%04d", i) }

// Transport is the way to Azurite for one test: plain, which is base itself,
// or with -azure one that behaves as Azure does.
func Transport(t testing.TB, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	azure, _ := flagged(azureFlag).(bool)
	if !azure {
		return base
	}
	transport := azurelike.New(base, azurelike.Usual(Seed(t)))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("storage behaved as Azure does: %v", transport.Did())
		}
	})
	return transport
}

// Seed is a seed for what a test leaves to chance: that of the flag -seed, or
// else any. A test that fails tells it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed, _ := flagged(seedFlag).(uint64)
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to let the same happen again: -args -seed %d", seed)
		}
	})
	return seed
}

// flagged is the value of a flag that Run has defined; nil if it has not.
func flagged(name string) any {
	f := flag.Lookup(name)
	if f == nil {
		return nil
	}
	getter, _ := f.Value.(flag.Getter)
	if getter == nil {
		return nil
	}
	return getter.Get()
}
