package tenant

import (
	"strconv"
	"time"
)

// Layouts of the times the service prints.
const (
	eventLayout   = "2006-01-02T15:04:05"      // CreationTime: UTC without a zone
	contentLayout = "2006-01-02T15:04:05.000Z" // contentCreated, contentExpiration
)

// object appends a JSON object field by field, in the order of the calls and
// without white space, as the service prints records.
type object struct{ buf []byte }

func (o *object) open()  { o.buf = append(o.buf, '{') }
func (o *object) close() { o.buf = append(o.buf, '}') }

// key starts a field.
func (o *object) key(name string) {
	if last := o.buf[len(o.buf)-1]; last != '{' && last != '[' {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, '"', ':')
}

func (o *object) text(name, value string) {
	o.key(name)
	o.buf = appendQuoted(o.buf, value)
}

func (o *object) int(name string, value int) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, int64(value), 10)
}

func (o *object) bool(name string, value bool) {
	o.key(name)
	o.buf = strconv.AppendBool(o.buf, value)
}

func (o *object) raw(name, value string) {
	o.key(name)
	o.buf = append(o.buf, value...)
}

func (o *object) time(name string, t time.Time, layout string) {
	o.key(name)
	o.buf = append(o.buf, '"')
	o.buf = t.UTC().AppendFormat(o.buf, layout)
	o.buf = append(o.buf, '"')
}

// begin starts a nested object, which close ends.
func (o *object) begin(name string) {
	o.key(name)
	o.open()
}

// texts writes an array of strings.
func (o *object) texts(name string, values []string) {
	o.key(name)
	o.buf = append(o.buf, '[')
	for i, v := range values {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendQuoted(o.buf, v)
	}
	o.buf = append(o.buf, ']')
}

// appendQuoted appends a JSON string. It escapes what JSON demands and nothing
// else: the service prints &, <, > and letters beyond ASCII as they are.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, s[i])
		start = i + 1
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
