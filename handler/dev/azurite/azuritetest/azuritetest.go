// Package azuritetest gives each test a storage account of its own, in one Azurite
// that all tests of a binary share. The flag -azure makes storage behave like Azure,
// by package azurelike:
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

// accounts is the number of storage accounts of the shared Azurite: at least one for
// each test of a binary.
const accounts = 1000

// Flags of a test binary.
const (
	azureFlag = "azure"
	seedFlag  = "seed"
)

// A Pool is the shared Azurite of a test binary. It starts when a test first needs
// it, so a fuzzing worker does not start one.
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

// Run runs the tests and then ends Azurite. It returns the exit code. It defines the
// flags -azure and -seed.
func (p *Pool) Run(m *testing.M) int {
	flag.Bool(azureFlag, false, "make storage behave like Azure where Azurite differs")
	flag.Uint64(seedFlag, 0, "seed of random choices in tests; 0 means a random seed, which failed tests log")
	code := m.Run()
	if p.server != nil {
		p.server.Close()
	}
	return code
}

// ConnectionString returns the connection string of an account that no other test
// uses.
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

// Transport returns the transport to Azurite for one test: base, or with -azure a
// transport that uses base and behaves like Azure.
func Transport(t testing.TB, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	azure, _ := flagValue(azureFlag).(bool)
	if !azure {
		return base
	}
	transport := azurelike.New(base, azurelike.Usual(Seed(t)))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("storage behaved like Azure: %v", transport.Did())
		}
	})
	return transport
}

// Seed returns the seed for the random choices of a test: the flag -seed, or a random
// seed. A failed test logs it.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed, _ := flagValue(seedFlag).(uint64)
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat this run: -args -seed %d", seed)
		}
	})
	return seed
}

// flagValue returns the value of a flag, or nil if Run has not defined it.
func flagValue(name string) any {
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
