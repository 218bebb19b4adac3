package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/settings"
)

// settingNames returns the names of all settings in the order of the
// documents, with DataStorage last.
func settingNames() []string {
	var names []string
	for _, s := range settings.Table() {
		names = append(names, s.Name)
	}
	return append(names, "DataStorage")
}

func TestSampleSettings(t *testing.T) {
	var sample struct{ Values map[string]string }
	readJSON(t, "../local.settings.sample.json", &sample)
	want := map[string]string{
		"FUNCTIONS_WORKER_RUNTIME": "custom",
		"AzureWebJobsStorage":      "UseDevelopmentStorage=true",
		"DataStorage":              "",
	}
	for _, s := range settings.Table() {
		want[s.Name] = s.Default
	}
	if diff := cmp.Diff(want, sample.Values); diff != "" {
		t.Errorf("local.settings.sample.json (-want +got):\n%s", diff)
	}
}

func TestDocsListSettings(t *testing.T) {
	page, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([A-Za-z_]+)` \\| (?:`([^`]*)`|-) \\|")
	listed := map[string]string{}
	var order []string
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		if slices.Contains(settingNames(), m[1]) {
			listed[m[1]] = m[2]
			order = append(order, m[1])
		}
	}
	if diff := cmp.Diff(settingNames(), order); diff != "" {
		t.Errorf("docs/settings.md (-want +got):\n%s", diff)
	}
	for _, s := range settings.Table() {
		if listed[s.Name] != s.Default {
			t.Errorf("docs/settings.md gives %s the default %q, want %q", s.Name, listed[s.Name], s.Default)
		}
	}
}

func TestHostJSON(t *testing.T) {
	var host struct {
		Extensions    struct{ HTTP struct{ RoutePrefix string } }
		CustomHandler struct {
			Description                                            struct{ DefaultExecutablePath string }
			EnableProxyingHTTPRequest, EnableForwardingHTTPRequest bool
		}
	}
	readJSON(t, "../host.json", &host)
	handler := host.CustomHandler
	if handler.Description.DefaultExecutablePath != "handler" || host.Extensions.HTTP.RoutePrefix != "api" {
		t.Errorf("host.json: %+v", host)
	}
	if !handler.EnableProxyingHTTPRequest || !handler.EnableForwardingHTTPRequest {
		t.Error("host.json: HTTP requests would not arrive unchanged")
	}
}

// Each function has a folder in functions/ and a package with the same name.
func TestFunctionFolders(t *testing.T) {
	folders, err := filepath.Glob("../functions/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	for _, folder := range folders {
		var function struct {
			Bindings []struct{ Type, AuthLevel, Route string }
		}
		readJSON(t, filepath.Join(folder, "function.json"), &function)
		if len(function.Bindings) == 0 {
			t.Errorf("%s has no bindings", folder)
		}
		for _, b := range function.Bindings {
			if strings.HasPrefix(b.Route, "admin") || strings.HasPrefix(b.Route, "runtime") {
				t.Errorf("%s: the host reserves the route %s", folder, b.Route)
			}
		}
		if _, err := os.Stat(filepath.Base(folder)); err != nil {
			t.Error(err)
		}
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
