package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// Logs go where more people read than may know who labels what. The run has
// every fault of the API but two that take minutes, which package pull tests
// on a clock of its own, a webhook that strangers call, and questions that hold
// personal values.
func TestNoLogTellsASecretOrAPerson(t *testing.T) {
	t.Parallel()
	r := moodyRig(t)
	r.pullAll(t)
	r.notifyUntil(t, tenant.WebhookNull)
	r.callAsStrangers(t)
	r.pull(t)
	r.check(t)
	r.checkContract(t)
	wantStruck(t, r.faults)

	lines := r.log.all()
	text := strings.Join(lines, "\n")
	for _, expected := range []string{`"msg":"pull"`, `"msg":"notifications"`, "Webhook-AuthID", "executed 'Functions.query'"} {
		if !strings.Contains(text, expected) {
			t.Errorf("the log has no %s: is it the log?", expected)
		}
	}
	for _, canary := range r.canaries(t) {
		for _, line := range lines {
			if strings.Contains(line, canary) {
				t.Errorf("%q is in the log: %s", canary, line)
			}
		}
	}
}

// moodyRig has all moods, but for the subscription that stays disabled for a
// quarter of an hour and the content that takes three tries to be given up.
// Pauses are cut short.
func moodyRig(t *testing.T) *rig {
	t.Helper()
	c := options{faults: true, seed: 5, events: 500, contents: 60}.tenant()
	c.Faults = c.Faults.Without(tenant.SubscriptionDisabled, tenant.NotArray)
	c.PageSize = 3
	r := newRig(t, c)
	r.api.hurried = true
	r.boot(t, nil)
	return r
}

// wantStruck fails the test unless the moods struck that can be counted on:
// which of the others do is decided by names that hold the time of day.
func wantStruck(t *testing.T, moods *tenant.Faults) {
	t.Helper()
	struck := moods.Injected()
	for _, mood := range []tenant.FaultMode{
		tenant.TokenRevoked, tenant.WebhookNull, tenant.Expired, tenant.Missing, tenant.Vanished, tenant.BrokenRecord,
		tenant.ByteOrderMark, tenant.Republished, tenant.Late, tenant.LocalhostURI, tenant.DuplicateRows,
		tenant.OddCasing, tenant.Gzip, tenant.StatusMissing,
	} {
		if struck[mood] == 0 {
			t.Errorf("never struck: %s", mood)
		}
	}
	if len(struck) < 18 {
		t.Errorf("only %d moods struck: %v", len(struck), struck)
	}
}

// callAsStrangers calls the functions with what a log may not repeat, and
// mostly in ways that they refuse.
func (r *rig) callAsStrangers(t *testing.T) {
	t.Helper()
	person := ingesttest.People(t, r.tenant, r.now())[0]
	for _, call := range []struct {
		method, path, key, authID, body string
	}{
		{"POST", "/api/webhook", "", "", `[]`},
		{"POST", "/api/webhook", "", r.authID + "x", `[{"contentId":"` + person + `"}]`},
		{"POST", "/api/webhook", "", r.authID, `[{"contentId":"` + person + `","tenantId":"` + person + `"}]`},
		{"POST", "/api/webhook", "", r.authID, person},
		{"GET", "/api/v1/events?userIds=" + person, r.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/events?resultSize=" + person, r.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/events/" + person, r.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/" + person, "wrong" + r.host.FunctionKey(), "", ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), call.method, r.host.URL()+call.path, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("x-functions-key", call.key)
		request.Header.Set("Webhook-AuthID", call.authID)
		resp, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}

// canaries are what no log may hold.
func (r *rig) canaries(t *testing.T) []string {
	t.Helper()
	return append(ingesttest.People(t, r.tenant, r.now()), "Bearer ", "AccountKey", azurite.AccountKey, r.tenant.ClientSecret(), r.authID, r.host.FunctionKey(), r.host.MasterKey())
}
