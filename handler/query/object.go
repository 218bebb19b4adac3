package query

import (
	"bytes"
	"strconv"
	"time"
)

// An object writes one JSON object, its members in the order in which they
// are given. The standard encoder would compact the records in it, which are
// to keep their bytes. The first error stays in err.
type object struct {
	out  *bytes.Buffer
	some bool // has a member already
	err  error
}

func beginObject(out *bytes.Buffer) *object {
	out.WriteByte('{')
	return &object{out: out}
}

func (o *object) end() { o.out.WriteByte('}') }

// name begins a member whose value the caller writes. Names are our own and
// need no escapes.
func (o *object) name(name string) {
	if o.some {
		o.out.WriteByte(',')
	}
	o.some = true
	o.out.WriteString(`"` + name + `":`)
}

// raw is a member whose value is JSON already.
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
