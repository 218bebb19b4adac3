package ingesttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// leastPeople is how many personal values a tenant has at least whose log is
// worth searching.
const leastPeople = 200

// People are the personal values of a tenant's events, each once, which no log
// may hold. Short ones are left out: they occur in anything.
func People(t testing.TB, of *tenant.Tenant, until time.Time) []string {
	t.Helper()
	seen := map[string]bool{}
	var values []string
	for record := range of.Truth(until) {
		var fields map[string]any
		if err := json.Unmarshal(bytes.ToValidUTF8(record.JSON, nil), &fields); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"UserId", "ClientIP", "ObjectId", "JustificationText"} {
			value := strings.TrimSpace(fmt.Sprint(fields[name]))
			if len(value) >= 8 && value != "<nil>" && !seen[value] && value != "127.0.0.1" {
				seen[value] = true
				values = append(values, value)
			}
		}
	}
	if len(values) < leastPeople {
		t.Fatalf("only %d personal values", len(values))
	}
	return values
}

// CheckLog fails the test if anything that was logged, in detail, holds a
// secret or a personal value.
func (w *Harness) CheckLog(t testing.TB) {
	t.Helper()
	log := w.logged.String()
	for _, sign := range []string{"msg=pull", "level=ERROR", "level=DEBUG"} {
		if !strings.Contains(log, sign) {
			t.Errorf("the log has no %s: is it the log?", sign)
		}
	}
	for _, canary := range append(People(t, w.Tenant, w.TenantNow()), "Bearer ", w.Tenant.ClientSecret()) {
		for line := range strings.Lines(log) {
			if strings.Contains(line, canary) {
				t.Errorf("%q is in the log: %s", canary, line)
			}
		}
	}
}
