package records

import (
	"fmt"
	"strconv"
	"time"
)

// TimeLayout is the layout of CreationTime: UTC, without a zone.
const TimeLayout = "2006-01-02T15:04:05"

// object appends a JSON object member by member, in the order of the calls and
// without white space, as the service prints records. encoding/json could not
// write a name twice, which doubledUser needs.
type object struct{ buf []byte }

func (o *object) open()  { o.buf = append(o.buf, '{') }
func (o *object) close() { o.buf = append(o.buf, '}') }

// key starts a member.
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

func (o *object) time(name string, t time.Time) {
	o.key(name)
	o.buf = append(o.buf, '"')
	o.buf = t.UTC().AppendFormat(o.buf, TimeLayout)
	o.buf = append(o.buf, '"')
}

// begin starts a nested object, to be ended by close.
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

// appendQuoted appends a JSON string. It escapes only the characters that JSON
// requires to be escaped: the service prints &, <, > and non-ASCII letters
// unescaped.
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
	return fmt.Appendf(b, `\u%04x`, c)
}
