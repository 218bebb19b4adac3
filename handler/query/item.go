package query

import (
	"bytes"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// An object writes one JSON object, with its members in the given order. The
// standard encoder would compact the records inside it, which must keep their
// bytes. The first error stays in err.
type object struct {
	out        *bytes.Buffer
	hasMembers bool
	err        error
}

func beginObject(out *bytes.Buffer) *object {
	out.WriteByte('{')
	return &object{out: out}
}

func (o *object) end() { o.out.WriteByte('}') }

// name begins a member. The caller writes its value. Names are constants that
// need no escaping.
func (o *object) name(name string) {
	if o.hasMembers {
		o.out.WriteByte(',')
	}
	o.hasMembers = true
	o.out.WriteString(`"` + name + `":`)
}

// raw writes a member whose value is JSON.
func (o *object) raw(name string, json []byte) {
	o.name(name)
	o.out.Write(json)
}

func (o *object) text(name, value string) {
	o.name(name)
	if err := encode(o.out, value); err != nil && o.err == nil {
		o.err = err
	}
}

func (o *object) number(name string, value int32) {
	o.raw(name, strconv.AppendInt(nil, int64(value), 10))
}

func (o *object) boolean(name string, value bool) {
	o.raw(name, strconv.AppendBool(nil, value))
}

func (o *object) time(name string, value time.Time) {
	o.text(name, value.UTC().Format(time.RFC3339Nano))
}

// attribute writes an attribute of a record, if the record has it, and the
// name of its number, if there is one.
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

// beginItem begins the normalized view of a record: its attributes, the names
// of its numbers, and the record itself. The caller may add members, and ends
// the object.
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
	o.raw("AuditData", validText(r))
	return o
}

// validText returns the record as Microsoft sent it, with U+FFFD for invalid
// UTF-8, which would make the whole page invalid. The raw blob keeps the
// original bytes.
func validText(r *audit.Record) []byte {
	if utf8.Valid(r.JSON) {
		return r.JSON
	}
	return bytes.ToValidUTF8(r.JSON, []byte("\uFFFD"))
}

// A cmdletResult is a record with the properties that Search-UnifiedAuditLog
// returns, for scripts that were written for it.
//
// ResultIndex counts from 1 on each page, and ResultCount is the number of
// results on the page, as for one call of the cmdlet. The values -1 and 0, with
// which the cmdlet reports a timeout, never occur.
type cmdletResult struct {
	recordType string // name, or number if it has no name
	created    time.Time
	user       string
	operation  string
	auditData  []byte
	identity   string // Id of the record
}

// objectState is the same for every record.
const objectState = "Unchanged"

// cmdletColumns are the properties in the cmdlet's order.
var cmdletColumns = []string{
	"RecordType", "CreationDate", "UserIds", "Operations", "AuditData",
	"ResultIndex", "ResultCount", "Identity", "IsValid", "ObjectState",
}

func newCmdletResult(r *audit.Record) cmdletResult {
	user, _ := r.Text(audit.UserID)
	operation, _ := r.Text(audit.Operation)
	recordType := r.RecordType.Name()
	if recordType == "" {
		recordType = strconv.Itoa(int(r.RecordType))
	}
	return cmdletResult{recordType, r.CreationTime.UTC(), user, operation, validText(r), r.ID}
}

// writeCmdlet writes the cmdlet view as JSON.
func writeCmdlet(d *draft, r *audit.Record) error {
	c, o := newCmdletResult(r), beginObject(&d.Buffer)
	o.text("RecordType", c.recordType)
	o.time("CreationDate", c.created)
	o.text("UserIds", c.user)
	o.text("Operations", c.operation)
	o.text("AuditData", string(c.auditData))
	o.number("ResultIndex", int32(d.number))
	o.name("ResultCount")
	d.leaveCount()
	o.text("Identity", c.identity)
	o.boolean("IsValid", true)
	o.text("ObjectState", objectState)
	o.end()
	return o.err
}
