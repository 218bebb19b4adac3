package tables

import (
	"os"
	"testing"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func TestMain(m *testing.M) { os.Exit(fixture.Run(m)) }

var at = fixture.At

// open returns the table service of an account of its own, and the transport
// that its requests go through. It never waits between attempts.
func open(t testing.TB) (*Service, *fixture.Faults) {
	t.Helper()
	f := fixture.New(t)
	return New(f.Account(t).Tables, -1), f
}

// openPlain is open for tests that count requests.
func openPlain(t testing.TB) (*Service, *fixture.Faults) {
	t.Helper()
	f := fixture.NewPlain(t)
	return New(f.Account(t).Tables, -1), f
}
