package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write THIRD_PARTY_NOTICES")

// shipped are the programs that people run. The handler runs on Linux, the
// command line on all these systems.
var (
	shipped = []string{"./handler", "./handler/labeltrail"}
	systems = []string{"linux", "darwin", "windows"}
)

const noticesHead = `labeltrail links the software below. Its own license is in the file LICENSE.

This file is generated: go test ./infra/package -run TestNotices -update
`

// THIRD_PARTY_NOTICES names every module that the programs link, in the linked
// version, with its license.
func TestNotices(t *testing.T) {
	const path = "../../THIRD_PARTY_NOTICES"
	want := notices(t)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("run `go test ./infra/package -run TestNotices -update` (-want +got):\n%s", diff)
	}
}

// notices returns the text of THIRD_PARTY_NOTICES. Modules with the same license
// text share one section.
func notices(t *testing.T) string {
	t.Helper()
	sharing := map[string][]string{} // modules by license text
	for module, dir := range linked(t) {
		text := license(t, module, dir)
		sharing[text] = append(sharing[text], module)
	}
	sections := map[string]string{}
	for text, modules := range sharing {
		slices.Sort(modules)
		sections[modules[0]] = strings.Repeat("=", 80) + "\n" + strings.Join(modules, "\n") + "\n" +
			strings.Repeat("-", 80) + "\n\n" + text
	}
	var out strings.Builder
	out.WriteString(noticesHead)
	for _, first := range slices.Sorted(maps.Keys(sections)) {
		out.WriteString("\n" + sections[first])
	}
	return out.String()
}

// linked returns the folder of each module that the shipped programs link, by
// the module's path and version, and that of the standard library.
func linked(t *testing.T) map[string]string {
	t.Helper()
	modules := map[string]string{"The Go standard library": goEnv(t, "GOROOT")}
	for _, system := range systems {
		const format = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{"\t"}}{{.Dir}}{{end}}{{end}}`
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-deps", "-f", format}, shipped...)...)
		cmd.Dir = "../.."
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("list what %v link on %s: %v", shipped, system, err)
		}
		for line := range strings.Lines(string(out)) {
			if module, dir, found := strings.Cut(strings.TrimSpace(line), "\t"); found {
				modules[module] = dir
			}
		}
	}
	if len(modules) < 10 {
		t.Fatalf("precondition: only %d modules are linked", len(modules))
	}
	return modules
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-.].*)?$`)

// license returns the license of a module: its license and notice files, with
// plain line ends.
func license(t *testing.T, module, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, e := range entries {
		if e.IsDir() || !licenseFile.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Trim(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), "\n \t")
		fmt.Fprintf(&out, "%s\n", text)
	}
	if out.Len() == 0 {
		t.Fatalf("%s has no license file in %s", module, dir)
	}
	return out.String()
}
