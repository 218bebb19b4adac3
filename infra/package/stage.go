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

// A platform is what the handler is built for.
type platform struct{ os, arch string }

// stage replaces the folder out with the staged app. It builds beside it and
// moves the result into place, so that a failed build leaves out as it was.
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

// checkReplaceable keeps a mistyped -o from wiping a folder that holds
// something else.
func checkReplaceable(out string) error {
	entries, err := os.ReadDir(out)
	if errors.Is(err, os.ErrNotExist) || len(entries) == 0 && err == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(out, "host.json")); err != nil {
		return fmt.Errorf("%s holds something else than a staged app: not replaced", out)
	}
	return nil
}

func fill(ctx context.Context, root, dir string, target platform) error {
	if err := copyFile(filepath.Join(root, "host.json"), filepath.Join(dir, "host.json")); err != nil {
		return err
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

// copyFile sets the modes itself, those of the folder and the file: the host
// refuses to run from what its own account cannot read, whatever the umask was
// here.
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

// build compiles the handler without paths, build ids or the repository's
// state in it, and whatever the environment asks of builds, so that the same
// sources and the same Go give the same bytes everywhere. GOFLAGS has go's own
// default as a value: for an empty one go would take what `go env -w` was told.
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
	// Premium and Dedicated plans do not set the executable bit themselves.
	return os.Chmod(to, 0o755)
}

// version names the sources: the git tag or commit, if git knows; with as many
// digits in every clone.
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
		return "", errors.New("not inside the module: run this from a clone of the repository")
	}
	return filepath.Dir(mod), nil
}
