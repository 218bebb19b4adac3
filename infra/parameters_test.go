package infra

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/infra/infratest"
)

// withoutVariable are the parameters that azd must not set.
var withoutVariable = map[string]bool{"webhookAuthIdSeed": true}

var camelHump = regexp.MustCompile(`([a-z])([A-Z])`)

// variable returns the variable of the azd environment for a parameter. azd also
// reads the environment of its process, so only its own two variables have names
// that other programs may use.
func variable(parameter string) string {
	switch parameter {
	case "environmentName":
		return "AZURE_ENV_NAME"
	case "location":
		return "AZURE_LOCATION"
	}
	return "LABELTRAIL_" + strings.ToUpper(camelHump.ReplaceAllString(parameter, "${1}_$2"))
}

// Each parameter is a variable of the azd environment. Text with a default has it
// in both files: older releases of azd pass an empty text for an unset variable.
func TestParametersFile(t *testing.T) {
	var file struct {
		Parameters map[string]struct{ Value string }
	}
	readJSON(t, "main.parameters.json", &file)
	got := map[string]string{}
	for name, p := range file.Parameters {
		got[name] = p.Value
	}
	want := map[string]string{}
	for _, p := range files(t)["main.bicep"].Params {
		if !withoutVariable[p.Name] {
			want[p.Name] = "${" + variable(p.Name) + orDefault(p) + "}"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("main.parameters.json (-want +got):\n%s", diff)
	}
}

func orDefault(p *infratest.Declaration) string {
	if p.Value == nil || p.Value.Type != "string" || p.Value.Literal() == "" {
		return ""
	}
	return "=" + p.Value.Literal()
}

// Each parameter has a description, and all but three have a default.
func TestParameters(t *testing.T) {
	var asked []string
	for _, p := range files(t)["main.bicep"].Params {
		if len(p.Decorators["description"].Literal()) < 20 {
			t.Errorf("%s has no description", p.Name)
		}
		if p.Value == nil {
			asked = append(asked, p.Name)
		}
	}
	if diff := cmp.Diff([]string{"environmentName", "location", "alertEmail"}, asked); diff != "" {
		t.Errorf("parameters that azd must ask for (-want +got):\n%s", diff)
	}
}

func TestSafeDefaults(t *testing.T) {
	for name, want := range map[string]string{"webhook": "false", "wormDays": "0", "rawRetentionDays": "0", "retentionDays": "0", "allowedIpRanges": "''"} {
		p := infratest.Find(files(t)["main.bicep"].Params, name)
		if p == nil || p.Value.Source() != want {
			t.Errorf("%s is %q, want %s", name, p.Value.Source(), want)
		}
	}
}

// docs/deploy.md is where an administrator looks for what can be set.
func TestDocsListEachVariable(t *testing.T) {
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(LABELTRAIL_[A-Z_]+)` \\|").FindAllStringSubmatch(readText(t, "../docs/deploy.md"), -1) {
		listed[m[1]] = true
	}
	want := map[string]bool{}
	for _, p := range files(t)["main.bicep"].Params {
		if name := variable(p.Name); !withoutVariable[p.Name] && strings.HasPrefix(name, "LABELTRAIL_") {
			want[name] = true
		}
	}
	if diff := cmp.Diff(want, listed); diff != "" {
		t.Errorf("the table of variables in docs/deploy.md (-want +got):\n%s", diff)
	}
}

// Raw content must be kept longer than a WORM policy protects it.
func TestRawRetentionExceedsWORM(t *testing.T) {
	checked := infratest.Find(files(t)["main.bicep"].Vars, "checkedRawRetentionDays")
	if checked == nil || !strings.Contains(checked.Value.Source(), "rawRetentionDays <= wormDays") || !strings.Contains(checked.Value.Source(), "fail(") {
		t.Fatal("a rawRetentionDays of at most wormDays is accepted")
	}
	storage := infratest.Find(files(t)["main.bicep"].Modules, "storage")
	if got := storage.Value.Property("params", "rawRetentionDays").Source(); got != "checkedRawRetentionDays" {
		t.Errorf("the storage module gets %s", got)
	}
}
