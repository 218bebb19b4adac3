// Package npm installs npm packages pinned by a lock file into the user's cache
// folder, each set of packages once.
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

// Dir returns the folder for a set of packages, and whether Install has filled
// it. Its name starts with name and depends on the contents of files.
func Dir(name string, files map[string][]byte) (dir string, installed bool, err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", false, fmt.Errorf("find the cache folder: %w", err)
	}
	sum := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(sum, "%s %d\n%s", file, len(files[file]), files[file])
	}
	dir = filepath.Join(cache, "labeltrail", name+"-"+hex.EncodeToString(sum.Sum(nil))[:12])
	_, err = os.Stat(dir)
	return dir, err == nil, nil
}

// Install returns Dir's folder, which then holds files and the packages that
// they pin. Two of the files are package.json and package-lock.json. Only the
// first call installs, which needs npm and a network.
func Install(ctx context.Context, name string, files map[string][]byte) (string, error) {
	dir, installed, err := Dir(name, files)
	if err != nil || installed {
		return dir, err
	}
	return dir, installInto(ctx, dir, files)
}

// installInto fills a temporary folder beside dir and then renames it. If the
// process is interrupted, no incomplete folder remains under dir's name.
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
		return nil // another process has installed the same packages
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
		return errors.New("npm is not on PATH: install Node.js 20 or later, which includes npm")
	}
	// None of the pinned packages needs an install script, so scripts are off.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}
