package host

import (
	"strings"
	"testing"
)

func TestAdminAPI(t *testing.T) {
	t.Parallel()
	out := newOutput()
	root := stage(t, `{}`, map[string]string{"echo": timerJSON, "web": httpJSON(`,"route":"v1/{*path}"`), "broken": `{}`})
	h := startTimerApp(t, Config{Root: root, Output: out})
	key := []string{"x-functions-key", h.MasterKey()}
	tests := []struct {
		name, method, path, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"runs a function", "POST", "/admin/functions/Echo", `{"input":""}`, key, 202, ""},
		{"wants the master key", "POST", "/admin/functions/echo", `{"input":""}`, []string{"x-functions-key", h.FunctionKey()}, 401, ""},
		{"wants a body", "POST", "/admin/functions/echo", ``, key, 400, ""},
		{"wants a body that is JSON", "POST", "/admin/functions/echo", `now`, key, 400, ""},
		{"knows no such function", "POST", "/admin/functions/missing", `{}`, key, 404, ""},
		{"does not run a function in error", "POST", "/admin/functions/broken", `{}`, key, 404, ""},
		{"tells the state", "GET", "/admin/host/status", "", key, 200, `"state":"Running"`},
		{"tells what is in error", "GET", "/admin/host/status", "", key, 200, "The 'broken' function is in error: at least one binding"},
		{"lists functions", "GET", "/admin/functions", "", key, 200, `"invoke_url_template":"` + h.URL() + `/api/v1/{*path}"`},
		{"tells a function's errors", "GET", "/admin/functions/broken/status", "", key, 200, "at least one binding"},
		{"tells there are none", "GET", "/admin/functions/echo/status", "", key, 200, "{}\n"},
		{"keeps its state from strangers", "GET", "/admin/host/status", "", nil, 401, ""},
		{"keeps its functions from strangers", "GET", "/admin/functions", "", nil, 401, ""},
		{"answers a ping", "GET", "/admin/host/ping", "", nil, 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := send(t, test.method, h.URL()+test.path, strings.NewReader(test.body), test.header...)
			if response.StatusCode != test.status || !strings.Contains(body, test.want) {
				t.Errorf("%d %q, want %d and %q", response.StatusCode, body, test.status, test.want)
			}
		})
	}
	out.await(t, "info: echo ") // the 202 was kept
}

func TestFunctionsAreTold(t *testing.T) {
	t.Parallel()
	root := stage(t, `{}`, map[string]string{"echo": strings.Replace(timerJSON, "0 */5 * * * *", "%UNSET%", 1), "web": httpJSON("")})
	h := startTimerApp(t, Config{Root: root})
	functions := h.Functions()
	if len(functions) != 2 || functions[0].Err == nil || !strings.Contains(functions[0].Err.Error(), "%UNSET%") {
		t.Fatalf("functions %+v, want echo in error for its setting", functions)
	}
	if web := functions[1]; web.Err != nil || web.HTTP.Route != "web" || web.HTTP.AuthLevel != "function" {
		t.Errorf("web: %+v", web)
	}
}
