package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// patterns are expressions that a native reader has to read twice. Each may
// occur a few times in 10,000 words: about as often as in Go's own prose.
var patterns = []struct {
	name  string
	limit int // hits in 10,000 words
	re    *regexp.Regexp
}{
	{"a sentence that opens with What, Where, Who, Of, With or Without", 2,
		regexp.MustCompile(`(?:^|[.;:!?]["')]*\s)(?:What|Where|Who|Whatever|Of|With|Without) [^?]*$`)},
	{"a clause with a fronted subject: what ... is", 2,
		regexp.MustCompile(`[.;:,] (?:what|whatever|who|where) (?:[\w'-]+ ){1,8}(?:is|are|was|were)\b`)},
	{"is none", 2, regexp.MustCompile(`(?i)\b(?:is|are|was|were|be) none\b`)},
	{"is no X", 8, regexp.MustCompile(`(?i)\b(?:is|are|was|were) no [a-z]`)},
	{"as it is", 2, regexp.MustCompile(`(?i)\bas (?:it|they) (?:is|are|was|were)\b`)},
	{"anew, over and over, lest, be it", 2, regexp.MustCompile(`(?i)\b(?:anew|over and over|lest|be it|be that)\b`)},
	{"be had", 2, regexp.MustCompile(`(?i)\bbe had\b`)},
	{"is to be", 2, regexp.MustCompile(`(?i)\b(?:is|are|was|were) (?:not )?to (?:be|have|go|come|begin|end|carry|hold|say|become)\b`)},
	{"but for", 2, regexp.MustCompile(`(?i)\bbut for\b`)},
	{"tells whether", 2, regexp.MustCompile(`(?i)\btells? whether\b`)},
	{"so many, gone on with, that which", 2, regexp.MustCompile(`(?i)\b(?:so many|gone on with|that which)\b`)},
}

func TestProsePatterns(t *testing.T) {
	for _, c := range []struct{ pattern, prose, clean string }{
		{patterns[0].name, "It ends. What is left waits.", "It waits for what is left."},
		{patterns[1].name, "It is done; what is left is listed.", "It lists what is left."},
		{patterns[2].name, "A page that is none.", "None is left."},
		{patterns[3].name, "That is no GUID.", "That is not a GUID."},
		{patterns[4].name, "It is kept as it is.", "It is kept unchanged."},
		{patterns[5].name, "All is counted anew.", "All is counted again."},
		{patterns[6].name, "It can be had.", "It had a name."},
		{patterns[7].name, "The row is to be written.", "The row is written."},
		{patterns[8].name, "All but for one.", "All but one."},
		{patterns[9].name, "due tells whether it is time.", "due reports whether it is time."},
		{patterns[10].name, "It holds so many rows.", "It holds ten rows."},
	} {
		if !slices.ContainsFunc(matches(c.prose), func(name string) bool { return name == c.pattern }) {
			t.Errorf("%q does not match %q", c.pattern, c.prose)
		}
		if found := matches(c.clean); len(found) > 0 {
			t.Errorf("%q matches %q", found, c.clean)
		}
	}
}

// TestProse counts the patterns in everything that people read: comments,
// messages, test names, documents, Bicep descriptions, the API's description.
func TestProse(t *testing.T) {
	all := prose(t, "..")
	for _, corpus := range []string{"comments", "messages", "test names", "documents", "infrastructure", "API description"} {
		words, hits := 0, map[string][]string{}
		for _, p := range all[corpus] {
			words += len(strings.Fields(p.text))
			for _, name := range matches(p.text) {
				hits[name] = append(hits[name], fmt.Sprintf("%s: %s", p.where, p.text))
			}
		}
		if words == 0 {
			t.Errorf("%s: no words", corpus)
		}
		for _, p := range patterns {
			if found := hits[p.name]; len(found) > max(1, p.limit*words/10_000) {
				t.Errorf("%s: %q occurs %d times in %d words:\n%s", corpus, p.name, len(found), words, strings.Join(found, "\n"))
			}
		}
	}
}

// maxTestName keeps `go test -run` and the output of CI readable. A sentence
// about the case belongs in the subtest's name or a comment.
const maxTestName = 45

func TestTestNames(t *testing.T) {
	for _, p := range prose(t, "..")["test names"] {
		if len(p.name) > maxTestName {
			t.Errorf("%s: %s has %d characters, want at most %d", p.where, p.name, len(p.name), maxTestName)
		}
	}
}

// matches returns the name of each pattern, once for every sentence with a hit.
func matches(text string) []string {
	var names []string
	for sentence := range strings.SplitAfterSeq(text, ". ") {
		for _, p := range patterns {
			if p.re.MatchString(strings.TrimSpace(sentence)) {
				names = append(names, p.name)
			}
		}
	}
	return names
}

// paragraph is a piece of prose on one line.
type paragraph struct {
	where string // file and line
	text  string
	name  string // of the test function, in the corpus of test names
}

var skippedFolders = []string{".git", ".azure", "node_modules", "dist", "testdata"}

// prose reads all prose below root, by corpus.
func prose(t *testing.T, root string) map[string][]paragraph {
	t.Helper()
	all := map[string][]paragraph{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skippedFolders, d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		return readProse(path, all)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readProse(path string, all map[string][]paragraph) error {
	if filepath.Base(path) == "prose_test.go" {
		return nil // its examples contain the patterns
	}
	if filepath.Ext(path) == ".go" {
		return readGo(path, all)
	}
	kind := map[string]string{".md": "documents", ".bicep": "infrastructure", ".sh": "infrastructure", ".ps1": "infrastructure"}[filepath.Ext(path)]
	if filepath.Base(path) == "openapi.json" {
		kind = "API description"
	}
	if kind == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	switch kind {
	case "documents":
		all[kind] = append(all[kind], paragraphs(path, documentProse(string(text)))...)
	case "infrastructure":
		all[kind] = append(all[kind], paragraphs(path, scriptProse(string(text)))...)
	default:
		var document any
		if err := json.Unmarshal(text, &document); err != nil {
			return err
		}
		all[kind] = append(all[kind], descriptions(path, document)...)
	}
	return nil
}

// readGo reads comments, messages and the names of tests.
func readGo(path string, all map[string][]paragraph) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	at := func(n ast.Node) string { return fmt.Sprintf("%s:%d", path, files.Position(n.Pos()).Line) }
	for _, c := range file.Comments {
		all["comments"] = append(all["comments"], paragraphs(at(c), c.Text())...)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && len(strings.Fields(text)) > 2 {
				all["messages"] = append(all["messages"], paragraphs(at(n), text)...)
			}
		case *ast.FuncDecl:
			if n.Recv == nil && strings.HasSuffix(path, "_test.go") && testName.MatchString(n.Name.Name) {
				p := paragraph{where: at(n), text: spaced(n.Name.Name), name: n.Name.Name}
				all["test names"] = append(all["test names"], p)
			}
		}
		return true
	})
	return nil
}

var testName = regexp.MustCompile(`^(?:Test|Benchmark|Fuzz)[A-Z]`)

// spaced writes a camel-case name as words.
func spaced(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

var (
	codeBlock   = regexp.MustCompile("(?s)```.*?```")
	lineMark    = regexp.MustCompile(`(?m)^(?:[#>*|-]+|\d+\.) ?`)
	description = regexp.MustCompile(`description\('((?:[^'\\]|\\.)*)'\)`)
	comment     = regexp.MustCompile(`^\s*(?://|#) ?(.*)$`)
)

// documentProse returns a document without code blocks. Headings, list items
// and the cells of tables become paragraphs of their own.
func documentProse(text string) string {
	text = codeBlock.ReplaceAllString(text, "\n\n")
	text = lineMark.ReplaceAllString(text, "\n\n")
	return strings.ReplaceAll(text, "|", "\n\n")
}

// scriptProse returns the comments and descriptions of Bicep, and all of a
// shell script's comments.
func scriptProse(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if m := description.FindStringSubmatch(line); m != nil {
			b.WriteString("\n\n" + m[1] + "\n\n")
		} else if m := comment.FindStringSubmatch(line); m != nil {
			b.WriteString(m[1] + "\n")
		} else {
			b.WriteString("\n")
		}
	}
	return b.String()
}

// descriptions returns every summary and description of an OpenAPI document.
func descriptions(path string, node any) []paragraph {
	var all []paragraph
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if text, ok := value.(string); ok && (key == "summary" || key == "description") {
				all = append(all, paragraphs(path, text)...)
			} else {
				all = append(all, descriptions(path, value)...)
			}
		}
	case []any:
		for _, value := range node {
			all = append(all, descriptions(path, value)...)
		}
	}
	return all
}

var blankLine = regexp.MustCompile(`\n\s*\n`)

// paragraphs puts each paragraph on one line: sentences run over line ends.
func paragraphs(where, text string) []paragraph {
	var all []paragraph
	for _, p := range blankLine.Split(text, -1) {
		if line := strings.Join(strings.Fields(p), " "); line != "" {
			all = append(all, paragraph{where: where, text: line})
		}
	}
	return all
}
