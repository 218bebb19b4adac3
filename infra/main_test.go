package infra

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// bicep is every Bicep file, read once for all tests.
var bicep = sync.OnceValues(func() (map[string]*infratest.File, error) {
	files, err := filepath.Glob("*.bicep")
	if err != nil {
		return nil, err
	}
	return infratest.ReadBicep(context.Background(), files...)
})

func files(t *testing.T) map[string]*infratest.File {
	t.Helper()
	read, err := bicep()
	if err != nil {
		t.Fatal(err)
	}
	if read["main.bicep"] == nil {
		t.Fatal("no main.bicep")
	}
	return read
}

// resources calls do with every resource whose type begins so.
func resources(t *testing.T, kind string, do func(*infratest.File, *infratest.Declaration)) {
	t.Helper()
	found := false
	for _, f := range files(t) {
		for _, r := range f.Resources {
			if strings.HasPrefix(r.Of, kind) {
				found = true
				do(f, r)
			}
		}
	}
	if !found {
		t.Errorf("there is no %s", kind)
	}
}

func readText(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(readText(t, path)), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
