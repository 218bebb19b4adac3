package docs

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// documents returns the Markdown files of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"../*.md", "*.md", "../infra/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, paths...)
	}
	if !slices.Contains(found, "../README.md") || len(found) < 5 {
		t.Fatalf("documents: %q", found)
	}
	return found
}

func readDocument(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A reader must be able to take in the README at once.
func TestReadmeSize(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(readDocument(t, "../README.md"), "\n"), "\n")
	if len(lines) > 100 {
		t.Errorf("README.md has %d lines, want at most 100", len(lines))
	}
	for i, line := range lines {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("README.md:%d has %d columns, want at most 120", i+1, n)
		}
	}
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

func TestDocumentLinks(t *testing.T) {
	for _, path := range documents(t) {
		prose := code.ReplaceAllString(fence.ReplaceAllString(readDocument(t, path), ""), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			checkLink(t, path, m[1])
		}
	}
}

// checkLink checks that a relative link leads to a file, and its fragment to a
// heading of that file.
func checkLink(t *testing.T, from, to string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Errorf("%s: link %s: %v", from, to, err)
		return
	}
	if u.Scheme != "" {
		return
	}
	target := from
	if u.Path != "" {
		target = filepath.Join(filepath.Dir(from), filepath.FromSlash(u.Path))
	}
	if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: link %s: no such file", from, to)
		return
	}
	if u.Fragment != "" && !slices.Contains(anchors(t, target), u.Fragment) {
		t.Errorf("%s: link %s: no such heading", from, to)
	}
}

// anchors returns the fragments that GitHub gives to the headings of a file.
func anchors(t *testing.T, path string) []string {
	t.Helper()
	var found []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(readDocument(t, path), ""), -1) {
		found = append(found, anchor(m[1]))
	}
	return found
}

// anchor is the fragment of a heading: lower case, hyphens for spaces, no
// punctuation.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}
