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

// The operator's command is a process of its own here, and gets in by a key
// of the query function.
func TestTheCommandLineWritesTheTrailOut(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{})
	r.pullAll(t)
	sent := map[string][]byte{}
	for record := range r.tenant.Obtainable(r.base) {
		sent[record.ID] = compact(record.JSON)
	}
	out, err := r.search(t, r.host.FunctionKey(), "-view", "record", "-startDate", "-30d", "-resultSize", "150")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		record, err := audit.ParseRecord(line)
		if err != nil || !json.Valid(line) || !bytes.Equal(compact(line), sent[record.ID]) {
			t.Fatalf("not a record of the tenant's, or one twice: %s", line)
		}
		delete(sent, record.ID)
	}
	if len(sent) > 0 {
		t.Errorf("%d records are missing", len(sent))
	}
	if out, err := r.search(t, "wrong"); err == nil || len(out) > 0 {
		t.Errorf("with a wrong key: %v, %s", err, out)
	}
}

// search is the command's standard output.
func (r *rig) search(t *testing.T, key string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"run", "github.com/labeltrail/labeltrail/handler/labeltrail", "search"}, args...)...)
	cmd.Env = append(os.Environ(), "LABELTRAIL_URL="+r.host.URL(), "LABELTRAIL_KEY="+key)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	t.Logf("search: %v\n%s", err, &stderr)
	return out, err
}
