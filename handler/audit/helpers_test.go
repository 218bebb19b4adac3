package audit

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// sampleNames lists the files of testdata that match a pattern. It fails if no file
// matches.
func sampleNames(tb testing.TB, pattern string) []string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no file matches %s: %v", pattern, err)
	}
	for i, file := range files {
		files[i], _ = filepath.Rel("testdata", file)
	}
	return files
}

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func mustFilter(tb testing.TB, s string) Filter {
	tb.Helper()
	f, err := ParseFilter(s)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// mustParse parses a content blob with all record types.
func mustParse(tb testing.TB, content string) Parsed {
	tb.Helper()
	p, err := Parse([]byte(content), mustFilter(tb, "*"))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func mustRecord(tb testing.TB, json string) *Record {
	tb.Helper()
	r, err := ParseRecord([]byte(json))
	if err != nil {
		tb.Fatalf("%v: %s", err, json)
	}
	return &r
}

// event returns a record's JSON: the required members and the given ones.
func event(members string) string {
	return `{"RecordType":94,"CreationTime":"2026-11-20T10:00:00",` + members + `}`
}

// shown returns the record's attributes as text, by name.
func shown(r *Record) map[string]string {
	m := map[string]string{}
	for a := range Attributes() {
		if s, ok := r.Text(a); ok {
			m[a.Name()] = s
		}
		if n, ok := r.Int(a); ok {
			m[a.Name()] = strconv.Itoa(int(n))
		}
		if v, ok := r.Bool(a); ok {
			m[a.Name()] = strconv.FormatBool(v)
		}
	}
	return m
}

func indexes(p Parsed) (records, rejects []int) {
	for _, item := range p.Records {
		records = append(records, item.Index)
	}
	for _, reject := range p.Rejects {
		rejects = append(rejects, reject.Index)
	}
	return records, rejects
}
