package infra

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/infra/infratest"
)

// The compiler checks types too. It is optional: most machines do not have it.
func TestBicepCompiles(t *testing.T) {
	compiler, err := exec.LookPath("bicep")
	if err != nil {
		t.Skip("no bicep on PATH; the other tests only parse the files")
	}
	cmd := exec.CommandContext(t.Context(), compiler, "build", "main.bicep", "--outfile", filepath.Join(t.TempDir(), "main.json"))
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "Warning") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestBicepModules(t *testing.T) {
	used := map[string]bool{"main.bicep": true}
	for _, f := range files(t) {
		for _, m := range f.Modules {
			used[m.Of] = true
			target := files(t)[m.Of]
			if target == nil {
				t.Errorf("%s:%d: no file %q", f.Name, m.Line, m.Of)
				continue
			}
			checkArguments(t, f, m, target)
		}
	}
	for name := range files(t) {
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
}

func checkArguments(t *testing.T, f *infratest.File, m *infratest.Declaration, target *infratest.File) {
	t.Helper()
	params := m.Value.Property("params")
	for _, p := range params.Properties() {
		if infratest.Find(target.Params, p.Name) == nil {
			t.Errorf("%s:%d: %s has no parameter %s", f.Name, m.Line, m.Of, p.Name)
		}
	}
	for _, p := range target.Params {
		if p.Value == nil && params.Property(p.Name) == nil {
			t.Errorf("%s:%d: %s gets no value for %s", f.Name, m.Line, m.Of, p.Name)
		}
	}
}

var moduleOutput = regexp.MustCompile(`\b(\w+)\.outputs\.(\w+)`)

func TestBicepOutputs(t *testing.T) {
	for _, f := range files(t) {
		for _, use := range moduleOutput.FindAllStringSubmatch(f.Tree.Text, -1) {
			m := infratest.Find(f.Modules, use[1])
			if m == nil || infratest.Find(files(t)[m.Of].Outputs, use[2]) == nil {
				t.Errorf("%s: no %s", f.Name, use[0])
			}
		}
	}
}

// builtIn are the functions and namespaces that the files use by a bare name.
var builtIn = []string{"fail", "newGuid", "tenant", "toLower", "uniqueString", "subscription", "empty", "string", "union", "guid",
	"subscriptionResourceId", "max", "concat", "environment", "items", "filter", "toObject", "map", "split", "trim",
	"description", "allowed", "minLength", "maxLength", "minValue", "maxValue", "secure", "onlyIfNotExists"}

// A grammar does not see undeclared names; this test does.
func TestBicepNames(t *testing.T) {
	for _, f := range files(t) {
		uses := map[string]int{}
		for _, name := range usedNames(f.Tree) {
			uses[name]++
		}
		declared := slices.Concat(f.Params, f.Vars, f.Outputs, f.Modules, f.Resources)
		locals := localNames(f.Tree)
		for name := range uses {
			if infratest.Find(declared, name) == nil && !slices.Contains(locals, name) && !slices.Contains(builtIn, name) {
				t.Errorf("%s: %q is not declared", f.Name, name)
			}
		}
		for _, d := range slices.Concat(f.Params, f.Vars) {
			if uses[d.Name] == 0 {
				t.Errorf("%s:%d: %s is not used", f.Name, d.Line, d.Name)
			}
		}
	}
}

// localNames returns the names that loops and lambdas declare.
func localNames(tree *infratest.Node) []string {
	var names []string
	for _, kind := range []string{"for_statement", "lambda_expression"} {
		for _, n := range tree.All(kind) {
			names = append(names, n.Children[0].Text)
		}
	}
	for _, kind := range []string{"loop_variable", "loop_enumerator"} {
		for _, n := range tree.All(kind) {
			names = append(names, n.Text)
		}
	}
	return names
}

// usedNames returns the identifiers that stand for a value or a function, without
// declarations and names of properties.
func usedNames(n *infratest.Node) []string {
	var names []string
	for i, child := range n.Children {
		names = append(names, usedNames(child)...)
		if child.Type != "identifier" {
			continue
		}
		declares := i == 0 && strings.HasSuffix(n.Type, "_declaration")
		property := i == 0 && n.Type == "object_property"
		if !declares && !property {
			names = append(names, child.Text)
		}
	}
	return names
}

func TestBicepHeadComments(t *testing.T) {
	for _, f := range files(t) {
		if f.Tree.Children[0].Type != "comment" {
			t.Errorf("%s does not begin with a comment", f.Name)
		}
	}
}

// Compiling fetches nothing.
func TestBicepIsSelfContained(t *testing.T) {
	for _, f := range files(t) {
		for _, m := range f.Modules {
			if strings.Contains(m.Of, ":") {
				t.Errorf("%s: the module %s comes from a registry", f.Name, m.Of)
			}
		}
		if strings.Contains(f.Tree.Text, "extension ") {
			t.Errorf("%s uses an extension", f.Name)
		}
	}
}
