package infra

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/infra/infratest"
)

// roles are all roles of the app's identity, with the ids from Microsoft's list
// ("Azure built-in roles") and the resource that each is granted on.
var roles = map[string]struct{ id, scope string }{
	"Storage Blob Data Owner":        {"b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "host"},
	"Storage Blob Data Contributor":  {"ba92f5b4-2d11-453d-a403-e96b0029c9fe", "raw"},
	"Storage Table Data Contributor": {"0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "data"},
	"Monitoring Metrics Publisher":   {"3913510d-42f4-4e42-8a64-420c390055eb", "insights"},
	"Key Vault Secrets User":         {"4633458b-17de-408a-b874-0445c86b69e6", "vault"},
}

var guid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// Each role assignment has a comment that names the role and gives the reason.
func TestRoleAssignments(t *testing.T) {
	got := map[string]struct{ id, scope string }{}
	resources(t, "Microsoft.Authorization/roleAssignments@", func(f *infratest.File, r *infratest.Declaration) {
		name, reason, _ := strings.Cut(r.Comment, ":")
		name, _, _ = strings.Cut(name, " on ")
		if len(reason) < 30 {
			t.Errorf("%s:%d: no comment with role and reason", f.Name, r.Line)
		}
		definition := r.Value.Property("properties", "roleDefinitionId").Source()
		got[name] = struct{ id, scope string }{guid.FindString(definition), r.Value.Property("scope").Source()}
		if kind := r.Value.Property("properties", "principalType").Literal(); kind != "ServicePrincipal" {
			t.Errorf("%s:%d: principalType %q: Azure would not find a new identity", f.Name, r.Line, kind)
		}
		if principal := r.Value.Property("properties", "principalId").Source(); principal != "principalId" {
			t.Errorf("%s:%d: granted to %s", f.Name, r.Line, principal)
		}
	})
	if diff := cmp.Diff(roles, got, cmp.AllowUnexported(struct{ id, scope string }{})); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestStorageRejectsKeys(t *testing.T) {
	shared := infratest.Find(files(t)["storage.bicep"].Vars, "withoutKeys")
	for name, want := range map[string]string{
		"allowSharedKeyAccess": "false", "allowBlobPublicAccess": "false", "minimumTlsVersion": "TLS1_2", "supportsHttpsTrafficOnly": "true",
	} {
		if got := shared.Value.Property(name).Literal(); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	resources(t, "Microsoft.Storage/storageAccounts@", func(f *infratest.File, r *infratest.Declaration) {
		properties := r.Value.Property("properties")
		if !strings.Contains(properties.Source(), "withoutKeys") {
			t.Errorf("%s:%d: %s does not use withoutKeys", f.Name, r.Line, r.Name)
		}
		for _, p := range properties.Properties() {
			if shared.Value.Property(p.Name) != nil {
				t.Errorf("%s:%d: %s overrides %s", f.Name, r.Line, r.Name, p.Name)
			}
		}
	})
}

func TestLogsRejectKeys(t *testing.T) {
	monitoring := files(t)["monitoring.bicep"]
	insights, workspace := infratest.Find(monitoring.Resources, "insights"), infratest.Find(monitoring.Resources, "workspace")
	if insights.Value.Property("properties", "DisableLocalAuth").Literal() != "true" {
		t.Error("anyone with the connection string can write logs")
	}
	if workspace.Value.Property("properties", "features", "disableLocalAuth").Literal() != "true" {
		t.Error("the workspace has keys")
	}
	if how := appSetting(t, "APPLICATIONINSIGHTS_AUTHENTICATION_STRING").Source(); how != "'ClientId=${identityClientId};Authorization=AAD'" {
		t.Errorf("the host sends logs by %s", how)
	}
}

// leaks matches expressions that put a secret into an output, a setting or the
// history of deployments.
var leaks = regexp.MustCompile(`(?i)listKeys|listSecrets|AccountKey|SharedAccessSignature|primaryKey|sharedKey\b|password\b.*:`)

func TestNoSecretLeaks(t *testing.T) {
	for _, f := range files(t) {
		for _, line := range strings.Split(f.Tree.Text, "\n") {
			if code, _, _ := strings.Cut(line, "//"); leaks.MatchString(code) && !strings.Contains(code, "allowSharedKeyAccess") {
				t.Errorf("%s: %s", f.Name, strings.TrimSpace(line))
			}
		}
		checkSecure(t, f)
	}
}

// checkSecure checks the uses of the secure parameters of a file: each is passed
// to another secure parameter or to a secret of a vault, and nowhere else.
func checkSecure(t *testing.T, f *infratest.File) {
	t.Helper()
	for _, p := range f.Params {
		if _, secure := p.Decorators["secure"]; !secure {
			continue
		}
		uses := 0
		for _, name := range usedNames(f.Tree) {
			if name == p.Name {
				uses++
			}
		}
		good := 0
		for _, m := range f.Modules {
			for _, argument := range m.Value.Property("params").Properties() {
				_, secure := infratest.Find(files(t)[m.Of].Params, argument.Name).Decorators["secure"]
				if argument.Value.Source() == p.Name && secure {
					good++
				}
			}
		}
		for _, r := range f.Resources {
			if strings.HasPrefix(r.Of, "Microsoft.KeyVault/vaults/secrets@") && r.Value.Property("properties", "value").Source() == p.Name {
				good++
			}
		}
		if uses == 0 || uses != good {
			t.Errorf("%s: %s is used %d times, %d of them safely", f.Name, p.Name, uses, good)
		}
	}
}

// The secret of the webhook is created once, and the app gets only a reference.
func TestWebhookSecret(t *testing.T) {
	secret := infratest.Find(files(t)["webhook.bicep"].Resources, "secret")
	if _, once := secret.Decorators["onlyIfNotExists"]; !once {
		t.Error("the secret changes with every deployment")
	}
	seed := infratest.Find(files(t)["main.bicep"].Params, "webhookAuthIdSeed")
	if seed.Value.Source() != "'${newGuid()}-${newGuid()}'" {
		t.Errorf("the seed is %s", seed.Value.Source())
	}
	const reference = "'@Microsoft.KeyVault(VaultName=${vaultName};SecretName=${webhookAuthIdName})'"
	if given := appSetting(t, "WEBHOOK_AUTH_ID").Source(); given != "webhook ? "+reference+" : ''" {
		t.Errorf("WEBHOOK_AUTH_ID is %s", given)
	}
}

// Microsoft's notifier reaches the webhook through IP restrictions and sign-in.
func TestWebhookAccess(t *testing.T) {
	app := files(t)["app.bicep"]
	notifier := infratest.Find(app.Vars, "notifier").Value
	for name, want := range map[string]string{"action": "Allow", "tag": "ServiceTag", "ipAddress": "M365ManagementActivityApiWebhook"} {
		if got := notifier.Property(name).Literal(); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	signIn := infratest.Find(app.Resources, "signIn").Value.Property("properties", "globalValidation")
	var webhook struct{ Bindings []struct{ Route string } }
	readJSON(t, "../functions/webhook/function.json", &webhook)
	if got, want := signIn.Property("excludedPaths").Source(), "['/api/"+webhook.Bindings[0].Route+"']"; got != want {
		t.Errorf("sign-in excludes %s, want %s", got, want)
	}
	if url := appSetting(t, "WEBHOOK_URL").Source(); !strings.Contains(url, "/api/"+webhook.Bindings[0].Route) {
		t.Errorf("WEBHOOK_URL is %s", url)
	}
}
