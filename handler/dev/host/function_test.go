package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadFunctions(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "Webhook", "function.json"), httpJSON(`,"authLevel":"anonymous","methods":["post"],"route":"/hooks/in"`))
	writeFile(t, filepath.Join(root, "pull", "function.json"), strings.Replace(timerJSON, "0 */5 * * * *", "%PULL_SCHEDULE%", 1))
	writeFile(t, filepath.Join(root, "functions", "deep", "function.json"), timerJSON)
	writeFile(t, filepath.Join(root, "function.json"), timerJSON)
	writeFile(t, filepath.Join(root, "docs", "readme.txt"), "")
	functions, err := readFunctions(root, settings{"pull_schedule": "*/20 * * * *"})
	if err != nil {
		t.Fatal(err)
	}
	if len(functions) != 2 || functions[0].Name != "pull" || functions[1].Name != "Webhook" {
		t.Fatalf("functions %+v, want pull and Webhook", functions)
	}
	timer, hook := *functions[0].Timer, *functions[1].HTTP
	timer.schedule, hook.template = nil, nil
	if diff := cmp.Diff(TimerTrigger{Binding: "timer", Schedule: "*/20 * * * *", UseMonitor: true}, timer, cmp.AllowUnexported(TimerTrigger{})); diff != "" {
		t.Errorf("timer (-want +got):\n%s", diff)
	}
	want := HTTPTrigger{Binding: "req", Methods: []string{"POST"}, Route: "hooks/in", AuthLevel: "anonymous"}
	if diff := cmp.Diff(want, hook, cmp.AllowUnexported(HTTPTrigger{}, templateSegment{})); diff != "" {
		t.Errorf("webhook (-want +got):\n%s", diff)
	}
}

func TestFunctionInError(t *testing.T) {
	timer := func(properties string) string {
		return `{"bindings":[{"name":"timer","type":"timerTrigger"` + properties + `}]}`
	}
	tests := []struct{ problem, name, json, want string }{
		{"function name", "9lives", timerJSON, "not a valid function name"},
		{"reserved function name", "Host", timerJSON, "not a valid function name"},
		{"invalid JSON", "f", `{`, "read function.json"},
		{"no bindings", "f", `{"bindings":[]}`, "at least one binding"},
		{"no trigger", "f", `{"bindings":[{"name":"res","type":"http","direction":"out"}]}`, "must have a trigger"},
		{"two triggers", "f", `{"bindings":[{"name":"a","type":"timerTrigger"},{"name":"b","type":"httpTrigger"}]}`, "more than one trigger: a and b"},
		{"unsupported trigger", "f", `{"bindings":[{"name":"m","type":"queueTrigger","direction":"in"}]}`, `of type "queueTrigger": this stand-in`},
		{"unsupported output", "f", `{"bindings":[{"name":"r","type":"httpTrigger"},{"name":"q","type":"queue","direction":"out"}]}`, `of type "queue": this stand-in`},
		{"binding name", "f", `{"bindings":[{"name":"$return","type":"http","direction":"out"}]}`, "$return"},
		{"a trigger's direction", "f", timer(`,"direction":"out"`), "direction is in"},
		{"an output's direction", "f", `{"bindings":[{"name":"r","type":"httpTrigger"},{"name":"res","type":"http"}]}`, "is out"},
		{"an HTTP trigger without an output", "f", `{"bindings":[{"name":"r","type":"httpTrigger"}]}`, "without an http output"},
		{"a timer with an output", "f", `{"bindings":[{"name":"t","type":"timerTrigger","schedule":"00:05:00"},{"name":"res","type":"http","direction":"out"}]}`, "needs an httpTrigger"},
		{"no schedule", "f", timer(""), "not recognized"},
		{"a bad schedule", "f", timer(`,"schedule":"now and then"`), "not recognized"},
		{"an unset setting", "f", timer(`,"schedule":"%MISSING%"`), "%MISSING% does not resolve"},
		{"a bad authLevel", "f", httpJSON(`,"authLevel":"system"`), `authLevel "system"`},
		{"a reserved route", "f", httpJSON(`,"route":"Admin/x"`), "built in routes"},
		{"a name that equals a reserved route", "runtime", httpJSON(""), "built in routes"},
		{"a bad route", "f", httpJSON(`,"route":"{a"`), `route "{a"`},
		{"missing script file", "f", `{"scriptFile":"run.sh",` + timerJSON[1:], "scriptFile"},
		{"a retry policy", "f", `{"retry":{"strategy":"fixedDelay","maxRetryCount":1,"delayInterval":"00:00:10"},` + timerJSON[1:], "retry policies"},
		{"a bad disabled", "f", `{"disabled":[],` + timerJSON[1:], "disabled"},
	}
	for _, test := range tests {
		t.Run(test.problem, func(t *testing.T) {
			f := &Function{Name: test.name}
			err := f.parse(t.TempDir(), []byte(test.json), settings{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestRouteConflict(t *testing.T) {
	root := t.TempDir()
	for name, methods := range map[string]string{"a": `"get"`, "b": `"post"`, "c": `"POST","put"`} {
		writeFile(t, filepath.Join(root, name, "function.json"), httpJSON(`,"route":"same","methods":[`+methods+`]`))
	}
	functions, err := readFunctions(root, settings{})
	if err != nil {
		t.Fatal(err)
	}
	if functions[0].Err != nil || functions[1].Err != nil {
		t.Errorf("a: %v, b: %v", functions[0].Err, functions[1].Err)
	}
	if err := functions[2].Err; err == nil || !strings.Contains(err.Error(), `function "b"`) {
		t.Errorf("c: %v, want a conflict with b", err)
	}
}

func TestDefaultModeInError(t *testing.T) {
	h, err := load(Config{Root: stage(t, `{}`, map[string]string{"web": httpJSON(""), "timer": timerJSON})}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	defer h.releasePort()
	if err := h.function("web").Err; err == nil || !strings.Contains(err.Error(), "enableProxyingHttpRequest") {
		t.Errorf("web: error %v", err)
	}
	if err := h.function("timer").Err; err != nil {
		t.Errorf("timer: %v", err)
	}
}

func TestFunctionDisabled(t *testing.T) {
	on := settings{"AzureWebJobs.f.Disabled": "true", "AzureWebJobs__g__Disabled": "True", "SWITCH": "1"}
	for _, test := range []struct {
		name, json string
		settings   settings
		want       bool
	}{
		{"f", "", on, true}, {"g", "", on, true}, {"h", "", on, false},
		{"h", `"disabled":true,`, nil, true}, {"h", `"disabled":false,`, nil, false}, {"h", `"disabled":null,`, nil, false},
		{"h", `"disabled":"SWITCH",`, on, true}, {"h", `"disabled":"%SWITCH%",`, on, true}, {"h", `"disabled":"SWITCH",`, nil, false},
	} {
		f := &Function{Name: test.name}
		if err := f.parse(t.TempDir(), []byte("{"+test.json+timerJSON[1:]), test.settings); err != nil {
			t.Fatal(err)
		}
		if f.Disabled != test.want {
			t.Errorf("%s with %s and %v: %v", test.name, test.json, test.settings, f.Disabled)
		}
	}
}

func TestTimerUseMonitor(t *testing.T) {
	for properties, want := range map[string]bool{
		`"schedule":"0 * * * * *"`: true, `"schedule":"*/5 * * * * *"`: false, `"schedule":"0 * * * * *","useMonitor":false`: false,
	} {
		f := &Function{Name: "f"}
		if err := f.parse(t.TempDir(), []byte(`{"bindings":[{"name":"t","type":"timerTrigger",`+properties+`}]}`), nil); err != nil {
			t.Fatal(err)
		}
		if f.Timer.UseMonitor != want {
			t.Errorf("%s: %v, want %v", properties, f.Timer.UseMonitor, want)
		}
	}
}

func TestReadSettings(t *testing.T) {
	root := t.TempDir()
	writeFile(t, filepath.Join(root, "local.settings.json"), `{"IsEncrypted":false,"Values":{"A":"local","B":"local"}}`)
	t.Setenv("TEST_NOT_INHERITED", "x")
	s, err := readSettings(root, map[string]string{"B": "given"})
	if err != nil {
		t.Fatal(err)
	}
	if s["A"] != "local" || s["B"] != "given" || s["PATH"] != os.Getenv("PATH") {
		t.Errorf("A %q, B %q, PATH %q", s["A"], s["B"], s["PATH"])
	}
	if value, ok := s.lookup("TEST_NOT_INHERITED"); ok {
		t.Errorf("inherited %q", value)
	}
	if got := s.expand("%a%/%MISSING%/x"); got != "local//x" {
		t.Errorf("expanded to %q", got)
	}
	if got, err := s.resolve("%a%:%B%"); err != nil || got != "local:given" {
		t.Errorf("resolved to %q, %v", got, err)
	}
}

func TestSettingsInvalidLocalFile(t *testing.T) {
	for _, text := range []string{`{"IsEncrypted":true}`, `{"Values":{"A":{"nested":1}}}`, `{`} {
		root := t.TempDir()
		writeFile(t, filepath.Join(root, "local.settings.json"), text)
		if _, err := readSettings(root, nil); err == nil || !strings.Contains(err.Error(), "local.settings.json") {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
