package infra

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A function is a function.json.
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

// hostJSON is what the tests ask of host.json.
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
	// segment is one of a route template: a literal, or a parameter with its
	// constraint, that takes the rest, or that may be missing.
	segment = regexp.MustCompile(`^([A-Za-z0-9._-]+|\{\*?[A-Za-z][A-Za-z0-9]*(:[a-z]+)?\??\})$`)
	setting = regexp.MustCompile(`^%([A-Z_]+)%$`)
)

func TestTheHostTakesEachFunction(t *testing.T) {
	routes := map[string]string{}
	for name, f := range functions(t) {
		if !functionName.MatchString(name) || strings.EqualFold(name, "host") {
			t.Errorf("%s is no name that the host takes", name)
		}
		trigger := f.Bindings[0]
		switch trigger.Type {
		case "timerTrigger":
			m := setting.FindStringSubmatch(trigger.Schedule)
			if m == nil || len(f.Bindings) != 1 || !trigger.UseMonitor || trigger.RunOnStartup {
				t.Errorf("%s: %+v", name, f.Bindings)
				continue
			}
			// Without it, the function is in error; the handler's default is
			// not known to the host.
			if appSetting(t, m[1]).Source() == "" {
				t.Errorf("%s: the app has no setting %s", name, m[1])
			}
		case "httpTrigger":
			checkHTTP(t, name, f)
			route := strings.ToLower(trigger.Route)
			if other, taken := routes[route]; taken {
				t.Errorf("%s and %s have one route", name, other)
			}
			routes[route] = name
		default:
			// Any other needs an extension, which host.json does not bring.
			t.Errorf("%s has a %s", name, trigger.Type)
		}
	}
}

func checkHTTP(t *testing.T, name string, f function) {
	t.Helper()
	trigger := f.Bindings[0]
	// One in and one out: only then does the host pass the request on as it came.
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
		t.Errorf("%s: the route %q reaches what is the host's", name, trigger.Route)
	}
	want := "function"
	if name == "webhook" || name == "explorer" { // proves itself otherwise; static files
		want = "anonymous"
	}
	if trigger.AuthLevel != want {
		t.Errorf("%s: authLevel %q, want %s", name, trigger.AuthLevel, want)
	}
}

func TestTheHostPassesRequestsOnAndNeedsNoExtension(t *testing.T) {
	h := readHost(t)
	if h.Version != "2.0" || len(h.ExtensionBundle) > 0 {
		t.Errorf("%+v", h)
	}
	// Proxying where the host knows it; forwarding where it does not.
	if !h.CustomHandler.EnableProxyingHTTPRequest || !h.CustomHandler.EnableForwardingHTTPRequest {
		t.Errorf("%+v", h.CustomHandler)
	}
	// With routes of its own the host would refuse function.json.
	if h.CustomHandler.HTTP != nil {
		t.Errorf("customHandler.http: %v", h.CustomHandler.HTTP)
	}
	timeout, err := time.Parse("15:04:05", h.FunctionTimeout)
	if err != nil || timeout.Hour() > 0 || timeout.Minute() < 6 {
		t.Errorf("functionTimeout %q: a run of pull takes four minutes and what it has begun", h.FunctionTimeout)
	}
}

// The alerts look for single lines: one that is sampled away is an alert that
// does not come.
func TestEveryLineOfTheHandlerReachesTheLogs(t *testing.T) {
	h := readHost(t).Logging
	if excluded := strings.Split(h.ApplicationInsights.SamplingSettings.ExcludedTypes, ";"); !slices.Contains(excluded, "Trace") {
		t.Errorf("traces are sampled: %q is excluded", excluded)
	}
	if h.LogLevel["Host.Function.Console"] != "Information" {
		t.Errorf("levels %v: the handler's lines are of level Information", h.LogLevel)
	}
}
