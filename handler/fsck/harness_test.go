package fsck

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/pull/trailtest"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// A fixture is a trail, and how it is checked.
type fixture struct {
	*trailtest.Trail
	config Config
}

func newFixture(t *testing.T, cfg tenant.Config) *fixture {
	t.Helper()
	f := &fixture{Trail: trailtest.New(t, cfg)}
	f.config = Config{Store: f.Store, Want: f.Want()}
	return f
}

// A result is what a check has printed.
type result struct {
	findings []finding
	summary  Summary
	out      string
	text     string // for people
}

// run runs a check, which must not fail.
func (f *fixture) run(t *testing.T) result {
	t.Helper()
	var out, text bytes.Buffer
	cfg := f.config
	cfg.Out = &out
	returned, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	returned.WriteText(&text)
	r := result{out: out.String(), text: text.String()}
	r.findings, r.summary = parseOutput(t, r.out)
	if r.summary.Disagreements != returned.Disagreements || r.summary.Tally != returned.Tally {
		t.Errorf("the summary that is returned is %+v, the one that is written is %+v", returned, r.summary)
	}
	return r
}

// parseOutput reads the findings, and the summary in the last line.
func parseOutput(t *testing.T, out string) (list []finding, s Summary) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
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
		t.Fatalf("no summary:\n%s", out)
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

// disagreements returns the findings that are not information.
func (r result) disagreements() (list []finding) {
	for _, f := range r.findings {
		if !f.Information {
			list = append(list, f)
		}
	}
	return list
}

func (r result) kinds() (kinds []string) {
	for _, f := range r.findings {
		kinds = append(kinds, string(f.Kind))
	}
	slices.Sort(kinds)
	return kinds
}

// failing runs a check that must fail, and returns its findings and its error.
func (f *fixture) failing(ctx context.Context, t *testing.T) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cfg := f.config
	cfg.Out = &out
	_, err := Run(ctx, cfg)
	if err == nil {
		t.Errorf("no error:\n%s", &out)
	}
	return out.String(), err
}

func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
