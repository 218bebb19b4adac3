package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// The command line runs as a process of its own and authenticates with a key of the
// query function.
func TestSearchCommand(t *testing.T) {
	t.Parallel()
	f := newStartedFixture(t, tenant.Config{})
	f.pullAll(t)
	sent := map[string][]byte{}
	for record := range f.tenant.Obtainable(f.base) {
		sent[record.ID] = compact(record.JSON)
	}
	out, err := f.search(t, f.host.FunctionKey(), "-view", "record", "-startDate", "-30d", "-resultSize", "150")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		record, err := audit.ParseRecord(line)
		if err != nil || !json.Valid(line) || !bytes.Equal(compact(line), sent[record.ID]) {
			t.Fatalf("not a record of the tenant, or a repeated one: %s", line)
		}
		delete(sent, record.ID)
	}
	if len(sent) > 0 {
		t.Errorf("%d records are missing", len(sent))
	}
	if out, err := f.search(t, "wrong"); err == nil || len(out) > 0 {
		t.Errorf("with a wrong key: %v, %s", err, out)
	}
}

// search runs labeltrail search and returns its standard output.
func (f *fixture) search(t *testing.T, key string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "github.com/labeltrail/labeltrail/handler/labeltrail", "search"}, args...)...)
	cmd.Env = append(os.Environ(), "LABELTRAIL_URL="+f.host.URL(), "LABELTRAIL_KEY="+key)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	t.Logf("search: %v\n%s", err, &stderr)
	return out, err
}
