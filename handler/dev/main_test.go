package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

var (
	// pool is the Azurite that all tests share, except those of the whole command.
	pool azuritetest.Pool
	// app is the function app that all tests share, with the same exception.
	app = devtest.App{Stage: stageApp}
)

func TestMain(m *testing.M) {
	code := pool.Run(m)
	app.Remove()
	os.Exit(code)
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-once", "-faults", "-events", "10", "-contents", "3", "-seed", "7", "-v"})
	want := options{once: true, faults: true, events: 10, contents: 3, seed: 7, address: "127.0.0.1:0", verbose: true}
	if err != nil || o != want {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
	for _, args := range []string{"-events 0", "-contents -1", "more", "-once=perhaps"} {
		if _, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s is accepted", args)
		}
	}
}

func TestRunOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := options{once: true, events: 300, contents: 20, seed: 1, address: "127.0.0.1:0"}
	if err := run(t.Context(), o, &terminal{out: &out}); err != nil {
		t.Errorf("run: %v", err)
	}
	for _, want := range []string{
		"NOT FOR PRODUCTION", "[4/4] starting", "20 content blobs, 300 label events", "100 %", "caught up after",
		"the trail equals what the tenant holds: 300 records and 20 raw blobs", "memory peaked at",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, out.String())
		}
	}
}
