package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrNotArray reports that a content blob's body is not one whole JSON array:
// it is empty, of another kind, cut off, or followed by other bytes. Parse
// returns no record of such a body, since nobody can know which are missing.
// The wrapping error says which case applies. It never quotes the body.
var ErrNotArray = errors.New("content is not a whole JSON array")

// ErrCutOff is the ErrNotArray of a body that ends inside the array. Another
// request may return the rest.
var ErrCutOff = fmt.Errorf("%w: it is cut off", ErrNotArray)

// Parsed is the result of parsing one content blob. Every element of the array
// is a record, a reject, or was skipped because the filter excludes its type.
// The number of skipped elements is Total minus the other two.
type Parsed struct {
	Total   int // elements of the array
	Records []Item
	Rejects []Reject
}

// Item is a record and its index in the array, from 0.
type Item struct {
	Index  int
	Record Record
}

// Reject is an element that could not be read, with its index in the array,
// from 0. The content blob's own bytes still hold it.
type Reject struct {
	Index  int
	Reason string // never quotes the element
}

// Parse reads a content blob's body and returns the records of the wanted
// types in the order of the array. An element that cannot be read becomes a
// reject and affects no other. Parse does not decode an element whose type is
// not wanted, so only its RecordType must be readable.
//
// The error wraps ErrNotArray; Parsed is then empty. Parsed does not alias
// content.
func Parse(content []byte, want Filter) (Parsed, error) {
	var p Parsed
	var d decoder
	if err := split(content, func(e element) { p.add(&d, e, want) }); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

func (p *Parsed) add(d *decoder, e element, want Filter) {
	index := p.Total
	p.Total++
	if t, err := readRecordType(e.recordType); err == nil && !want.Wants(t) {
		return
	}
	r, err := d.record(e.json)
	if err != nil {
		p.Rejects = append(p.Rejects, Reject{index, err.Error()})
		return
	}
	if want.Wants(r.RecordType) {
		p.Records = append(p.Records, Item{index, r})
	}
}

// element is one element of the array, not yet validated.
type element struct {
	json []byte
	// recordType is the value of the last RecordType key at depth 1. It is nil
	// if the key is missing, its value is invalid, or a key of the record has
	// escapes that must be decoded first.
	recordType []byte
}

// split calls each for every element of a content blob's body. An element of
// invalid JSON does not affect its neighbors as long as its brackets pair up.
// A comma before the closing bracket is accepted. The error wraps ErrNotArray;
// split has then already passed on the elements before the error.
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

// arrayStart returns the index after the opening bracket. A byte order mark
// and white space may precede it.
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

// nextElement returns the element at i, and the index of the comma or closing
// bracket after it, or len(content).
func nextElement(content []byte, i int) (element, int) {
	f := typeFinder{content: content}
	end := scan(content, i, f.key)
	for end < len(content) && content[end] == '}' { // the element has one closing brace too many
		end = scan(content, end+1, nil)
	}
	return element{json: trimSpace(content[i:end]), recordType: f.value()}, end
}

// typeFinder notes the position of a record's RecordType while scan skips over
// the record.
type typeFinder struct {
	content []byte
	at      int  // index after the colon of the last RecordType key, 0 if none
	escaped bool // a key has escapes, so its name is not known without decoding
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
