package main

import (
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStage(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	if err := stage(t.Context(), dist, platform{"linux", "amd64"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{".": fs.ModeDir | 0o755, "host.json": 0o644, "THIRD_PARTY_NOTICES": 0o644, "handler": 0o755}
	functions, err := filepath.Glob("../../functions/*")
	if err != nil || len(functions) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	for _, f := range functions {
		want[filepath.Base(f)] = fs.ModeDir | 0o755
		want[filepath.Base(f)+"/function.json"] = 0o644
	}
	if diff := cmp.Diff(want, modes(t, dist)); diff != "" {
		t.Errorf("files and modes (-want +got):\n%s", diff)
	}
	checkBinary(t, filepath.Join(dist, "handler"))
}

func checkBinary(t *testing.T, path string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Machine != elf.EM_X86_64 {
		t.Errorf("the handler is built for %v", f.Machine)
	}
	if libs, err := f.ImportedLibraries(); err != nil || len(libs) > 0 {
		t.Errorf("the handler is not static: %v, %v", libs, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if most := int64(20 << 20); info.Size() >= most {
		t.Errorf("the handler has %d bytes, want under %d", info.Size(), most)
	}
}

func TestStageReplaces(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	old := filepath.Join(dist, "dropped", "function.json")
	if err := os.MkdirAll(filepath.Dir(old), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{old, filepath.Join(dist, "host.json")} {
		if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := stage(t.Context(), dist, platform{"linux", "amd64"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("a function of an older version remains: %v", err)
	}
}

// The same sources give the same files, bytes and modes, in any folder, with any
// umask and any build settings of the environment.
func TestStageIsReproducible(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	here := stageBy(t, clone(t, "a"), "umask 022; go run ./infra/package")
	written := filepath.Join(t.TempDir(), "env") // settings from `go env -w`
	if err := os.WriteFile(written, []byte("GOFLAGS=-gcflags=-N\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	there := stageBy(t, clone(t, "a/longer/path/to/a/clone"), "umask 077; GOENV="+written+" GOAMD64=v3 GOOS=linux go run ./infra/package")
	if diff := cmp.Diff(here, there); diff != "" {
		t.Errorf("(-one clone +another):\n%s", diff)
	}
	if len(here) < 5 {
		t.Errorf("staged %v", here)
	}
}

// clone copies the sources, without .git.
func clone(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), path)
	for _, part := range []string{"go.mod", "go.sum", "host.json", "THIRD_PARTY_NOTICES", "functions", "handler", "infra/package"} {
		from := filepath.Join("..", "..", part)
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			within, err := filepath.Rel(filepath.Join("..", ".."), path)
			if err != nil {
				return err
			}
			return copyFile(path, filepath.Join(to, within))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// stageBy runs a command that stages a clone, and returns the mode and the digest
// of each file.
func stageBy(t *testing.T, dir, command string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := map[string]string{}
	for name, mode := range modes(t, filepath.Join(dir, "dist")) {
		if mode.IsDir() {
			files[name] = mode.String()
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, "dist", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = fmt.Sprintf("%v %x", mode, sha256.Sum256(data))
	}
	return files
}

func TestVersion(t *testing.T) {
	dir := t.TempDir()
	for _, command := range []string{
		"git init -q a", "git -C a -c user.name=x -c user.email=x@example.com commit -q --allow-empty -m x",
		"git clone -q a b", "git -C b config core.abbrev 5",
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	a, b := version(t.Context(), filepath.Join(dir, "a")), version(t.Context(), filepath.Join(dir, "b"))
	if a != b || a == "unknown" {
		t.Errorf("version %q in one clone, %q in the other", a, b)
	}
}

func TestStageKeepsOtherFolders(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := stage(t.Context(), dir, platform{"linux", "amd64"}); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func modes(t *testing.T, dir string) map[string]fs.FileMode {
	t.Helper()
	modes := map[string]fs.FileMode{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		modes[path] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return modes
}
