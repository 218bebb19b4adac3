package infratest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/labeltrail/labeltrail/handler/dev/npm"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed parse.js
var parseJS []byte

// parse parses files and decodes the results into v, a pointer to a slice.
func parse(ctx context.Context, v any, files ...string) error {
	dir, err := npm.Install(ctx, "infra", map[string][]byte{
		"package.json": packageJSON, "package-lock.json": packageLock, "parse.js": parseJS,
	})
	if err != nil {
		return fmt.Errorf("install the parsers: %w", err)
	}
	cmd := exec.CommandContext(ctx, "node", append([]string{filepath.Join(dir, "parse.js")}, files...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("parse: %w\n%s", err, &stderr)
	}
	return json.Unmarshal(out, v)
}

// ReadYAML decodes a YAML file into v.
func ReadYAML(ctx context.Context, file string, v any) error {
	var values []json.RawMessage
	if err := parse(ctx, &values, file); err != nil {
		return err
	}
	return json.Unmarshal(values[0], v)
}

// ReadBicep parses Bicep files and returns them by base name. Its error lists every
// place that does not follow the grammar.
func ReadBicep(ctx context.Context, files ...string) (map[string]*File, error) {
	var trees []*Node
	if err := parse(ctx, &trees, files...); err != nil {
		return nil, err
	}
	read := map[string]*File{}
	var errs []error
	for i, tree := range trees {
		name := filepath.Base(files[i])
		for n := range tree.all() {
			if n.Broken {
				errs = append(errs, fmt.Errorf("%s:%d: syntax error: %.60q", name, n.Line, n.Text))
			}
		}
		read[name] = newFile(name, tree)
	}
	return read, errors.Join(errs...)
}
