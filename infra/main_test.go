package infra

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/devtest"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

var (
	pool azuritetest.Pool
	app  = devtest.App{Stage: stage}
)

func TestMain(m *testing.M) {
	code := pool.Run(m)
	app.Remove()
	os.Exit(code)
}

// dist returns the folder dist/ that azd packs, built once for all tests.
func dist(t *testing.T) string {
	t.Helper()
	return app.Dir(t)
}

func stage(ctx context.Context, to string) error {
	args := []string{"run", "./package", "-o", to}
	if runtime.GOOS+"/"+runtime.GOARCH != "linux/amd64" {
		args = append(args, "-native") // else it would not run here
	}
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("stage: %w\n%s", err, out)
	}
	return nil
}

// bicep parses every Bicep file, once for all tests.
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

// resources calls do with every resource whose type begins with kind. There must
// be at least one.
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

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
