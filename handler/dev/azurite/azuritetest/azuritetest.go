// Package azuritetest gives each test a storage account of its own in one
// Azurite that all tests of a binary share.
package azuritetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
)

// accounts is how many storage accounts the shared Azurite has.
const accounts = 1000

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
