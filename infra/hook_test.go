package infra

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	hookTenant   = "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90"
	hookIdentity = "22222222-bbbb-4bbb-8bbb-222222222222"
	created      = "11111111-aaaa-4aaa-8aaa-111111111111" // by testdata/az
	theAPI       = "33333333-cccc-4ccc-8ccc-333333333333"

	// Office 365 Management APIs and its role ActivityFeed.Read, as documented.
	apiApplication   = "c5393580-f805-4401-95e8-94b7a6ef2fc2"
	activityFeedRead = "594c1fb6-4f81-4475-ae41-0c394909246c"
)

// A directory is the simulated tenant of testdata/az, as files.
type directory struct{ dir string }

func newDirectory(t *testing.T, content map[string]string) directory {
	t.Helper()
	d := directory{t.TempDir()}
	d.write(t, map[string]string{"tenant": hookTenant, "graph": "https://graph.microsoft.com/"})
	d.write(t, content)
	return d
}

func (d directory) write(t *testing.T, content map[string]string) {
	t.Helper()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func (d directory) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// calls returns the calls of az since the last time.
func (d directory) calls() []string {
	data, err := os.ReadFile(filepath.Join(d.dir, "calls"))
	if err != nil {
		return nil
	}
	_ = os.Remove(filepath.Join(d.dir, "calls"))
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// changes returns the calls since the last time that change something.
func (d directory) changes() []string {
	return slices.DeleteFunc(d.calls(), func(call string) bool {
		return !strings.Contains(call, " create ") && !strings.Contains(call, "post")
	})
}

// body returns the body that was posted, or nil.
func (d directory) body(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(d.dir, "body"))
	if err != nil {
		return nil
	}
	var body map[string]string
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return body
}

// environ returns the environment that azd gives to the hook.
func (d directory) environ(t *testing.T) []string {
	t.Helper()
	here, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return append(os.Environ(), "AZ="+d.dir, "PATH="+here+string(os.PathListSeparator)+os.Getenv("PATH"),
		"AZURE_TENANT_ID="+hookTenant, "AZURE_RESOURCE_GROUP=rg-labeltrail-prod", "FUNCTION_APP_NAME=labeltrail-x",
		"FUNCTION_APP_URL=https://labeltrail-x.azurewebsites.net", "IDENTITY_PRINCIPAL_ID="+hookIdentity,
		"MANAGEMENT_API_CLIENT_ID=")
}

// runHook runs the hook in a shell, in another folder, and returns its output.
// The hook must always succeed.
func (d directory) runHook(t *testing.T, shell string, environ ...string) string {
	t.Helper()
	script, err := filepath.Abs(map[string]string{"sh": "hooks/postprovision.sh", "pwsh": "hooks/postprovision.ps1"}[shell])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell, script)
	cmd.Dir, cmd.Env = t.TempDir(), append(d.environ(t), environ...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	for _, said := range []string{
		"https://labeltrail-x.azurewebsites.net/api/v1/status",
		"az functionapp keys list --resource-group rg-labeltrail-prod --name labeltrail-x --query functionKeys.default",
		"x-functions-key", "/api/v1/events?startDate=-7d",
	} {
		if !strings.Contains(string(out), said) {
			t.Errorf("%s does not print %q:\n%s", shell, said, out)
		}
	}
	return string(out)
}

// eachShell runs a test with each shell that is installed.
func eachShell(t *testing.T, test func(t *testing.T, shell string)) {
	for _, shell := range []string{"sh", "pwsh"} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("no %s on PATH", shell)
			}
			test(t, shell)
		})
	}
}

var wantBody = map[string]string{"principalId": hookIdentity, "resourceId": theAPI, "appRoleId": activityFeedRead}

func TestHookGrantsOnce(t *testing.T) {
	eachShell(t, func(t *testing.T, shell string) {
		d := newDirectory(t, map[string]string{"principal": theAPI})
		out := d.runHook(t, shell)
		if !strings.Contains(out, "may now read audit events") || strings.Contains(out, "ONE STEP IS LEFT") {
			t.Errorf("it prints:\n%s", out)
		}
		if diff := cmp.Diff(wantBody, d.body(t)); diff != "" {
			t.Errorf("posted (-want +got):\n%s", diff)
		}
		calls := d.calls()
		post := calls[len(calls)-1]
		if !strings.Contains(post, "https://graph.microsoft.com/v1.0/servicePrincipals/"+hookIdentity+"/appRoleAssignments ") {
			t.Errorf("posted by %s", post)
		}
		if !slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, "appId eq '"+apiApplication+"'") }) {
			t.Errorf("no call looks for the API: %q", calls)
		}
		if out := d.runHook(t, shell); !strings.Contains(out, "already") {
			t.Errorf("the second run prints:\n%s", out)
		}
		if changes := d.changes(); len(changes) > 0 {
			t.Errorf("the second run changes something: %q", changes)
		}
	})
}

func TestHookCreatesPrincipal(t *testing.T) {
	eachShell(t, func(t *testing.T, shell string) {
		d := newDirectory(t, nil)
		d.runHook(t, shell)
		if changes := d.changes(); len(changes) != 2 || !strings.HasPrefix(changes[0], "ad sp create --id "+apiApplication+" ") {
			t.Errorf("changes %q", changes)
		}
		if got := d.body(t)["resourceId"]; got != created {
			t.Errorf("the role belongs to %s, want %s", got, created)
		}
	})
}

// The hook uses Microsoft Graph of the cloud that az is signed in to.
func TestHookCloud(t *testing.T) {
	eachShell(t, func(t *testing.T, shell string) {
		d := newDirectory(t, map[string]string{"principal": theAPI, "graph": "https://graph.microsoft.us/"})
		d.runHook(t, shell)
		for _, call := range d.calls() {
			if strings.HasPrefix(call, "rest ") && !strings.Contains(call, "--url https://graph.microsoft.us/v1.0/") {
				t.Errorf("call %s", call)
			}
		}
	})
}

// If the hook cannot grant the role, it prints commands that an administrator can
// run.
func TestHookWithoutPermission(t *testing.T) {
	for name, content := range map[string]map[string]string{
		"the role cannot be granted":        {"denied": "", "principal": theAPI},
		"the principal cannot be created":   {"denied": ""},
		"az is signed in to another tenant": {"tenant": "99999999-9999-4999-8999-999999999999", "principal": theAPI},
		"az is not signed in":               {"signed out": "", "principal": theAPI},
	} {
		t.Run(name, func(t *testing.T) {
			eachShell(t, func(t *testing.T, shell string) {
				d := newDirectory(t, content)
				if _, out := content["signed out"]; out {
					d.remove(t, "tenant")
				}
				out := d.runHook(t, shell)
				if !strings.Contains(out, "ONE STEP IS LEFT") || !strings.Contains(out, "Privileged Role Administrator") || d.body(t) != nil {
					t.Errorf("posted %v, printed:\n%s", d.body(t), out)
				}
				d.asAdministrator(t, out)
			})
		})
	}
}

// asAdministrator runs the printed commands as somebody who may grant the role.
func (d directory) asAdministrator(t *testing.T, printed string) {
	t.Helper()
	_ = os.Remove(filepath.Join(d.dir, "denied"))
	d.write(t, map[string]string{"tenant": hookTenant})
	want := wantBody
	if _, err := os.Stat(filepath.Join(d.dir, "principal")); err != nil {
		want = map[string]string{"principalId": hookIdentity, "resourceId": created, "appRoleId": activityFeedRead}
	}
	commands := strings.Join(regexp.MustCompile(`(?m)^  (graph=|api=|az rest|  --).*`).FindAllString(printed, -1), "\n")
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	cmd.Env = d.environ(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, out)
	}
	if diff := cmp.Diff(want, d.body(t)); diff != "" {
		t.Errorf("the administrator posted (-want +got):\n%s", diff)
	}
}

func TestHookWithoutAz(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	bare := t.TempDir() // a PATH with everything the hook needs except az
	for _, tool := range []string{"cat", "mktemp", "rm"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bare, tool)); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("hooks/postprovision.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), sh, script)
	cmd.Env = append(newDirectory(t, nil).environ(t), "PATH="+bare)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ONE STEP IS LEFT") {
		t.Errorf("%v\n%s", err, out)
	}
}

// If an application reads the API, the hook changes nothing.
func TestHookWithApplication(t *testing.T) {
	eachShell(t, func(t *testing.T, shell string) {
		d := newDirectory(t, map[string]string{"principal": theAPI})
		const application = "44444444-dddd-4ddd-8ddd-444444444444"
		out := d.runHook(t, shell, "MANAGEMENT_API_CLIENT_ID="+application)
		if calls := d.calls(); len(calls) > 0 || !strings.Contains(out, application) {
			t.Errorf("calls %q, printed:\n%s", calls, out)
		}
	})
}

var (
	continued = regexp.MustCompile("(?m)\\s*[\\\\`]\n\\s*")
	azCall    = regexp.MustCompile(`\b(?:az|Call) ((?:account|cloud|ad|rest|functionapp) .*)`)
	// shellWords matches the syntax around a call, which differs by shell.
	shellWords = regexp.MustCompile(`env:|\|\| (?:return 1|status=\$\?)|\.TrimEnd\('/'\)|; graph=\S+|[\\\x60"'(){};]`)
)

// azCalls returns the calls of az in a script, run or printed, without the syntax
// of the shell.
func azCalls(t *testing.T, script string) []string {
	t.Helper()
	var calls []string
	text := continued.ReplaceAllString(readText(t, script), " ")
	for _, m := range azCall.FindAllStringSubmatch(text, -1) {
		call := strings.TrimSpace(shellWords.ReplaceAllString(m[1], ""))
		calls = append(calls, strings.Join(strings.Fields(call), " "))
	}
	slices.Sort(calls)
	return calls
}

// Both hooks make the same calls. This also holds where pwsh is not installed.
func TestHooksMakeTheSameCalls(t *testing.T) {
	posix, windows := azCalls(t, "hooks/postprovision.sh"), azCalls(t, "hooks/postprovision.ps1")
	if len(posix) != 11 {
		t.Errorf("%d calls: does this test read the script?", len(posix))
	}
	if diff := cmp.Diff(posix, windows); diff != "" {
		t.Errorf("(-sh +pwsh):\n%s", diff)
	}
}
