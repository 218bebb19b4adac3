package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrNotArray says that a content's body is no whole JSON array: it is empty,
// something else, cut off, or followed by other bytes. Such a body is kept as
// it is and none of its records is taken, since it cannot be known which are
// missing. The error that wraps it says which it was and never quotes the body.
var ErrNotArray = errors.New("content is no whole JSON array")

// ErrCutOff is the ErrNotArray of a body that ends in mid-array: there is more
// of it somewhere.
var ErrCutOff = fmt.Errorf("%w: it is cut off", ErrNotArray)

// element is one element of a content's array, not yet checked.
type element struct {
	json []byte
	// recordType is the value of the last RecordType key at depth 1; nil if it
	// is missing or no JSON, or if keys must be decoded to find it.
	recordType []byte
}

// split calls each with the elements of a content's body. One that is not valid
// JSON does not disturb its neighbours as long as its brackets pair. A comma
// before the closing bracket is let pass. The error wraps ErrNotArray; it is
// known only after the elements before the fault have been handed on.
func split(content []byte, each func(element)) error {
	i, err := arrayStart(content)
	if err != nil {
		return err
	}
	for {
		e, end := nextElement(content, i)
		if end == len(content) {
			return ErrCutOff
		}
		last := content[end] == ']'
		if !last || len(e.json) > 0 {
			each(e)
		}
		i = end + 1
		if last {
			return arrayEnd(content[i:])
		}
	}
}

// arrayStart finds the index behind the opening bracket; a byte order mark and
// white space may come before it.
func arrayStart(content []byte) (int, error) {
	i := len(content) - len(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	i = skipSpace(content, i)
	if i == len(content) {
		return 0, fmt.Errorf("%w: it is empty", ErrNotArray)
	}
	switch content[i] {
	case '[':
		return i + 1, nil
	case '{':
		return 0, fmt.Errorf("%w: it is an object", ErrNotArray)
	}
	return 0, fmt.Errorf("%w: it does not begin with a bracket", ErrNotArray)
}

func arrayEnd(rest []byte) error {
	if len(trimSpace(rest)) > 0 {
		return fmt.Errorf("%w: bytes follow its end", ErrNotArray)
	}
	return nil
}

// nextElement reads the element at i and finds the comma or closing bracket
// behind it, or len(content).
func nextElement(content []byte, i int) (element, int) {
	f := typeFinder{content: content}
	end := scan(content, i, f.key)
	for end < len(content) && content[end] == '}' { // one brace too many
		end = scan(content, end+1, nil)
	}
	return element{json: trimSpace(content[i:end]), recordType: f.value()}, end
}

// typeFinder notes where a record's RecordType is while the record is skipped.
type typeFinder struct {
	content []byte
	at      int  // index behind the last RecordType key's colon, 0 if none
	escaped bool // a key must be decoded before it can be compared
}

func (f *typeFinder) key(start, end int) {
	colon := skipSpace(f.content, end)
	if colon == len(f.content) || f.content[colon] != ':' {
		return
	}
	name := f.content[start+1 : end-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		f.escaped = true
	}
	if foldEqual(name, "RecordType") {
		f.at = colon + 1
	}
}

func (f *typeFinder) value() []byte {
	if f.at == 0 || f.escaped {
		return nil
	}
	raw := trimSpace(f.content[f.at:scan(f.content, f.at, nil)])
	if !json.Valid(raw) {
		return nil
	}
	return raw
}
