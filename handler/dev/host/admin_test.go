package host

import (
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/devtest"
)

func TestAdminAPI(t *testing.T) {
	t.Parallel()
	out := newOutput()
	root := stage(t, proxying, map[string]string{"echo": timerJSON, "web": httpJSON(`,"route":"v1/{*path}"`), "broken": `{}`})
	h := startTimerApp(t, Config{Root: root, Output: out})
	key := []string{"x-functions-key", h.MasterKey()}
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"run", "POST", "/admin/functions/Echo", `{"input":""}`, key, 202, ""},
		{"run without the master key", "POST", "/admin/functions/echo", `{"input":""}`, []string{"x-functions-key", h.FunctionKey()}, 401, ""},
		{"run without a body", "POST", "/admin/functions/echo", ``, key, 400, ""},
		{"run with a body that is not JSON", "POST", "/admin/functions/echo", `now`, key, 400, ""},
		{"run of an unknown function", "POST", "/admin/functions/missing", `{}`, key, 404, ""},
		{"run of a function in error", "POST", "/admin/functions/broken", `{}`, key, 404, ""},
		{"status", "GET", "/admin/host/status", "", key, 200, `"state":"Running"`},
		{"status lists functions in error", "GET", "/admin/host/status", "", key, 200, "The 'broken' function is in error: at least one binding"},
		{"status without a key", "GET", "/admin/host/status", "", nil, 401, ""},
		{"ping", "GET", "/admin/host/ping", "", nil, 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := devtest.Send(t, test.method, h.URL()+test.path, strings.NewReader(test.body), test.header...)
			if response.StatusCode != test.status || !strings.Contains(body, test.want) {
				t.Errorf("%d %q, want %d and %q", response.StatusCode, body, test.status, test.want)
			}
		})
	}
	out.await(t, "info: echo ") // the run behind the 202 took place
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	root := stage(t, proxying, map[string]string{"echo": strings.Replace(timerJSON, "0 */5 * * * *", "%UNSET%", 1), "web": httpJSON("")})
	h := startTimerApp(t, Config{Root: root})
	functions := h.Functions()
	if len(functions) != 2 || functions[0].Err == nil || !strings.Contains(functions[0].Err.Error(), "%UNSET%") {
		t.Fatalf("functions %+v, want echo in error for its setting", functions)
	}
	if web := functions[1]; web.Err != nil || web.HTTP.Route != "web" || web.HTTP.AuthLevel != "function" {
		t.Errorf("web: %+v", web)
	}
}
