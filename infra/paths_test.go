package infra

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/settings"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

var (
	// block matches a block of commands in a page.
	block       = regexp.MustCompile("(?s)```sh\n(.*?)```")
	envSet      = regexp.MustCompile(`(?m)^azd env set (\S+) (.+?)$`)
	placeholder = regexp.MustCompile(`<([^>]*)>`)
)

// fill replaces each <placeholder> by a value.
func fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if strings.Contains(p, "id") {
			return "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90"
		}
		return "x"
	})
}

// The variables that each way of deploying sets become, through Bicep, settings
// that the handler accepts.
func TestDeployPaths(t *testing.T) {
	pair, err := cert.NewLoopback(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certificate := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(certificate, slices.Concat(pair.CertificatePEM, pair.KeyPEM), 0o600); err != nil {
		t.Fatal(err)
	}
	clouds := map[string]bool{}
	paths := 0
	for _, commands := range block.FindAllStringSubmatch(readText(t, "../docs/deploy.md"), -1) {
		values := map[string]string{
			"tenantId": "11111111-2222-3333-4444-555555555555", "identity.outputs.clientId": "22222222-2222-3333-4444-555555555555",
			"identityClientId": "22222222-2222-3333-4444-555555555555", "insightsConnection": "x", "webhook": "false",
		}
		for _, property := range []string{"blob", "queue", "table"} {
			values["hostStorage."+property], values["dataStorage."+property] = "https://x.example/", "https://x.example/"
		}
		set := envSet.FindAllStringSubmatch(commands[1], -1)
		for _, m := range set {
			values[parameterOf(t, m[1])] = strings.ReplaceAll(fill(m[2]), "/x/x", certificate)
		}
		if len(set) == 0 {
			continue
		}
		paths++
		env := deployedSettings(t, values)
		for name, value := range env {
			if strings.HasPrefix(value, "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/x)") {
				env[name] = "the secret that the platform reads"
			}
		}
		h, faults := settings.LoadHandler(func(name string) string { return env[name] })
		if len(faults) > 0 {
			t.Errorf("%s\ngives %q", commands[1], faults)
		}
		clouds[h.Cloud.Name] = true
	}
	if paths < 6 || len(clouds) != 4 {
		t.Errorf("%d paths to clouds %v: does this test read docs/deploy.md?", paths, clouds)
	}
}

// parameterOf returns the parameter that azd sets from a variable.
func parameterOf(t *testing.T, name string) string {
	t.Helper()
	for _, p := range files(t)["main.bicep"].Params {
		if variable(p.Name) == name && !withoutVariable[p.Name] {
			return p.Name
		}
	}
	t.Errorf("no parameter for %s", name)
	return name
}

// commandLines are the variables of the command line, labeltrail search.
var commandLines = []string{"LABELTRAIL_URL", "LABELTRAIL_KEY", "LABELTRAIL_AUDIENCE"}

// pages are the documents for users.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../docs/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	return append(found, "../README.md", "README.md")
}

// The documents name only variables, outputs and ids that exist, and explain
// every alert.
func TestDocsNames(t *testing.T) {
	for _, path := range pages(t) {
		text := readText(t, path)
		for _, m := range regexp.MustCompile(`LABELTRAIL_[A-Z_]+`).FindAllString(text, -1) {
			if !slices.Contains(commandLines, m) {
				parameterOf(t, m)
			}
		}
		for _, m := range regexp.MustCompile(`azd env get-value (\w+)`).FindAllStringSubmatch(text, -1) {
			if infratest.Find(files(t)["main.bicep"].Outputs, m[1]) == nil {
				t.Errorf("%s: main.bicep has no output %s", path, m[1])
			}
		}
	}
	for _, id := range []string{apiApplication, activityFeedRead} {
		if !strings.Contains(readText(t, "../docs/deploy.md"), id) {
			t.Errorf("docs/deploy.md does not have %s", id)
		}
	}
	for _, r := range rules(t) {
		if !strings.Contains(readText(t, "../docs/operate.md"), "| `"+r.name+"` | ") {
			t.Errorf("docs/operate.md does not say what %s means", r.name)
		}
	}
}

// assignment matches NAME=value on a command line, in quotes or without.
var assignment = regexp.MustCompile(`\s(?:"([A-Z]\w+)=([^"]*)"|([A-Z]\w+)=(\S+))`)

func TestPremiumSettings(t *testing.T) {
	_, section, found := strings.Cut(readText(t, "../docs/deploy.md"), "## Functions Premium\n")
	section, _, _ = strings.Cut(section, "\n## ")
	known := append(slices.Clone(hostSettings), "FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE")
	for _, s := range settings.Table() {
		known = append(known, s.Name)
	}
	env := map[string]string{}
	for _, m := range assignment.FindAllStringSubmatch(fill(section), -1) {
		name, value := m[1]+m[3], m[2]+m[4]
		if !slices.Contains(known, name) {
			t.Errorf("nothing reads %s", name)
		}
		env[name] = value
	}
	if _, faults := settings.LoadHandler(func(name string) string { return env[name] }); !found || len(faults) > 0 {
		t.Errorf("settings %v: %q", env, faults)
	}
	if env["PULL_SCHEDULE"] == "" {
		t.Error("no PULL_SCHEDULE: the function would be in error")
	}
	if env["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == "" || !strings.Contains(section, " --app-insights ") {
		t.Error("its logs do not go to the workspace of the alerts")
	}
}

// The staged app runs with the sample settings, as `func start` would run it.
func TestSampleSettingsRun(t *testing.T) {
	t.Parallel()
	simulated := tenant.New(tenant.Config{Now: time.Now, Events: 60, Contents: 6, NoiseShare: 0.5})
	if err := simulated.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { simulated.Close() })
	var sample struct {
		IsEncrypted bool
		Values      map[string]string
	}
	readJSON(t, "../local.settings.sample.json", &sample)
	maps.Copy(sample.Values, map[string]string{
		"AzureWebJobsStorage": pool.ConnectionString(t), // instead of the usual ports of Azurite
		"TENANT_ID":           simulated.TenantID(), "MANAGEMENT_API_URL": simulated.URL(), "AZURE_AUTHORITY_HOST": simulated.URL(),
		"MANAGEMENT_API_CLIENT_ID": simulated.ClientID(), "MANAGEMENT_API_CLIENT_SECRET": simulated.ClientSecret(),
		"SSL_CERT_FILE": certificates(t, simulated.CACertPEM()),
	})
	// Another process stages the app, as for azd. A program that this process
	// wrote cannot start while a child still holds it open.
	in := &installation{dist: filepath.Join(t.TempDir(), "dist")}
	if err := stage(t.Context(), in.dist); err != nil {
		t.Fatal(err)
	}
	writeJSON(t, filepath.Join(in.dist, "local.settings.json"), sample)
	var err error
	if in.Host, err = host.Start(t.Context(), host.Config{Root: in.dist, TimersOff: true, OnLine: in.line}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	if result, err := in.Invoke(t.Context(), "pull"); err != nil || result.Err != nil {
		t.Errorf("pull: %+v, %v\n%s", result, err, strings.Join(in.log(), "\n"))
	}
	if code, body := in.ask(t, http.MethodGet, "/api/v1/events?startDate=-8d"); code != http.StatusOK {
		t.Errorf("events: %d %s", code, body)
	}
}
