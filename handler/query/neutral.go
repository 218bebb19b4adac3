package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Spreadsheets run a cell as a formula if its text begins with one of these,
// some of them also in the full-width form; space before it does not always
// help (OWASP, CSV Injection).
const triggers = "=+-@＝＋－＠"

// neutral makes a text harmless that a spreadsheet would run as a formula: an
// apostrophe before it makes it a text. A cell begins where the value does,
// and also behind a line break, a tab and a semicolon, where readers cut that
// do not heed quotes, or the comma. A text that would look as if this had been
// done to it gets one apostrophe more: taking one away wherever one could have
// been put gives the text back.
func neutral(text string) string {
	return atFormulas(text, func(out *strings.Builder, _ string) int {
		out.WriteByte('\'')
		return 0
	})
}

// neutralJSON does the same to a record, which begins with a brace, so that
// only what is behind a semicolon in one of its strings can run. The escape of
// a character is the same JSON.
func neutralJSON(json string) string {
	if !strings.Contains(json, ";") {
		return json
	}
	return atFormulas(json, func(out *strings.Builder, rest string) int {
		i := strings.IndexAny(rest, triggers)
		r, size := utf8.DecodeRuneInString(rest[i:])
		fmt.Fprintf(out, `%s\u%04x`, rest[:i], r)
		return i + size
	})
}

// atFormulas copies the text. Where a cell may begin whose text would run,
// change writes something instead of so many bytes of the rest.
func atFormulas(text string, change func(out *strings.Builder, rest string) int) string {
	var out strings.Builder
	done := 0
	for i := range len(text) {
		if runs(text, i) {
			out.WriteString(text[done:i])
			done = i + change(&out, text[i:])
		}
	}
	if out.Len() == 0 {
		return text
	}
	out.WriteString(text[done:])
	return out.String()
}

// runs reports whether a cell may begin at i, and would run. A value that
// begins with a line break or a tab counts as one: some readers drop that.
func runs(text string, i int) bool {
	if i > 0 && strings.IndexByte("\r\n\t;", text[i-1]) < 0 {
		return false
	}
	rest := strings.TrimLeftFunc(text[i:], func(r rune) bool { return r == '\'' || isBlank(r) })
	first, size := utf8.DecodeRuneInString(rest)
	return size > 0 && (strings.ContainsRune(triggers, first) || i == 0 && strings.ContainsRune("\r\n\t", first))
}

// isBlank reports whether a spreadsheet may pass over r. Line breaks and tabs
// count for themselves.
func isBlank(r rune) bool {
	if r == '\r' || r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == 0
}
