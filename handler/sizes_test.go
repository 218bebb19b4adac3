package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Limits on packages and files. A newcomer reads a package's file list at a
// glance, and a file in one sitting.
const (
	maxFiles = 20  // of a package, without its tests
	maxLines = 400 // of a file; most have 100 to 300
)

func TestPackageAndFileSizes(t *testing.T) {
	files := map[string]int{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skippedFolders, d.Name()):
			return fs.SkipDir
		case filepath.Ext(path) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := bytes.Count(text, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines, want at most %d", path, n, maxLines)
		}
		if !strings.HasSuffix(path, "_test.go") {
			files[filepath.Dir(path)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Error("no packages found")
	}
	for folder, n := range files {
		if n > maxFiles {
			t.Errorf("%s has %d files, want at most %d", folder, n, maxFiles)
		}
	}
}
