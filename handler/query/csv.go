package query

import (
	"bytes"
	"strconv"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// CSV is RFC 4180 with every value in quotes, as Export-Csv writes it. Times
// are UTC in a form that Excel takes for a time and PowerShell's [datetime]
// for the same one in every culture.
const csvTime = "2006-01-02 15:04:05.999999999"

// byteOrderMark tells Excel that a file is UTF-8; Import-Csv passes over it.
// The cmdlet's view has none, as Export-Csv of PowerShell 7 writes none, so
// that ConvertFrom-Csv finds its first column, too.
const byteOrderMark = "\ufeff"

// csvHead is the first line of a page, which is there even if nothing else is.
func csvHead(v view) []byte {
	var head bytes.Buffer
	names := []string{"AuditData"}
	switch v {
	case cmdlet:
		names = cmdletColumns
	case normalized:
		names = normalizedColumns()
	}
	if v != cmdlet {
		head.WriteString(byteOrderMark)
	}
	r := row{out: &head}
	for _, name := range names {
		r.plain(name)
	}
	r.end()
	return head.Bytes()
}

// normalizedColumns are always the same, whatever the events have.
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

// writeRow writes a record as a line under the head of its view.
func writeRow(d *draft, v view, record *audit.Record) {
	r := row{out: &d.Buffer}
	switch v {
	case asSent:
		r.json(recordText(record))
	case cmdlet:
		r.hit(d, hitOf(record))
	default:
		r.record(record)
	}
	r.end()
}

// A row writes the values of one line.
type row struct {
	out  *bytes.Buffer
	some bool // has a value already
}

// plain is a value of our own that is no formula.
func (r *row) plain(value string) {
	r.begin()
	appendQuoted(r.out, value)
	r.out.WriteByte('"')
}

// text is a value from outside.
func (r *row) text(value string) { r.plain(neutral(value)) }

func (r *row) number(n int32) { r.plain(strconv.Itoa(int(n))) }

// json is a record, on one line. It begins with a brace, and so is no formula.
func (r *row) json(record []byte) {
	line := bytes.Clone(record)
	oneLine(line)
	r.plain(neutralJSON(string(line)))
}

func (r *row) begin() {
	if r.some {
		r.out.WriteByte(',')
	}
	r.some = true
	r.out.WriteByte('"')
}

func (r *row) end() { r.out.WriteString("\r\n") }

func appendQuoted(out *bytes.Buffer, value string) {
	for i := range len(value) {
		if value[i] == '"' {
			out.WriteByte('"')
		}
		out.WriteByte(value[i])
	}
}

// record writes the values under normalizedColumns.
func (r *row) record(record *audit.Record) {
	r.text(record.ID)
	r.plain(record.CreationTime.UTC().Format(csvTime))
	r.number(int32(record.RecordType))
	r.plain(record.RecordType.Name())
	for a := range audit.Attributes() {
		r.attribute(record, a)
	}
	r.json(recordText(record))
}

func (r *row) attribute(record *audit.Record, a audit.Attribute) {
	var value, name string
	switch a.Kind() {
	case audit.Text:
		text, _ := record.Text(a)
		value = neutral(text)
	case audit.Int:
		if n, ok := record.Int(a); ok {
			value, name = strconv.Itoa(int(n)), nameOf(a, n)
		}
	case audit.Bool:
		if b, ok := record.Bool(a); ok {
			value = strconv.FormatBool(b)
		}
	}
	r.plain(value)
	if _, ok := enumerations[a]; ok {
		r.plain(name)
	}
}

// hit writes the values under cmdletColumns, as Export-Csv prints them.
func (r *row) hit(d *draft, h hit) {
	r.plain(h.recordType)
	r.plain(h.created.Truncate(time.Second).Format(csvTime))
	r.text(h.user)
	r.text(h.operation)
	r.json(h.auditData)
	r.number(int32(d.number))
	r.begin()
	d.leaveHole()
	r.out.WriteByte('"')
	r.text(h.identity)
	r.plain("True")
	r.plain(objectState)
}
