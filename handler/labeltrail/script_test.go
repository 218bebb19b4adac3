package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

// TestMain lets the test binary be the command: a script that runs labeltrail
// runs main in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"labeltrail": main})
}

type tests struct{ *testing.M }

func (t tests) Run() int { return storetest.Run(t.M) }

// TestScripts runs the shell sessions in testdata. Beside testscript's own
// commands they have those of the type script.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := &script{t: t}
			testscript.Run(t, testscript.Params{
				Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true,
				Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
					"trail": s.trail, "deployment": s.deployment, "damage": s.damage, "exits": s.exits, "lines": s.lines,
				},
			})
		})
	}
}

// A script is one session and the trail it works on.
type script struct {
	t *testing.T
	*trailtest.Trail
}

// trail makes a trail, and sets the environment in which the command finds it:
// trail [empty].
func (s *script) trail(ts *testscript.TestScript, _ bool, args []string) {
	env := map[string]string{"TENANT_ID": tenant.DefaultTenantID}
	if len(args) > 0 && args[0] == "empty" {
		env["DataStorage"] = storetest.ConnectionString(s.t)
	} else {
		s.Trail = trailtest.New(s.t, tenant.Config{})
		env = s.Env()
	}
	for name, value := range env {
		ts.Setenv(name, value)
	}
}

const functionKey = "the-key-of-the-query-function"

// deployment serves the API over the trail, and sets the environment in which
// the command finds it.
func (s *script) deployment(ts *testscript.TestScript, _ bool, _ []string) {
	api, err := query.New(query.Config{
		Store: s.Store, Tenant: s.Tenant.TenantID(), Version: "1.2.3", ContentTypes: []string{tenant.General},
		Now: s.Clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Functions-Key") != functionKey {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		api.ServeHTTP(w, r)
	}))
	ts.Defer(server.Close)
	ts.Setenv("LABELTRAIL_URL", server.URL)
	ts.Setenv("LABELTRAIL_KEY", functionKey)
}

// damage changes what is stored: damage raw (the bytes of a raw blob), damage
// column (the user of a row), damage row (deletes another row), damage old
// (adds an event of 2001 and deletes its row).
func (s *script) damage(ts *testscript.TestScript, _ bool, args []string) {
	rows := s.Rows(s.t, "events")
	switch strings.Join(args, " ") {
	case "raw":
		s.ReplaceBlob(s.t, s.Entries(s.t)[0].Blob, []byte("x"))
	case "column":
		rows[3].Columns["UserId"] = "eve@contoso.example"
		s.Put(s.t, rows[3])
	case "row":
		s.Delete(s.t, rows[4])
	case "old":
		s.IngestBody(s.t, "old$1", "["+strings.Replace(trailtest.Invented, "2026", "2001", 1)+"]")
		s.Delete(s.t, s.Rows(s.t, "events2001")[0])
	default:
		ts.Fatalf("unknown damage %q", args)
	}
}

// exits runs a command, which must end with this exit code: exits code command
// [arg...].
func (s *script) exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// lines checks the number of lines of a file, which may be stdout: lines n file.
func (s *script) lines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); got != want {
		ts.Fatalf("%s has %d lines, want %d", args[1], got, want)
	}
}
