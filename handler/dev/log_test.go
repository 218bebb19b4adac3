package main

import (
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/dev/devtest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// Logs have more readers than those who may know who labels what, so they must hold
// neither secrets nor personal data. The run has every fault mode except two that
// take minutes (package pull tests those on a clock of its own), calls of strangers
// to the webhook, and questions that contain personal data.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	f := newFaultyFixture(t)
	f.pullAll(t)
	f.notifyUntil(t, tenant.WebhookNull)
	f.callAsStrangers(t)
	f.pull(t)
	f.check(t)
	f.checkContract(t)
	checkInjected(t, f.faults)

	lines := f.log.all()
	text := strings.Join(lines, "\n")
	for _, expected := range []string{`"msg":"pull"`, `"msg":"notifications"`, "Webhook-AuthID", "executed 'Functions.query'"} {
		if !strings.Contains(text, expected) {
			t.Errorf("precondition: the log has no %s", expected)
		}
	}
	for _, secret := range f.secrets(t) {
		for _, line := range lines {
			if strings.Contains(line, secret) {
				t.Errorf("%q is in the log: %s", secret, line)
			}
		}
	}
}

// newFaultyFixture has all fault modes, except the subscription that stays disabled
// for a quarter of an hour and the content blob that is given up only after three
// attempts. Delays are shortened.
func newFaultyFixture(t *testing.T) *fixture {
	t.Helper()
	c := options{faults: true, seed: 5, events: 500, contents: 60}.tenant()
	c.Faults = c.Faults.Without(tenant.SubscriptionDisabled, tenant.NotArray)
	c.PageSize = 3
	f := newFixture(t, c)
	f.api.noWaiting = true
	f.start(t, nil)
	return f
}

// checkInjected fails the test unless the fault modes occurred that must occur in
// every run. The others depend on names that contain the time of day.
func checkInjected(t *testing.T, faults *tenant.Faults) {
	t.Helper()
	injected := faults.Injected()
	for _, mode := range []tenant.FaultMode{
		tenant.TokenRevoked, tenant.WebhookNull, tenant.Expired, tenant.Missing, tenant.Vanished, tenant.BrokenRecord,
		tenant.ByteOrderMark, tenant.Republished, tenant.Late, tenant.LocalhostURI, tenant.DuplicateRows,
		tenant.OddCasing, tenant.Gzip, tenant.StatusMissing,
	} {
		if injected[mode] == 0 {
			t.Errorf("precondition: the fault mode did not occur: %s", mode)
		}
	}
	if len(injected) < 18 {
		t.Errorf("precondition: only %d fault modes occurred: %v", len(injected), injected)
	}
}

// callAsStrangers sends requests that contain personal data or wrong secrets. The
// functions reject most of them.
func (f *fixture) callAsStrangers(t *testing.T) {
	t.Helper()
	person := ingesttest.People(t, f.tenant, f.now())[0]
	for _, call := range []struct {
		method, path, key, authID, body string
	}{
		{"POST", "/api/webhook", "", "", `[]`},
		{"POST", "/api/webhook", "", f.authID + "x", `[{"contentId":"` + person + `"}]`},
		{"POST", "/api/webhook", "", f.authID, `[{"contentId":"` + person + `","tenantId":"` + person + `"}]`},
		{"POST", "/api/webhook", "", f.authID, person},
		{"GET", "/api/v1/events?userIds=" + person, f.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/events?resultSize=" + person, f.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/events/" + person, f.host.FunctionKey(), "", ""},
		{"GET", "/api/v1/" + person, "wrong" + f.host.FunctionKey(), "", ""},
	} {
		devtest.Send(t, call.method, f.host.URL()+call.path, strings.NewReader(call.body),
			"x-functions-key", call.key, "Webhook-AuthID", call.authID)
	}
}

// secrets returns the texts that no log may contain.
func (f *fixture) secrets(t *testing.T) []string {
	t.Helper()
	return append(ingesttest.People(t, f.tenant, f.now()), "Bearer ", "AccountKey", azurite.AccountKey,
		f.tenant.ClientSecret(), f.authID, f.host.FunctionKey(), f.host.MasterKey())
}
