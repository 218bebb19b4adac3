package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
)

// pool is the Azurite that all tests share, but for those that run the whole
// command.
var pool azuritetest.Pool

func TestMain(m *testing.M) {
	code := pool.Run(m)
	if staged.dir != "" {
		os.RemoveAll(staged.dir)
	}
	os.Exit(code)
}

// staged is the function app, built once for all tests.
var staged struct {
	once sync.Once
	system
	err error
}

func stagedApp(t *testing.T) string {
	t.Helper()
	staged.once.Do(func() { staged.err = staged.stage(context.Background()) })
	if staged.err != nil {
		t.Fatal(staged.err)
	}
	return staged.app
}

func TestTheCommandLineIsRead(t *testing.T) {
	o, err := parse([]string{"-once", "-faults", "-events", "10", "-contents", "3", "-seed", "7", "-v"})
	want := options{once: true, faults: true, events: 10, contents: 3, seed: 7, address: "127.0.0.1:0", verbose: true}
	if err != nil || o != want {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
	for _, args := range []string{"-events 0", "-contents -1", "more", "-once=perhaps"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s is taken", args)
		}
	}
}

func TestOnceEndsWhenTheTrailIsTheTenants(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options{once: true, events: 300, contents: 20, seed: 1, address: "127.0.0.1:0"}
	if err := run(t.Context(), o, &terminal{out: &out}); err != nil {
		t.Errorf("run: %v", err)
	}
	for _, said := range []string{"NOT FOR PRODUCTION", "100 %", "caught up after", "the trail equals what the tenant holds: 300 records and 20 raw blobs", "memory peaked at"} {
		if !strings.Contains(out.String(), said) {
			t.Errorf("it does not say %q:\n%s", said, out.String())
		}
	}
}
