package infra

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/infra/infratest"
)

// A hook of azure.yaml, for each kind of system.
type hook struct {
	Posix, Windows struct {
		Shell, Run  string
		Interactive bool
	}
}

// project is azure.yaml as azd reads it.
type project struct {
	Name             string
	RequiredVersions struct{ Azd string }
	Infra            struct{ Provider, Path, Module string }
	Hooks            map[string]hook
	Services         map[string]struct {
		Project, Host, Language, Dist string
		RemoteBuild                   *bool
		Hooks                         map[string]hook
	}
}

func azureYAML(t *testing.T) project {
	t.Helper()
	var p project
	if err := infratest.ReadYAML(t.Context(), "../azure.yaml", &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAzdDeploysTheApp(t *testing.T) {
	p := azureYAML(t)
	if p.Name == "" || p.Infra.Provider != "bicep" || p.RequiredVersions.Azd != ">= 1.22.0" {
		t.Errorf("%+v", p)
	}
	if _, err := os.Stat(filepath.Join("..", p.Infra.Path, p.Infra.Module+".bicep")); err != nil {
		t.Error(err)
	}
	site := infratest.Find(files(t)["app.bicep"].Resources, "site")
	service, found := p.Services[tag(site, "azd-service-name")]
	if !found || len(p.Services) != 1 {
		t.Fatalf("services %v, the app is tagged %q", p.Services, tag(site, "azd-service-name"))
	}
	// For the language custom, azd builds nothing and zips dist unchanged. The
	// language go is for another kind of worker.
	if service.Host != "function" || service.Language != "custom" || service.Project != "." || service.Dist != "./dist" {
		t.Errorf("service %+v", service)
	}
	if service.RemoteBuild != nil && *service.RemoteBuild {
		t.Error("the platform would try to build the app again")
	}
	// azd does not even load azure.yaml unless this is on.
	if !strings.Contains(readText(t, "../README.md"), "\nazd config set alpha.language.custom on\n") {
		t.Error("README.md does not turn on the language custom of azd")
	}
	stage := service.Hooks["prepackage"]
	want := hook{}
	want.Posix.Shell, want.Windows.Shell = "sh", "pwsh"
	want.Posix.Run, want.Windows.Run = "go run ./infra/package", "go run ./infra/package"
	if diff := cmp.Diff(want, stage); diff != "" {
		t.Errorf("prepackage (-want +got):\n%s", diff)
	}
	if !strings.Contains(readText(t, "package/main.go"), `flag.String("o", "dist",`) {
		t.Error("azd packs another folder than the program stages")
	}
}

// tag returns the value of a tag of a resource, or "".
func tag(r *infratest.Declaration, name string) string {
	return r.Value.Property("tags").Property(name).Literal()
}

// azd finds its resources by their tag.
func TestAzdTags(t *testing.T) {
	tags := infratest.Find(files(t)["main.bicep"].Vars, "tags")
	if tags.Value.Property("azd-env-name").Source() != "environmentName" {
		t.Error("main.bicep: no tag azd-env-name")
	}
	taggable := []string{"resourceGroups@", "userAssignedIdentities@", "storageAccounts@", "sites@", "serverfarms@", "vaults@",
		"workspaces@", "components@", "actionGroups@", "scheduledQueryRules@"}
	for _, kind := range taggable {
		for _, f := range files(t) {
			for _, r := range f.Resources {
				if strings.Contains(r.Of, "/"+kind) && !strings.Contains(r.Value.Property("tags").Source(), "tags") {
					t.Errorf("%s:%d: %s is not tagged", f.Name, r.Line, r.Name)
				}
			}
		}
	}
}

// environment matches the variables that a script reads, by its extension.
var environment = map[string]*regexp.Regexp{
	".sh":  regexp.MustCompile(`[^\\]\$\{?([A-Z][A-Z_]+)`),
	".ps1": regexp.MustCompile(`\$env:([A-Z][A-Z_]+)`),
}

// The hooks read only variables that are outputs of main.bicep.
func TestHookVariables(t *testing.T) {
	p := azureYAML(t).Hooks["postprovision"]
	if p.Posix.Shell != "sh" || p.Windows.Shell != "pwsh" {
		t.Errorf("%+v", p)
	}
	if !p.Posix.Interactive || !p.Windows.Interactive {
		t.Error("azd clears the output of the hook from the screen")
	}
	var read [][]string
	for _, script := range []string{p.Posix.Run, p.Windows.Run} {
		var names []string
		for _, m := range environment[filepath.Ext(script)].FindAllStringSubmatch(readText(t, filepath.Join("..", script)), -1) {
			if infratest.Find(files(t)["main.bicep"].Outputs, m[1]) == nil {
				t.Errorf("%s reads %s, which is not an output of main.bicep", script, m[1])
			}
			names = append(names, m[1])
		}
		slices.Sort(names)
		read = append(read, slices.Compact(names))
	}
	if diff := cmp.Diff(read[0], read[1]); diff != "" {
		t.Errorf("the hooks read different variables (-sh +pwsh):\n%s", diff)
	}
}
