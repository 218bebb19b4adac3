package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/handler/store"
)

var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// A desk is an operator's: a trail, and the environment that names it.
type desk struct {
	*ingesttest.World
	ingesttest.Account
	env map[string]string
}

// newDesk has a trail of a week of a few contents.
func newDesk(t *testing.T, cfg tenant.Config) *desk {
	t.Helper()
	if cfg.Events == 0 {
		cfg.Events, cfg.Contents, cfg.NoiseShare = 160, 8, 0.3
	}
	connection := pool.ConnectionString(t)
	d := &desk{World: ingesttest.New(t, connection, cfg), Account: ingesttest.NewAccount(t, connection)}
	d.env = map[string]string{"TENANT_ID": d.Tenant.TenantID(), "DataStorage": connection}
	d.tick(t)
	return d
}

func (d *desk) tick(t *testing.T) {
	t.Helper()
	if err := d.pull(t); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) pull(t *testing.T) error {
	p := &pull.Pull{
		Feed: d.Feed, Store: d.Store, Ingest: d.Ingest, ContentTypes: []string{tenant.General}, Now: d.Clock.Now, Log: ingesttest.Log(),
	}
	_, err := p.Tick(t.Context())
	return err
}

// An answer is what a command came to.
type answer struct {
	code           int
	stdout, stderr string
}

func (d *desk) run(t *testing.T, args ...string) answer {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &program{
		getenv: func(name string) string { return d.env[name] }, stdout: &stdout, stderr: &stderr,
		transport: d.Storage, retryDelay: -1, now: d.Clock.Now, wait: d.Clock.Wait,
	}
	code := p.run(t.Context(), args)
	return answer{code, stdout.String(), stderr.String()}
}

// entries are the ledger's, newest first.
func (d *desk) entries(t *testing.T) (entries []store.Entry) {
	t.Helper()
	for e, err := range d.Store.Entries(t.Context(), store.LedgerQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

// ledgerRow is the stored row of a content that begins so.
func (d *desk) ledgerRow(t *testing.T, id, start string) ingesttest.StoredRow {
	t.Helper()
	for _, row := range d.Rows(t, "content") {
		if row.Columns["ContentId"] == id && strings.HasPrefix(row.Columns["RowKey"].(string), start) {
			return row
		}
	}
	t.Fatalf("content %s has no row %s", id, start)
	return ingesttest.StoredRow{}
}

func TestWhatIsNotUnderstoodIsSaid(t *testing.T) {
	d := &desk{World: &ingesttest.World{Clock: ingesttest.NewClock(), Storage: ingesttest.NewTransport(http.DefaultTransport)}}
	for name, x := range map[string]struct {
		args []string
		env  map[string]string
		want string
	}{
		"no command":        {nil, nil, "Usage: labeltrail <command>"},
		"unknown command":   {[]string{"fsk"}, nil, `"fsk" is no command`},
		"an argument":       {[]string{"fsck", "all"}, nil, `unexpected argument "all"`},
		"unknown flag":      {[]string{"rebuild", "-now"}, nil, "-now"},
		"no settings":       {[]string{"fsck"}, nil, "TENANT_ID: required"},
		"faulty settings":   {[]string{"rebuild"}, map[string]string{"RETENTION_DAYS": "x"}, "RETENTION_DAYS: "},
		"no storage":        {[]string{"rebuild"}, map[string]string{"TENANT_ID": tenant.DefaultTenantID}, "DataStorage: nothing says where"},
		"storage that lies": {[]string{"fsck"}, map[string]string{"TENANT_ID": tenant.DefaultTenantID, "DataStorage": "secret"}, "connection string: "},
	} {
		t.Run(name, func(t *testing.T) {
			d.env = x.env
			got := d.run(t, x.args...)
			if got.code != exitFailed || !strings.Contains(got.stderr, x.want) || got.stdout != "" || strings.Contains(got.stderr, "secret") {
				t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
			}
		})
	}
}

func TestHelpNamesCommandsAndSettings(t *testing.T) {
	d := &desk{World: &ingesttest.World{Clock: ingesttest.NewClock()}}
	for _, args := range [][]string{{"help"}, {"-h"}, {"fsck", "-h"}, {"rebuild", "-h"}} {
		got := d.run(t, args...)
		text := got.stdout + got.stderr
		for _, want := range []string{"Usage: labeltrail", "TENANT_ID (required)", "RECORD_TYPES (default 93,", "RETENTION_DAYS (default 0)", "DataStorage__accountName"} {
			if got.code != exitWell || !strings.Contains(text, want) {
				t.Errorf("%v: exit code %d, want %q in\n%s", args, got.code, want, text)
			}
		}
	}
}

func TestStorageThatDoesNotAnswerIsAFailureAndNoFinding(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	for _, command := range []string{"fsck", "rebuild"} {
		for n := range 5 {
			d.Storage.Plan(func(i int, _ *http.Request) ingesttest.Fault {
				if i >= 2*n {
					return ingesttest.Refuse
				}
				return nil
			})
			got := d.run(t, command)
			if got.code != exitFailed || strings.Contains(got.stdout, `"kind"`) || !strings.Contains(got.stderr, "labeltrail "+command+": ") {
				t.Errorf("%s after %d requests: exit code %d\n%s%s", command, 2*n, got.code, got.stdout, got.stderr)
			}
		}
	}
}

func TestAnAccountIsReadAsWhoIsLoggedIn(t *testing.T) {
	d := &desk{World: &ingesttest.World{Clock: ingesttest.NewClock()}}
	for _, client := range []string{"", tenant.DefaultTenantID} {
		d.env = map[string]string{"TENANT_ID": tenant.DefaultTenantID, "DataStorage__accountName": "trail", "DataStorage__clientId": client}
		p := &program{getenv: func(name string) string { return d.env[name] }, now: d.Clock.Now}
		if _, st, err := p.openTrail(); err != nil || st == nil {
			t.Errorf("client %q: %v", client, err)
		}
	}
}

// findings are the lines of fsck's output but for the last, which is the summary.
func findings(t *testing.T, a answer) (list []finding, s summary) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(a.stdout, "\n"), "\n")
	for i, line := range lines {
		if i == len(lines)-1 {
			decode(t, line, &s)
			continue
		}
		var f finding
		decode(t, line, &f)
		list = append(list, f)
	}
	if s.Kind != "summary" {
		t.Fatalf("no summary:\n%s%s", a.stdout, a.stderr)
	}
	return list, s
}

func decode(t *testing.T, line string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
}

// brokenPipe is an output that nobody reads.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	d := newDesk(t, tenant.Config{})
	p := &program{
		getenv: func(name string) string { return d.env[name] }, stdout: brokenPipe{}, stderr: &bytes.Buffer{},
		transport: d.Storage, retryDelay: -1, now: d.Clock.Now, wait: d.Clock.Wait,
	}
	if code := p.run(t.Context(), []string{"fsck"}); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
}

func sortedKinds(list []finding) (kinds []string) {
	for _, f := range list {
		kinds = append(kinds, string(f.Kind))
	}
	slices.Sort(kinds)
	return kinds
}
