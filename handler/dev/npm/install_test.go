package npm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// emptyProject pins no packages, so installing it needs no network.
func emptyProject(version string) map[string][]byte {
	return map[string][]byte{
		"package.json":      []byte(`{"name":"empty","version":"` + version + `"}`),
		"package-lock.json": []byte(`{"name":"empty","version":"` + version + `","lockfileVersion":3,"requires":true,"packages":{"":{"name":"empty","version":"` + version + `"}}}`),
	}
}

// useTempCache makes a temporary folder the user's cache folder.
func useTempCache(t *testing.T) (cache string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return cache
}

func TestInstall(t *testing.T) {
	useTempCache(t)
	files := emptyProject("1.0.0")
	if dir, installed, err := Dir("empty", files); err != nil || installed {
		t.Fatalf("before: %s, %t, %v", dir, installed, err)
	}
	dir, err := Install(t.Context(), "empty", files)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if again, installed, err := Dir("empty", files); err != nil || !installed || again != dir {
		t.Errorf("after: %s, %t, %v, want %s", again, installed, err, dir)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if again, err := Install(canceled, "empty", files); err != nil || again != dir {
		t.Errorf("second call: %s, %v, want %s without installing", again, err, dir)
	}
	if other, err := Install(t.Context(), "empty", emptyProject("2.0.0")); err != nil || other == dir {
		t.Errorf("other files: %s, %v", other, err)
	}
}

// A failed installation leaves nothing behind.
func TestInstallFails(t *testing.T) {
	cache := useTempCache(t)
	files := map[string][]byte{"package.json": []byte(`{}`), "package-lock.json": []byte(`{`)}
	if _, err := Install(t.Context(), "broken", files); err == nil || !strings.Contains(err.Error(), "npm ci") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(cache, "labeltrail")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
