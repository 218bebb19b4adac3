package docs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/settings"
)

var inlineCode = regexp.MustCompile("`([^`]+)`")

// section returns a part of a page: from a heading of level two or three to the
// next heading.
func section(t *testing.T, path, title string) string {
	t.Helper()
	_, rest, found := strings.Cut(readDocument(t, path), "# "+title+"\n")
	if !found {
		t.Fatalf("%s has no section %q", path, title)
	}
	part, _, _ := strings.Cut(rest, "\n#")
	return part
}

// firstColumn returns the code in the first column of the tables of a text.
func firstColumn(text string) []string {
	var names []string
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(text, -1) {
		for _, m := range inlineCode.FindAllStringSubmatch(row[1], -1) {
			names = append(names, m[1])
		}
	}
	return names
}

func TestAskParameters(t *testing.T) {
	text := section(t, "ask.md", "Parameters of events")
	var want, noLists []string
	for _, p := range query.EventParameters() {
		want = append(want, p.Name)
		if p.Many && !p.Lists {
			noLists = append(noLists, p.Name)
		}
	}
	got := firstColumn(text)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ask.md: parameters (-want +got):\n%s", diff)
	}
	rule, _, found := strings.Cut(text, " take no comma list")
	if !found {
		t.Fatal("ask.md does not say which parameters take no comma list")
	}
	var said []string
	for _, m := range inlineCode.FindAllStringSubmatch(rule[strings.LastIndex(rule, "* "):], -1) {
		said = append(said, m[1])
	}
	slices.Sort(noLists)
	slices.Sort(said)
	if diff := cmp.Diff(noLists, said); diff != "" {
		t.Errorf("ask.md: parameters without comma lists (-want +got):\n%s", diff)
	}
}

func TestSettingsRecordTypes(t *testing.T) {
	var want []string
	for _, s := range settings.Table() {
		if s.Name != "RECORD_TYPES" {
			continue
		}
		for number := range strings.SplitSeq(s.Default, ",") {
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("%d %s", n, audit.RecordType(n).Name()))
		}
	}
	var got []string
	cells := regexp.MustCompile(`\| (\d+) \| (\w+) `)
	for _, m := range cells.FindAllStringSubmatch(section(t, "settings.md", "Record types"), -1) {
		got = append(got, m[1]+" "+m[2])
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings.md: record types (-want +got):\n%s", diff)
	}
}

func TestCLIKinds(t *testing.T) {
	const source = "../handler/fsck/report.go"
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ +findingKind = "([a-z-]+)"`).FindAllStringSubmatch(readDocument(t, source), -1) {
		want = append(want, m[1])
	}
	if len(want) < 10 {
		t.Fatalf("precondition: the kinds of %s are %q", source, want)
	}
	got := firstColumn(section(t, "cli.md", "fsck"))
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cli.md: kinds of fsck (-want +got):\n%s", diff)
	}
}

// The page explains every member of the status that the API describes.
func TestOperateStatus(t *testing.T) {
	var description struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(readDocument(t, "../handler/query/openapi.json")), &description); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	addMembers(want, description.Components.Schemas["Status"])
	if len(want) < 20 {
		t.Fatalf("precondition: the status has the members %v", want)
	}
	got := map[string]bool{}
	for _, m := range inlineCode.FindAllStringSubmatch(section(t, "operate.md", "Members of the status"), -1) {
		got[m[1]] = true
	}
	for name := range want {
		if !got[name] {
			t.Errorf("operate.md does not explain %s of the status", name)
		}
	}
	for _, name := range firstColumn(section(t, "operate.md", "Members of the status")) {
		if !want[name] {
			t.Errorf("operate.md explains %s, which the status lacks", name)
		}
	}
}

// addMembers adds the names of all properties in a JSON schema.
func addMembers(names map[string]bool, schema any) {
	switch s := schema.(type) {
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name := range properties {
			names[name] = true
		}
		for _, value := range s {
			addMembers(names, value)
		}
	case []any:
		for _, value := range s {
			addMembers(names, value)
		}
	}
}

// The findings in the page have the words that fsck prints.
func TestCLIFindings(t *testing.T) {
	var source string
	for _, file := range []string{"raw.go", "rows.go"} {
		source += readDocument(t, "../handler/fsck/"+file)
	}
	lines := regexp.MustCompile(`(?m)^\{"kind".*$`).FindAllString(section(t, "cli.md", "fsck"), -1)
	if len(lines) == 0 {
		t.Fatal("precondition: cli.md shows no finding")
	}
	for _, line := range lines {
		var finding struct{ Kind, Expected, Found string }
		if err := json.Unmarshal([]byte(line), &finding); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{finding.Expected, finding.Found} {
			words, _, _ := strings.Cut(text, ": ") // checksums or names of columns follow
			if !strings.Contains(source, `"`+words) {
				t.Errorf("cli.md: %s: fsck does not print %q", finding.Kind, words)
			}
		}
	}
}
