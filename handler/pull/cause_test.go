package pull_test

import (
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
)

// What keeps labeltrail from reading a tenant is mostly for an administrator
// to put right, so the status has to say it in their words.
func TestTheStatusNamesTheCause(t *testing.T) {
	for name, test := range map[string]struct {
		tenant     tenant.Config
		credential feed.CredentialConfig
		code, word string
	}{
		"no permission":  {tenant: tenant.Config{WithoutRole: true}, code: "AF10001", word: "ActivityFeed.Read"},
		"auditing off":   {tenant: tenant.Config{AuditingOff: true}, code: "", word: "audit"},
		"wrong secret":   {credential: feed.CredentialConfig{ClientSecret: "wrong"}, code: "AADSTS7000215", word: "secret"},
		"unknown client": {credential: feed.CredentialConfig{ClientID: "99999999-9999-4999-8999-999999999999"}, code: "AADSTS700016", word: "application"},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t, test.tenant)
			w.UseCredential(t, test.credential)
			run, err := newJob(t, w).Tick(t.Context())
			if err == nil {
				t.Fatal("the tick reports success")
			}
			st := status(t, w)
			if run.Error == nil || st.LastError == nil {
				t.Fatalf("run error %v, last error %v", run.Error, st.LastError)
			}
			if *st.LastError != *run.Error {
				t.Errorf("last error %v, run error %v", st.LastError, run.Error)
			}
			if test.code != "" && run.Error.Code != test.code {
				t.Errorf("code %q, want %q", run.Error.Code, test.code)
			}
			if !strings.Contains(run.Error.Message, test.word) {
				t.Errorf("message %q does not speak of %q", run.Error.Message, test.word)
			}
			if len(run.Error.Message) < 20 {
				t.Errorf("message %q is of no use", run.Error.Message)
			}
		})
	}
}
