package query

import (
	"bytes"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// beginItem begins the normalized form of a record: its columns under their
// names, the names of its numbers beside them where they have one, and the
// record itself. The caller adds what it knows beyond the record, and ends it.
func beginItem(out *bytes.Buffer, r *audit.Record) *object {
	o := beginObject(out)
	if r.ID != "" {
		o.text("Id", r.ID)
	}
	o.time("CreationTime", r.CreationTime)
	o.number("RecordType", int32(r.RecordType))
	if name := r.RecordType.Name(); name != "" {
		o.text("RecordTypeName", name)
	}
	for a := range audit.Attributes() {
		o.attribute(r, a)
	}
	o.raw("AuditData", recordText(r))
	return o
}

// recordText is a record as it can be sent: as Microsoft sent it, but with
// U+FFFD for bytes that are no UTF-8, which would make all of a page
// unreadable. Raw content has them.
func recordText(r *audit.Record) []byte {
	if utf8.Valid(r.JSON) {
		return r.JSON
	}
	return bytes.ToValidUTF8(r.JSON, []byte("\uFFFD"))
}

// attribute writes one column, or nothing where the record does not have it.
func (o *object) attribute(r *audit.Record, a audit.Attribute) {
	switch a.Kind() {
	case audit.Text:
		if text, ok := r.Text(a); ok {
			o.text(a.Name(), text)
		}
	case audit.Int:
		if number, ok := r.Int(a); ok {
			o.number(a.Name(), number)
			if name := nameOf(a, number); name != "" {
				o.text(a.Name()+"Name", name)
			}
		}
	case audit.Bool:
		if boolean, ok := r.Bool(a); ok {
			o.boolean(a.Name(), boolean)
		}
	}
}
