package infra

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A function holds a function.json.
type function struct {
	Bindings []struct {
		Name, Type, Direction, AuthLevel, Route, Schedule string
		Methods                                           []string
		UseMonitor, RunOnStartup                          bool
	}
}

func functions(t *testing.T) map[string]function {
	t.Helper()
	paths, err := filepath.Glob("../functions/*/function.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no functions: %v", err)
	}
	read := map[string]function{}
	for _, path := range paths {
		var f function
		readJSON(t, path, &f)
		read[filepath.Base(filepath.Dir(path))] = f
	}
	return read
}

// hostJSON holds the parts of host.json that the tests check.
type hostJSON struct {
	Version         string
	FunctionTimeout string
	ExtensionBundle map[string]string
	CustomHandler   struct {
		EnableProxyingHTTPRequest, EnableForwardingHTTPRequest bool
		HTTP                                                   map[string]any
	}
	Logging struct {
		LogLevel            map[string]string
		ApplicationInsights struct {
			SamplingSettings struct{ ExcludedTypes string }
		}
	}
}

func readHost(t *testing.T) hostJSON {
	t.Helper()
	var h hostJSON
	readJSON(t, "../host.json", &h)
	return h
}

var (
	functionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,127}$`)
	// segment matches one segment of a route template: a literal, or a
	// parameter, which may have a constraint, take the rest, or be optional.
	segment = regexp.MustCompile(`^([A-Za-z0-9._-]+|\{\*?[A-Za-z][A-Za-z0-9]*(:[a-z]+)?\??\})$`)
	setting = regexp.MustCompile(`^%([A-Z_]+)%$`)
)

// The Functions host accepts each function.json.
func TestFunctions(t *testing.T) {
	routes := map[string]string{}
	for name, f := range functions(t) {
		if !functionName.MatchString(name) || strings.EqualFold(name, "host") {
			t.Errorf("the host rejects the name %s", name)
		}
		trigger := f.Bindings[0]
		switch trigger.Type {
		case "timerTrigger":
			m := setting.FindStringSubmatch(trigger.Schedule)
			if m == nil || len(f.Bindings) != 1 || !trigger.UseMonitor || trigger.RunOnStartup {
				t.Errorf("%s: %+v", name, f.Bindings)
				continue
			}
			// The host does not know the handler's default. The
			// function is in error unless the setting is there.
			if appSetting(t, m[1]).Source() == "" {
				t.Errorf("%s: the app has no setting %s", name, m[1])
			}
		case "httpTrigger":
			checkHTTP(t, name, f)
			route := strings.ToLower(trigger.Route)
			if other, taken := routes[route]; taken {
				t.Errorf("%s and %s have the same route", name, other)
			}
			routes[route] = name
		default:
			// Other triggers need an extension, and host.json has none.
			t.Errorf("%s has a %s", name, trigger.Type)
		}
	}
}

func checkHTTP(t *testing.T, name string, f function) {
	t.Helper()
	trigger := f.Bindings[0]
	// The host passes a request on unchanged only with one binding in and one out.
	if len(f.Bindings) != 2 || f.Bindings[1].Type != "http" || f.Bindings[1].Direction != "out" || trigger.Direction != "in" {
		t.Errorf("%s: %+v", name, f.Bindings)
	}
	if strings.Contains(trigger.Route, "%") || len(trigger.Methods) == 0 {
		t.Errorf("%s: route %q, methods %q", name, trigger.Route, trigger.Methods)
	}
	parts := strings.Split(trigger.Route, "/")
	for i, part := range parts {
		if !segment.MatchString(part) || strings.HasPrefix(part, "{*") && i < len(parts)-1 {
			t.Errorf("%s: route %q", name, trigger.Route)
		}
	}
	if strings.HasPrefix(parts[0], "{") || slices.Contains([]string{"admin", "runtime"}, strings.ToLower(parts[0])) {
		t.Errorf("%s: the route %q covers paths of the host", name, trigger.Route)
	}
	want := "function"
	if name == "webhook" || name == "explorer" { // has its own secret; serves static files
		want = "anonymous"
	}
	if trigger.AuthLevel != want {
		t.Errorf("%s: authLevel %q, want %s", name, trigger.AuthLevel, want)
	}
}

func TestHostJSON(t *testing.T) {
	h := readHost(t)
	if h.Version != "2.0" || len(h.ExtensionBundle) > 0 {
		t.Errorf("%+v", h)
	}
	// The host proxies if its version can, and else forwards.
	if !h.CustomHandler.EnableProxyingHTTPRequest || !h.CustomHandler.EnableForwardingHTTPRequest {
		t.Errorf("%+v", h.CustomHandler)
	}
	// The host would reject function.json if host.json had routes.
	if h.CustomHandler.HTTP != nil {
		t.Errorf("customHandler.http: %v", h.CustomHandler.HTTP)
	}
	timeout, err := time.Parse("15:04:05", h.FunctionTimeout)
	if err != nil || timeout.Hour() > 0 || timeout.Minute() < 6 {
		t.Errorf("functionTimeout %q: a run of pull takes four minutes, and then ends what it began", h.FunctionTimeout)
	}
}

// The alerts look for single lines, so no line may be lost by sampling.
func TestLogsAreNotSampled(t *testing.T) {
	h := readHost(t).Logging
	if excluded := strings.Split(h.ApplicationInsights.SamplingSettings.ExcludedTypes, ";"); !slices.Contains(excluded, "Trace") {
		t.Errorf("traces are sampled: %q is excluded", excluded)
	}
	if h.LogLevel["Host.Function.Console"] != "Information" {
		t.Errorf("levels %v: the lines of the handler have the level Information", h.LogLevel)
	}
}
