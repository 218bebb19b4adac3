package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
)

// A fixture is a trail and the environment that names it. Its commands run in
// the test's process, where storage can fail and the clock stands still.
type fixture struct {
	*trailtest.Trail
	env map[string]string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	tr := trailtest.New(t, tenant.Config{})
	return &fixture{tr, tr.Env()}
}

// A result is what a command has printed and returned.
type result struct {
	code           int
	stdout, stderr string
}

func (f *fixture) run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := f.program(&stdout, &stderr).run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

func (f *fixture) program(stdout, stderr io.Writer) *program {
	return &program{
		getenv: func(name string) string { return f.env[name] }, stdout: stdout, stderr: stderr,
		transport: f.Storage, retryDelay: -1, now: f.Clock.Now, wait: f.Clock.Wait,
	}
}

func TestRunStorageFailure(t *testing.T) {
	f := newFixture(t)
	for _, command := range []string{"fsck", "rebuild"} {
		for n := range 5 {
			f.Storage.Plan(func(i int, _ *http.Request) ingesttest.Fault {
				if i >= 2*n {
					return ingesttest.Drop
				}
				return nil
			})
			got := f.run(t, command)
			if got.code != exitFailed || strings.Contains(got.stdout, `"kind"`) || !strings.Contains(got.stderr, "labeltrail "+command+": ") {
				t.Errorf("%s after %d requests: exit code %d\n%s%s", command, 2*n, got.code, got.stdout, got.stderr)
			}
		}
	}
}

// If the settings name an account instead of a connection string, the command
// runs as the person who is logged in or as a managed identity.
func TestOpenTrailIdentity(t *testing.T) {
	for _, client := range []string{"", tenant.DefaultTenantID} {
		env := map[string]string{"TENANT_ID": tenant.DefaultTenantID, "DataStorage__accountName": "trail", "DataStorage__clientId": client}
		p := &program{getenv: func(name string) string { return env[name] }, now: time.Now}
		if tr, err := p.openTrail(); err != nil || tr.store == nil {
			t.Errorf("client %q: %v", client, err)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRunOutputFailure(t *testing.T) {
	f := newFixture(t)
	if code := f.program(brokenPipe{}, io.Discard).run(t.Context(), []string{"fsck"}); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}

func TestProgress(t *testing.T) {
	var stderr strings.Builder
	clock := ingesttest.NewClock()
	progress := (&program{stderr: &stderr, now: clock.Now}).progress()
	for i := range 10 {
		progress("at %d", i)
		clock.Advance(progressEvery / 4)
	}
	if got, want := stderr.String(), fmt.Sprintf("at %d\nat %d\n", 4, 8); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
}
