package audit

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// This file scans JSON without decoding it. scan and skipString also get past
// invalid JSON, which no library does: one bad record must not cost the rest of
// its content blob. members runs three to four times as fast as gjson's ForEach
// on the sample records, without allocation (BenchmarkMembers).

// scan returns the index of the comma or closing bracket that ends the value at
// i, or len(b). It counts brackets outside strings and ignores all other
// syntax. It calls key, if not nil, with the bounds of every string at depth 1.
func scan(b []byte, i int, key func(start, end int)) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if depth == 1 && key != nil {
				key(i, end)
			}
			i = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// skipString returns the index after the string whose opening quote is at i, or
// len(b) if the string does not end.
func skipString(b []byte, i int) int {
	n := bytes.IndexByte(b[i+1:], '"')
	if n >= 0 && bytes.IndexByte(b[i+1:i+1+n], '\\') < 0 {
		return i + n + 2
	}
	return skipEscaped(b, i)
}

// skipEscaped is skipString for a string that has a backslash.
//
// Some services send paths without escaping them. The closing quote of
// "C:\Data\" then looks escaped, and the next quote in the record seems to
// close the string although it opens another. Valid JSON never has a name right
// after a closing quote. If one follows, the string ended at the last \" that
// can end a value. Otherwise one such record would swap the inside and the outside
// of all strings after it.
func skipEscaped(b []byte, i int) int {
	hidden := 0
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
			if i < len(b) && b[i] == '"' && endsValue(b, i+1) {
				hidden = i + 1
			}
		case '"':
			if hidden == 0 || endsValue(b, i+1) {
				return i + 1
			}
			return hidden
		}
	}
	if hidden > 0 {
		return hidden
	}
	return len(b)
}

// endsValue reports whether a value can end before i.
func endsValue(b []byte, i int) bool {
	i = skipSpace(b, i)
	return i == len(b) || b[i] == ',' || b[i] == ':' || b[i] == '}' || b[i] == ']'
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func trimSpace(b []byte) []byte {
	b = b[skipSpace(b, 0):]
	for len(b) > 0 && isSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// object lists the members of a JSON object in their order.
type object []member

type member struct{ key, value []byte }

// appendMembers appends the members of raw, valid JSON, to o. A value of
// another kind has no members.
func appendMembers(o object, raw []byte) object {
	if len(raw) == 0 || raw[0] != '{' {
		return o
	}
	for key, value := range members(raw) {
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(unquote([]byte(`"` + string(key) + `"`)))
		}
		o = append(o, member{key, value})
	}
	return o
}

// members yields the keys (still escaped, without quotes) and values of an
// object. The object must be valid JSON.
func members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := skipSpace(object, 1); object[i] == '"'; i = skipSpace(object, i+1) {
			end := skipString(object, i)
			key := object[i+1 : end-1]
			colon := skipSpace(object, end)
			i = scan(object, colon+1, nil)
			if !yield(key, trimSpace(object[colon+1:i])) || object[i] != ',' {
				return
			}
		}
	}
}

// get returns the JSON value of a key, or nil if it is missing or null. Keys
// match in any case. The last of a repeated key counts.
func (o object) get(key string) []byte {
	for i := len(o) - 1; i >= 0; i-- {
		if foldEqual(o[i].key, key) {
			if string(o[i].value) == "null" {
				return nil
			}
			return o[i].value
		}
	}
	return nil
}

// foldEqual reports whether key and name differ at most in case. name is ASCII.
// The first two comparisons are cheap and nearly always decide.
func foldEqual(key []byte, name string) bool {
	return len(key) == len(name) && (string(key) == name || bytes.EqualFold(key, []byte(name)))
}

// unquote decodes a valid JSON string. U+FFFD replaces invalid UTF-8 and unpaired
// surrogates, as in encoding/json. Decoded text is part of keys, so the two rare
// cases in which gjson replaces fewer or more characters go to encoding/json.
func unquote(raw []byte) string {
	if !bytes.Contains(raw, []byte(`\u`)) {
		if s := gjson.ParseBytes(raw).String(); utf8.ValidString(s) {
			return s
		}
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
