package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A platform names the system that the handler is built for.
type platform struct{ os, arch string }

// stage replaces the folder out with the staged app. It builds in a folder beside
// out and renames that folder, so a failed build leaves out unchanged.
func stage(ctx context.Context, out string, target platform) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	if err := checkReplaceable(out); err != nil {
		return err
	}
	tmp := out + ".new"
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if err := fill(ctx, root, tmp, target); err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.Rename(tmp, out)
}

// checkReplaceable returns an error if out holds anything but a staged app, so
// that a mistyped -o deletes nothing.
func checkReplaceable(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, os.ErrNotExist) || len(entries) == 0 && err == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, "host.json")); err != nil {
		return fmt.Errorf("%s is not a staged app: not replaced", out)
	}
	return nil
}

// fill writes the app into the new folder dir.
func fill(ctx context.Context, root, dir string, target platform) error {
	for _, name := range []string{"host.json", "THIRD_PARTY_NOTICES"} {
		if err := copyFile(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	functions, err := filepath.Glob(filepath.Join(root, "functions", "*", "function.json"))
	if err != nil {
		return err
	}
	for _, function := range functions {
		name := filepath.Base(filepath.Dir(function))
		if err := copyFile(function, filepath.Join(dir, name, "function.json")); err != nil {
			return err
		}
	}
	return build(ctx, root, filepath.Join(dir, "handler"), target)
}

// copyFile copies a file and sets the modes of the file and its folder, so that
// the umask does not count. The host cannot run an app that it cannot read.
func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		return err
	}
	return os.Chmod(to, 0o644)
}

// build compiles the handler. The same sources and the same Go give the same bytes
// everywhere: the binary contains no paths, build ids or state of the repository,
// and the settings of the environment do not count. GOFLAGS has go's default as
// its value, because an empty one would mean the value from `go env -w`.
func build(ctx context.Context, root, to string, target platform) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	flags := "-s -w -buildid= -X main.version=" + version(ctx, root)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", to, "./handler")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+target.os, "GOARCH="+target.arch, "CGO_ENABLED=0",
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOEXPERIMENT=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the handler: %w\n%s", err, out)
	}
	// Premium and Dedicated plans do not set the executable bit.
	return os.Chmod(to, 0o755)
}

// version returns the git tag or commit of the sources, with the same number of
// digits in every clone, or "unknown".
func version(ctx context.Context, root string) string {
	cmd := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty", "--abbrev=12")
	cmd.Dir = root
	out, err := cmd.Output()
	if v := strings.TrimSpace(string(out)); err == nil && v != "" {
		return v
	}
	return "unknown"
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	mod := string(bytes.TrimSpace(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("not inside a clone of the repository")
	}
	return filepath.Dir(mod), nil
}
