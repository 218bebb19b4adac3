package tenant

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// template is a record of another workload, cut at its {fields} when the tenant
// is made, so that printing one is little more than copying: noise is nineteen
// twentieths of what the tenant sends.
type template struct {
	weight int
	parts  []part
}

// part is literal text and the field that follows it, nil at the end.
type part struct {
	literal string
	field   func(b []byte, n *noise) []byte
}

// noise is one record's circumstances.
type noise struct {
	*pools
	dice   dice
	time   time.Time
	person prepared
	file   prepared
}

// pools are the texts that noise is made of, in JSON already.
type pools struct {
	tenantID string
	people   []prepared
	files    []prepared
}

// prepared holds a person's or a file's texts by the name of the field.
type prepared map[string]string

// compile cuts a template. A field is a name in double braces: one of a person
// or a file, or time, guid, org, hex:<digits>, n:<limit>.
func compile(weight int, text string) (*template, error) {
	t := &template{weight: weight}
	for {
		before, rest, found := strings.Cut(text, "{{")
		if !found {
			t.parts = append(t.parts, part{literal: text})
			return t, nil
		}
		name, after, _ := strings.Cut(rest, "}}")
		f, err := field(name)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{before, f})
		text = after
	}
}

func field(name string) (func([]byte, *noise) []byte, error) {
	name, arg, _ := strings.Cut(name, ":")
	size, _ := strconv.Atoi(arg)
	switch name {
	case "time":
		return appendNoiseTime, nil
	case "guid":
		return func(b []byte, n *noise) []byte { return n.dice.appendGUID(b) }, nil
	case "org":
		return func(b []byte, n *noise) []byte { return append(b, n.tenantID...) }, nil
	case "hex":
		return func(b []byte, n *noise) []byte { return n.dice.appendHex(b, size) }, nil
	case "n":
		return func(b []byte, n *noise) []byte { return strconv.AppendInt(b, int64(n.dice.below(size)), 10) }, nil
	case "upn", "key", "puid", "ip", "device", "name":
		return func(b []byte, n *noise) []byte { return append(b, n.person[name]...) }, nil
	case "path", "url", "site", "file":
		return func(b []byte, n *noise) []byte { return append(b, n.file[name]...) }, nil
	}
	return nil, fmt.Errorf("template field %q is unknown", name)
}

func appendNoiseTime(b []byte, n *noise) []byte {
	return n.time.AppendFormat(b, eventLayout)
}

// append appends a record.
func (t *template) append(b []byte, n *noise) []byte {
	for i := range t.parts {
		b = append(b, t.parts[i].literal...)
		if f := t.parts[i].field; f != nil {
			b = f(b, n)
		}
	}
	return b
}
