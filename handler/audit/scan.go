package audit

import (
	"bytes"
	"iter"
)

// scan finds the end of the value at or after i: the index of the comma or
// closing bracket behind it, or len(b). It counts brackets outside strings and
// looks at nothing else, so it gets over values that are not valid JSON. If key
// is not nil, it is called with the bounds of every string at depth 1.
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

// skipString finds the index behind the string whose opening quote is at i, or
// len(b) if it does not end.
func skipString(b []byte, i int) int {
	n := bytes.IndexByte(b[i+1:], '"')
	if n >= 0 && bytes.IndexByte(b[i+1:i+1+n], '\\') < 0 {
		return i + n + 2
	}
	return skipEscaped(b, i)
}

// skipEscaped is skipString for a string that has a backslash.
//
// A path that was not escaped may end in a backslash, "C:\Data\", and seems to
// hide its closing quote. The next quote then opens a string and has a name
// behind it, which no closing quote in valid JSON has; so the string ended at
// the last \" that can end a value. Without this, one such record would turn
// strings inside out up to the end of the content.
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

// members yields the keys (as written, without quotes) and values of an object
// that is valid JSON.
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
