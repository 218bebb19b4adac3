package host

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func readHost(t *testing.T, text string, s settings) (hostOptions, error) {
	t.Helper()
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "host.json"), text)
	options, err := readHostOptions(root, s)
	options.WorkingDirectory = strings.TrimPrefix(options.WorkingDirectory, root)
	return options, err
}

func TestHostJSONDefaults(t *testing.T) {
	got, err := readHost(t, `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"node"}}}`, nil)
	want := hostOptions{FunctionTimeout: 30 * time.Minute, RoutePrefix: "api", Executable: "node", InitializationTimeout: 30 * time.Second}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestHostJSONOverrides(t *testing.T) {
	got, err := readHost(t, `{"version":"2.0","functionTimeout":"00:10:00","extensions":{"http":{"routePrefix":"/a/"}},
		"customHandler":{"EnableProxyingHttpRequest":true,"initializationTimeout":"00:00:05","port":8080,
		"description":{"defaultExecutablePath":"%EXE%","defaultWorkerPath":"app.js","arguments":["--level=%LEVEL%"],"workerArguments":["x"],"workingDirectory":"work"}}}`,
		settings{
			"EXE": "/bin/handler", "LEVEL": "debug",
			"AzureFunctionsJobHost__logging__console__isEnabled":                "true",
			"AzureFunctionsJobHost__functiontimeout":                            "-1",
			"AZUREFUNCTIONSJOBHOST__customHandler__enableForwardingHttpRequest": "True",
			"AzureFunctionsJobHost__extensions__http__routePrefix":              "",
		})
	want := hostOptions{
		Executable: "/bin/handler", Arguments: []string{"--level=debug", "app.js", "x"}, WorkingDirectory: "/work",
		InitializationTimeout: 5 * time.Second, Proxying: true, Forwarding: true, Port: 8080,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestHostJSONInvalid(t *testing.T) {
	_, err := readHost(t, `{"functionTimeout":"5m","extensions":{"http":{"routePrefix":5}},"customHandler":{"port":"x","enableProxyingHttpRequest":"maybe","description":{"arguments":[1]}}}`, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"functionTimeout", "routePrefix", "port", "enableProxyingHttpRequest", "arguments", "version", "defaultExecutablePath"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, want %s in it", err, part)
		}
	}
	for _, text := range []string{`{`, `{"version":"2.0","functionTimeout":"00:00:00.5","customHandler":{"description":{"defaultExecutablePath":"x"}}}`} {
		if _, err := readHost(t, text, nil); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func TestHostJSONExecutableOfTheApp(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "host.json"), `{"version":"2.0","customHandler":{"description":{"defaultExecutablePath":"handler"}}}`)
	writeFile(t, filepath.Join(root, "handler"), "")
	options, err := readHostOptions(root, nil)
	if want := filepath.Join(root, "handler"); err != nil || options.Executable != want {
		t.Errorf("%q, %v; want %q", options.Executable, err, want)
	}
}
