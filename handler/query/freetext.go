package query

import (
	"bytes"
	"slices"
	"strconv"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// freeTextFilter returns a function that reports whether a record's JSON
// contains one of the texts, ignoring case. It searches the JSON as sent and
// with the escapes of its strings decoded, so that both C:\Users and C:\\Users
// are found. The function is safe for concurrent use.
func freeTextFilter(texts []string) func(json []byte) bool {
	needles := mapped(texts, func(text string) []byte { return []byte(audit.Fold(text)) })
	return func(json []byte) bool {
		s := scratches.Get().(*scratch)
		defer scratches.Put(s)
		if containsAny(s.fold(json), needles) {
			return true
		}
		return bytes.IndexByte(json, '\\') >= 0 && containsAny(s.fold(s.decode(json)), needles)
	}
}

func containsAny(text []byte, needles [][]byte) bool {
	return slices.ContainsFunc(needles, func(n []byte) bool { return bytes.Contains(text, n) })
}

// A scratch holds the buffers for searching one record. They are reused for
// the next record.
type scratch struct{ folded, decoded []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// fold is audit.Fold with a fast path for ASCII. The result is valid until the
// next call.
func (s *scratch) fold(text []byte) []byte {
	s.folded = s.folded[:0]
	for len(text) > 0 {
		n := 0
		for n < len(text) && text[n] < utf8.RuneSelf {
			n++
		}
		s.folded = appendUpper(s.folded, text[:n])
		text = text[n:]
		for n = 0; n < len(text) && text[n] >= utf8.RuneSelf; {
			n++
		}
		if n > 0 {
			s.folded = append(s.folded, audit.Fold(string(text[:n]))...)
		}
		text = text[n:]
	}
	return s.folded
}

func appendUpper(to, ascii []byte) []byte {
	start := len(to)
	to = append(to, ascii...)
	for i, c := range to[start:] {
		if 'a' <= c && c <= 'z' {
			to[start+i] = c - 'a' + 'A'
		}
	}
	return to
}

// decode replaces the escapes in valid JSON with the characters they stand
// for. The result is valid until the next call.
func (s *scratch) decode(json []byte) []byte {
	s.decoded = s.decoded[:0]
	for {
		i := bytes.IndexByte(json, '\\')
		if i < 0 || i+1 == len(json) {
			s.decoded = append(s.decoded, json...)
			return s.decoded
		}
		s.decoded = append(s.decoded, json[:i]...)
		var n int
		s.decoded, n = appendUnescaped(s.decoded, json[i:])
		json = json[i+n:]
	}
}

// appendUnescaped appends the character of the escape at the start of text,
// and returns the length of the escape.
func appendUnescaped(to, text []byte) ([]byte, int) {
	if r, ok := unicodeEscape(text); ok {
		if low, ok := unicodeEscape(text[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return utf8.AppendRune(to, pair), 12
			}
		}
		return utf8.AppendRune(to, r), 6 // an unpaired surrogate becomes U+FFFD
	}
	if i := bytes.IndexByte([]byte("bfnrt"), text[1]); i >= 0 {
		return append(to, "\b\f\n\r\t"[i]), 2
	}
	return append(to, text[1]), 2
}

func unicodeEscape(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}
