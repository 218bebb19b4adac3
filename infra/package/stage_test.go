package main

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheStagedAppIsWhatTheHostReads(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	if err := stage(t.Context(), dist, platform{"linux", "amd64"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"host.json": 0o644, "handler": 0o755}
	functions, err := filepath.Glob("../../functions/*")
	if err != nil || len(functions) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	for _, f := range functions {
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

func TestStagingTwiceGivesTheSameBytesAndReplacesTheOld(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	var handlers [2][]byte
	for i := range handlers {
		if err := stage(t.Context(), dist, platform{"linux", "amd64"}); err != nil {
			t.Fatal(err)
		}
		var err error
		if handlers[i], err = os.ReadFile(filepath.Join(dist, "handler")); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(handlers[0], handlers[1]) {
		t.Error("the same sources gave different handlers")
	}
}

func TestAFolderThatIsNoStagedAppIsNotReplaced(t *testing.T) {
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
		if err != nil || d.IsDir() {
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
