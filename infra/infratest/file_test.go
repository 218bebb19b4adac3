package infratest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = `
// Of the whole file.

// A comment
// of two lines.
@description('The size, in it\'s way.')
@secure()
param size string = 'large'
param plain int
var list = [1, 2]
module inner 'inner.bicep' = if (size == 'large') {
  params: { a: list, b: '${size}!' }
}
resource many 'Microsoft.Thing/things@2024-01-01' = [for x in list: {
  name: 'n'
  properties: { deep: { 'quoted-name': true } }
}]
output there string = many[0].id
`

func read(t *testing.T, text string) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.bicep")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := ReadBicep(t.Context(), path)
	return files["sample.bicep"], err
}

func TestReadBicep(t *testing.T) {
	f, err := read(t, sample)
	if err != nil {
		t.Fatal(err)
	}
	size := Find(f.Params, "size")
	if size.Value.Literal() != "large" || size.Comment != "A comment of two lines." || size.Line != 8 {
		t.Errorf("%+v", size)
	}
	if _, secure := size.Decorators["secure"]; !secure || size.Decorators["description"].Literal() != "The size, in it's way." {
		t.Errorf("decorators %v", size.Decorators)
	}
	if plain := Find(f.Params, "plain"); plain.Value != nil || plain.Comment != "" || len(plain.Decorators) > 0 {
		t.Errorf("%+v", plain)
	}
	inner := Find(f.Modules, "inner")
	if inner.Of != "inner.bicep" || inner.Value.Property("params", "a").Source() != "list" || inner.Value.Property("params", "b").Literal() != "" {
		t.Errorf("%+v", inner)
	}
	many := Find(f.Resources, "many")
	if many.Of != "Microsoft.Thing/things@2024-01-01" || many.Value.Property("properties", "deep", "quoted-name").Literal() != "true" {
		t.Errorf("%+v", many)
	}
	if there := Find(f.Outputs, "there"); there.Value.Source() != "many[0].id" {
		t.Errorf("%+v", there)
	}
	if len(f.Vars) != 1 || many.Value.Property("no", "such").Literal() != "" {
		t.Errorf("vars %v", f.Vars)
	}
}

func TestReadBicepBroken(t *testing.T) {
	_, err := read(t, "param a string\nresource x 'T@1' = {\n  name: 'n'\n  properties: { a: [ }\n}\n")
	if err == nil || !strings.Contains(err.Error(), "sample.bicep:4") {
		t.Errorf("error %v", err)
	}
}
