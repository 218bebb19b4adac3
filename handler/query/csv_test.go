package query

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestNeutralize(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"adele@contoso.com":             "adele@contoso.com",
		"2.14.90.0":                     "2.14.90.0",
		"it's 1+1=2":                    "it's 1+1=2",
		"'quoted'":                      "'quoted'",
		"=1+1":                          "'=1+1",
		"+1":                            "'+1",
		"-1":                            "'-1",
		"@SUM(A1)":                      "'@SUM(A1)",
		"=cmd|' /C calc'!A0":            "'=cmd|' /C calc'!A0",
		" =1+1":                         "' =1+1",
		"\u00a0=cmd":                    "'\u00a0=cmd",
		"\ufeff=cmd":                    "'\ufeff=cmd",
		"\u200b\u3000=cmd":              "'\u200b\u3000=cmd",
		"＝1":                            "'＝1",
		"＠x":                            "'＠x",
		"\tx":                           "'\tx",
		"\rx":                           "'\rx",
		"\n=x":                          "'\n'=x",
		"a\n=cmd":                       "a\n'=cmd",
		"a\r\n -cmd":                    "a\r\n' -cmd",
		"a;=1+1;b":                      "a;'=1+1;b",
		"a\t+1":                         "a\t'+1",
		"a, =1":                         "a, =1",
		"'=1":                           "''=1",
		`"=1`:                           `"=1`,
		`\\server\share\=x;-y\plan.doc`: `\\server\share\=x;'-y\plan.doc`,
	} {
		if got := neutralize(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCSVLineJSON(t *testing.T) {
	const record = "{\n\t\"ObjectId\" : \"a;=1+1;\\u003db; ＠c;'-d;é=;\\\\=\",\r\n \"n\":\t-1}"
	const want = `{  "ObjectId" : "a;\u003d1+1;\u003db; \uff20c;'\u002dd;é=;\\=",   "n": -1}`
	var out bytes.Buffer
	l := csvLine{out: &out}
	l.json([]byte(record))
	if got := out.String(); got != `"`+strings.ReplaceAll(want, `"`, `""`)+`"` {
		t.Errorf("got %s\nwant %s", got, want)
	}
	var before, after any
	if json.Unmarshal([]byte(record), &before) != nil || json.Unmarshal([]byte(want), &after) != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("the JSON value changed: %v, %v", before, after)
	}
}

// cells splits text as a reader does that ends a cell at a line break, a tab or a
// semicolon.
func cells(text string) []string {
	return strings.FieldsFunc("|"+text, func(r rune) bool { return strings.ContainsRune("\r\n\t;", r) })
}

// undo reverses neutralize.
func undo(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if text[i] != '\'' || !isFormulaAt(text, i) {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

func FuzzNeutral(f *testing.F) {
	for _, seed := range []string{"", "=1", " ＝1", "a\n=b", "a;'-b", "''+", "\r\n@", "\t\t=", "\u200b=", "\xff=", "x\"=", "\x00=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		safe := neutralize(text)
		if got := undo(safe); got != text {
			t.Errorf("%q: got %q, which undo turns into %q", text, safe, got)
		}
		for i, cell := range cells(safe) {
			if i == 0 {
				cell = cell[1:]
			}
			if trimmed := strings.TrimFunc(cell, isBlank); trimmed != "" && strings.ContainsAny(string([]rune(trimmed)[:1]), triggers) {
				t.Errorf("%q: got %q, in which %q is a formula", text, safe, cell)
			}
		}
		var out bytes.Buffer
		l := csvLine{out: &out}
		l.text(text)
		l.plain("next")
		l.end()
		lines, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(lines) != 1 || len(lines[0]) != 2 || lines[0][1] != "next" || lines[0][0] != strings.ReplaceAll(safe, "\r\n", "\n") {
			t.Errorf("%q: parsed as %q, %v", safe, lines, err)
		}
	})
}
