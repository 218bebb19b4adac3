package query

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// CSV is RFC 4180 with every value quoted, as Export-Csv writes it. csvTime is
// the layout of times, in UTC. Excel recognizes it, and PowerShell's [datetime]
// reads it the same way in every culture.
const csvTime = "2006-01-02 15:04:05.999999999"

// byteOrderMark marks a file as UTF-8 for Excel; Import-Csv skips it. The
// cmdlet view omits it, as Export-Csv of PowerShell 7 does, so that
// ConvertFrom-Csv recognizes the first column.
const byteOrderMark = "\ufeff"

// layoutCSV returns the header row, which even an empty page has.
func layoutCSV(v view, _ pageEnd) (layout, error) { return layout{head: csvHead(v)}, nil }

func csvHead(v view) []byte {
	var head bytes.Buffer
	names := []string{"AuditData"}
	switch v {
	case cmdletView:
		names = cmdletColumns
	case normalizedView:
		names = normalizedColumns()
	}
	if v != cmdletView {
		head.WriteString(byteOrderMark)
	}
	l := csvLine{out: &head}
	for _, name := range names {
		l.plain(name)
	}
	l.end()
	return head.Bytes()
}

// normalizedColumns returns all columns, whether or not the events on the page
// have them.
func normalizedColumns() []string {
	names := []string{"Id", "CreationTime", "RecordType", "RecordTypeName"}
	for a := range audit.Attributes() {
		names = append(names, a.Name())
		if _, ok := enumerations[a]; ok {
			names = append(names, a.Name()+"Name")
		}
	}
	return append(names, "AuditData")
}

// writeCSV writes a record as a line, with the columns of csvHead.
func writeCSV(d *draft, v view, r *audit.Record) error {
	l := csvLine{out: &d.Buffer}
	switch v {
	case recordView:
		l.json(validText(r))
	case cmdletView:
		l.cmdlet(d, newCmdletResult(r))
	default:
		l.normalized(r)
	}
	l.end()
	return nil
}

// A csvLine writes the values of one line.
type csvLine struct {
	out       *bytes.Buffer
	hasValues bool
}

// plain writes a value that cannot be a formula.
func (l *csvLine) plain(value string) {
	l.begin()
	appendQuoted(l.out, value)
	l.out.WriteByte('"')
}

// text writes a value that may be a formula.
func (l *csvLine) text(value string) { l.plain(neutralize(value)) }

func (l *csvLine) number(n int32) { l.plain(strconv.Itoa(int(n))) }

// json writes a record on one line.
func (l *csvLine) json(record []byte) {
	line := bytes.Clone(record)
	joinLines(line)
	l.plain(neutralizeJSON(string(line)))
}

func (l *csvLine) begin() {
	if l.hasValues {
		l.out.WriteByte(',')
	}
	l.hasValues = true
	l.out.WriteByte('"')
}

func (l *csvLine) end() { l.out.WriteString("\r\n") }

func appendQuoted(out *bytes.Buffer, value string) {
	for i := range len(value) {
		if value[i] == '"' {
			out.WriteByte('"')
		}
		out.WriteByte(value[i])
	}
}

// normalized writes the values of normalizedColumns.
func (l *csvLine) normalized(r *audit.Record) {
	l.text(r.ID)
	l.plain(r.CreationTime.UTC().Format(csvTime))
	l.number(int32(r.RecordType))
	l.plain(r.RecordType.Name())
	for a := range audit.Attributes() {
		l.attribute(r, a)
	}
	l.json(validText(r))
}

func (l *csvLine) attribute(r *audit.Record, a audit.Attribute) {
	var value, name string
	switch a.Kind() {
	case audit.Text:
		text, _ := r.Text(a)
		value = neutralize(text)
	case audit.Int:
		if n, ok := r.Int(a); ok {
			value, name = strconv.Itoa(int(n)), nameOf(a, n)
		}
	case audit.Bool:
		if b, ok := r.Bool(a); ok {
			value = strconv.FormatBool(b)
		}
	}
	l.plain(value)
	if _, ok := enumerations[a]; ok {
		l.plain(name)
	}
}

// cmdlet writes the values of cmdletColumns as Export-Csv prints them.
func (l *csvLine) cmdlet(d *draft, c cmdletResult) {
	l.plain(c.recordType)
	l.plain(c.created.Truncate(time.Second).Format(csvTime))
	l.text(c.user)
	l.text(c.operation)
	l.json(c.auditData)
	l.number(int32(d.number))
	l.begin()
	d.leaveCount()
	l.out.WriteByte('"')
	l.text(c.identity)
	l.plain("True")
	l.plain(objectState)
}

// triggers are the characters with which a formula can begin, some of them
// also in full-width form (OWASP, CSV Injection).
const triggers = "=+-@＝＋－＠"

// neutralize makes text harmless that a spreadsheet would evaluate as a
// formula: it puts an apostrophe before the formula. A cell begins at the start
// of the value, and also after a line break, a tab or a semicolon, because some
// readers split there even inside quotes.
//
// The change is reversible. Text that already looks neutralized gets one more
// apostrophe, so removing one apostrophe before each formula restores the text.
func neutralize(text string) string {
	return replaceFormulas(text, func(out *strings.Builder, _ string) int {
		out.WriteByte('\'')
		return 0
	})
}

// neutralizeJSON makes a record harmless by escaping the first character of
// each formula, which leaves the JSON value unchanged. A record begins with a
// brace and has no line breaks, so a formula can only follow a semicolon.
func neutralizeJSON(json string) string {
	if !strings.Contains(json, ";") {
		return json
	}
	return replaceFormulas(json, func(out *strings.Builder, rest string) int {
		i := strings.IndexAny(rest, triggers)
		r, size := utf8.DecodeRuneInString(rest[i:])
		fmt.Fprintf(out, `%s\u%04x`, rest[:i], r)
		return i + size
	})
}

// replaceFormulas copies text. At each position where a spreadsheet could
// start evaluating a formula, change writes a replacement and returns how many
// bytes of the rest it consumed.
func replaceFormulas(text string, change func(out *strings.Builder, rest string) int) string {
	var out strings.Builder
	done := 0
	for i := range len(text) {
		if isFormulaAt(text, i) {
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

// isFormulaAt reports whether a formula could begin at i. A value that begins
// with a line break or a tab counts as one, because some readers drop those
// characters.
func isFormulaAt(text string, i int) bool {
	if i > 0 && strings.IndexByte("\r\n\t;", text[i-1]) < 0 {
		return false
	}
	rest := strings.TrimLeftFunc(text[i:], func(r rune) bool { return r == '\'' || isBlank(r) })
	first, size := utf8.DecodeRuneInString(rest)
	return size > 0 && (strings.ContainsRune(triggers, first) || i == 0 && strings.ContainsRune("\r\n\t", first))
}

// isBlank reports whether a spreadsheet may ignore r before a formula. Line
// breaks and tabs begin a new cell instead.
func isBlank(r rune) bool {
	if r == '\r' || r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == 0
}
