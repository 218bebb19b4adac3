// Package npm installs npm packages that a lock file pins, each set once, into
// the user's cache folder.
package npm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Install returns a folder that holds files, of which package.json and
// package-lock.json are two, and the packages that they name. It installs
// them where they are not there yet; another content of files is another
// folder. name leads the folder's own.
func Install(ctx context.Context, name string, files map[string][]byte) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	sum := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n%s", file, len(files[file]), files[file])
	}
	dir := filepath.Join(cache, "labeltrail", name+"-"+hex.EncodeToString(sum.Sum(nil))[:12])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, installInto(ctx, dir, files)
}

// installInto builds the folder beside its place and moves it there in one
// step, so that a run cut short leaves no half of it to be taken for whole.
func installInto(ctx context.Context, dir string, files map[string][]byte) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(ctx, tmp, files); err != nil {
		return err
	}
	err = os.Rename(tmp, dir)
	if _, statErr := os.Stat(dir); err != nil && statErr == nil {
		return nil // another process installed the same in the meantime
	}
	return err
}

func fill(ctx context.Context, dir string, files map[string][]byte) error {
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not on PATH: Node.js 20 or later with npm is needed")
	}
	// No package of the lock files needs an install script, so none may run.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install with npm ci: %w\n%s", err, out)
	}
	return nil
}
