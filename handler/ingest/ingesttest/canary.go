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

// minPersonal is how many personal values a tenant must have for the search of
// its log to mean something.
const minPersonal = 200

// People returns the personal values of a tenant's events, each once. No log may
// contain them. Short ones are left out, because they occur in any text.
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
	if len(values) < minPersonal {
		t.Fatalf("precondition: only %d personal values", len(values))
	}
	return values
}

// CheckLog fails the test if the log, at its most detailed level, contains a
// secret or a personal value.
func (h *Harness) CheckLog(t testing.TB) {
	t.Helper()
	log := h.logged.String()
	for _, sign := range []string{"msg=pull", "level=ERROR", "level=DEBUG"} {
		if !strings.Contains(log, sign) {
			t.Errorf("precondition: the log has no %s", sign)
		}
	}
	for _, canary := range append(People(t, h.Tenant, h.TenantNow()), "Bearer ", h.Tenant.ClientSecret()) {
		for line := range strings.Lines(log) {
			if strings.Contains(line, canary) {
				t.Errorf("%q is in the log: %s", canary, line)
			}
		}
	}
}
