package infra

import (
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
	"github.com/labeltrail/labeltrail/handler/dev/devtest"
	"github.com/labeltrail/labeltrail/handler/dev/host"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

// deployedSettings returns the app settings that Bicep sets if only these values
// are given, by parameter or expression. Empty settings are left out, as in
// app.bicep.
func deployedSettings(t *testing.T, values map[string]string) map[string]string {
	t.Helper()
	env := map[string]string{}
	for _, p := range appSettings(t) {
		if value := evaluate(t, p.Value, values); value != "" {
			env[p.Name] = value
		}
	}
	return env
}

// evaluate returns the value of an expression: the one in values, a literal, the
// default of a parameter, or the chosen branch of a condition.
func evaluate(t *testing.T, n *infratest.Node, values map[string]string) string {
	t.Helper()
	if value, given := values[n.Text]; given {
		return value
	}
	switch n.Type {
	case "string", "number", "boolean":
		text := n.Literal()
		if text == "" && n.Text != "''" {
			text = strings.Trim(n.Text, "'")
			for _, part := range n.All("interpolation") {
				text = strings.ReplaceAll(text, part.Text, evaluate(t, part.Children[0], values))
			}
		}
		return text
	case "identifier":
		if p := infratest.Find(files(t)["main.bicep"].Params, n.Text); p != nil && p.Value != nil {
			return evaluate(t, p.Value, values)
		}
	case "call_expression":
		if n.Children[0].Text == "string" {
			return evaluate(t, n.Children[1].Children[0], values)
		}
	case "ternary_expression":
		holds := false
		if call := n.Children[0]; call.Type == "call_expression" && call.Children[0].Text == "empty" {
			holds = evaluate(t, call.Children[1].Children[0], values) == ""
		} else {
			holds = evaluate(t, n.Children[0], values) == "true"
		}
		if holds {
			return evaluate(t, n.Children[1], values)
		}
		return evaluate(t, n.Children[2], values)
	}
	t.Fatalf("line %d: cannot evaluate %s", n.Line, n.Text)
	return ""
}

// An installation is the deployed app on stand-ins for the platform, which accept
// only tokens of the managed identity.
type installation struct {
	*host.Host
	tenant *tenant.Tenant
	dist   string

	mu    sync.Mutex
	lines []string // of the handler
}

func install(t *testing.T) *installation {
	t.Helper()
	storage, err := azurite.Start(t.Context(), azurite.Options{OAuth: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { storage.Close() })
	in := &installation{dist: dist(t), tenant: tenant.New(tenant.Config{Now: time.Now, Events: 60, Contents: 6, NoiseShare: 0.5})}
	if err := in.tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.tenant.Close() })
	env := deployedSettings(t, map[string]string{
		"tenantId": in.tenant.TenantID(), "managementApiUrl": in.tenant.URL(),
		"identity.outputs.clientId": in.tenant.ManagedIdentityID(), "identityClientId": in.tenant.ManagedIdentityID(),
		// Endpoints of an account end with a slash in Azure.
		"dataStorage.blob": storage.BlobURL + "/", "dataStorage.table": storage.TableURL + "/",
		"hostStorage.blob": "https://host.example/", "hostStorage.queue": "https://host.example/", "hostStorage.table": "https://host.example/",
		"webhook": "false", "insightsConnection": "InstrumentationKey=00000000-0000-0000-0000-000000000000",
	})
	maps.Copy(env, map[string]string{ // set by the platform
		"IDENTITY_ENDPOINT": in.tenant.IdentityEndpoint(), "IDENTITY_HEADER": in.tenant.IdentityHeader(),
		"SSL_CERT_FILE": certificates(t, in.tenant.CACertPEM(), storage.CAPEM()),
	})
	if in.Host, err = host.Start(t.Context(), host.Config{Root: in.dist, Env: env, TimersOff: true, OnLine: in.line}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func certificates(t *testing.T, authorities ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(path, slices.Concat(authorities...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (in *installation) line(_ bool, line string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.lines = append(in.lines, line)
}

// log returns the lines that the handler has written.
func (in *installation) log() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.lines)
}

// ask sends a request with the function key.
func (in *installation) ask(t *testing.T, method, path string) (int, string) {
	t.Helper()
	response, body := devtest.Send(t, method, in.URL()+path, nil, "x-functions-key", in.FunctionKey())
	return response.StatusCode, body
}

// The app as azd packs it and Bicep configures it runs, and reads and writes with
// only the managed identity.
func TestDeployedApp(t *testing.T) {
	t.Parallel()
	in := install(t)
	before := digests(t, in.dist)
	if result, err := in.Invoke(t.Context(), "pull"); err != nil || result.Err != nil {
		t.Fatalf("pull: %+v, %v\n%s", result, err, strings.Join(in.log(), "\n"))
	}
	code, body := in.ask(t, http.MethodGet, "/api/v1/status")
	var status struct {
		TenantID, Version string
		Faults            []string
		CompleteThrough   time.Time
	}
	if err := json.Unmarshal([]byte(body), &status); err != nil || code != http.StatusOK {
		t.Fatalf("status: %d %s", code, body)
	}
	if status.TenantID != in.tenant.TenantID() || len(status.Faults) > 0 || time.Since(status.CompleteThrough) > time.Minute {
		t.Errorf("status: %s", body)
	}
	if code, body := in.ask(t, http.MethodGet, "/api/v1/events?startDate=-8d&resultSize=1"); code != http.StatusOK || !strings.Contains(body, `"Id"`) {
		t.Errorf("events: %d %s", code, body)
	}
	if code, _ := in.ask(t, http.MethodPost, "/api/webhook"); code != http.StatusNotFound {
		t.Errorf("the webhook is off and answers %d", code)
	}
	for _, r := range rules(t) {
		if r.fires(in.log()) {
			t.Errorf("%s fires on\n%s", r.name, strings.Join(in.log(), "\n"))
		}
	}
	// The platform mounts the package read-only.
	if diff := cmp.Diff(before, digests(t, in.dist)); diff != "" {
		t.Errorf("the app changed its own folder (-before +after):\n%s", diff)
	}
}

// If settings are invalid, no log line says "pull", so the alert on silence fires.
func TestInvalidSettingsAreSilent(t *testing.T) {
	t.Parallel()
	in := &installation{}
	env := map[string]string{"PULL_SCHEDULE": "0 */5 * * * *", "TENANT_ID": "contoso.onmicrosoft.com"}
	var err error
	if in.Host, err = host.Start(t.Context(), host.Config{Root: dist(t), Env: env, TimersOff: true, OnLine: in.line}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	if result, err := in.Invoke(t.Context(), "pull"); err != nil || result.Err == nil {
		t.Fatalf("pull: %+v, %v, want a failure", result, err)
	}
	if len(in.log()) == 0 {
		t.Fatal("precondition: the handler logs nothing")
	}
	for _, r := range rules(t) {
		if fires := r.fires(in.log()); fires != (r.name == "pull-silent") {
			t.Errorf("%s fires: %t", r.name, fires)
		}
	}
}

// digests returns the SHA-256 of each file in a folder.
func digests(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	sums := map[string][32]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		sums[path] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}
