package audit

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// unquote decodes a valid JSON string. Bytes that are no UTF-8, and halves of
// surrogate pairs, become U+FFFD, as in encoding/json, which does it where the
// string has such bytes or any \u; the rest is done here, much faster.
func unquote(raw []byte) string {
	inner := raw[1 : len(raw)-1]
	backslash := bytes.IndexByte(inner, '\\')
	if backslash >= 0 && bytes.Contains(inner[backslash:], []byte(`\u`)) || !utf8.Valid(inner) {
		return unmarshal(raw)
	}
	if backslash < 0 {
		return string(inner)
	}
	return unescape(inner)
}

func unmarshal(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// unescape decodes the escapes of one character.
func unescape(inner []byte) string {
	s := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		c := inner[i]
		if c == '\\' {
			i++
			c = escaped(inner[i])
		}
		s = append(s, c)
	}
	return string(s)
}

// escaped is the character that c stands for behind a backslash.
func escaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
