package azurite

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed launch.js
var launchJS []byte

// install returns a folder that holds Azurite as the lock file pins it and
// launch.js, installing it where it is not there yet.
func install(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	sum := sha256.New()
	sum.Write(packageLock)
	sum.Write(launchJS)
	dir := filepath.Join(cache, "labeltrail", "azurite-"+hex.EncodeToString(sum.Sum(nil))[:12])
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	return dir, installInto(ctx, dir)
}

// installInto builds the folder beside its place and moves it there in one
// step, so that a run cut short leaves no half of it to be taken for whole.
func installInto(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "installing-")
	if err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(ctx, tmp); err != nil {
		return err
	}
	err = os.Rename(tmp, dir)
	if _, statErr := os.Stat(dir); err != nil && statErr == nil {
		return nil // another process installed the same in the meantime
	}
	return err
}

func fill(ctx context.Context, dir string) error {
	files := map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock, "launch.js": launchJS}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not on PATH: Azurite, the storage emulator, needs Node.js 20 or later with npm")
	}
	// No package of the lock file needs an install script, so none may run.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install Azurite with npm ci: %w\n%s", err, out)
	}
	return nil
}
