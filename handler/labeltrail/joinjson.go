package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A jsonJoiner makes one document of the pages' documents.
type jsonJoiner struct {
	out  io.Writer
	rows int
}

func (j *jsonJoiner) page(f *fetched, most int) (int, bool, error) {
	before, next := j.rows, ""
	more, err := j.document(json.NewDecoder(bufio.NewReader(f.body)), before+most, &next)
	if err != nil {
		err = fmt.Errorf("the answer is not the JSON that it should be: %w", err)
	} else if next != nextLink(f.header) {
		err = errors.New("nextLink and the Link header do not agree: does something on the way change headers?")
	}
	return j.rows - before, more, err
}

// document reads a page, and writes rows until there are as many as are
// wanted. What else is in it, newer versions may have added.
func (j *jsonJoiner) document(in *json.Decoder, most int, next *string) (more bool, err error) {
	if err := expect(in, json.Delim('{')); err != nil {
		return false, err
	}
	for in.More() {
		name, err := in.Token()
		if err != nil {
			return false, err
		}
		switch name {
		case "value":
			more, err = j.value(in, most)
		case "nextLink":
			err = in.Decode(next)
		default:
			err = in.Decode(&json.RawMessage{})
		}
		if err != nil {
			return false, err
		}
	}
	if err := expect(in, json.Delim('}')); err != nil {
		return false, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return false, errors.New("something follows its end")
	}
	return more, nil
}

// value reads the rows of a page.
func (j *jsonJoiner) value(in *json.Decoder, most int) (more bool, err error) {
	if err := expect(in, json.Delim('[')); err != nil {
		return false, err
	}
	for in.More() {
		var row json.RawMessage
		if err := in.Decode(&row); err != nil {
			return false, err
		}
		if more = j.rows == most; more {
			continue
		}
		if err := j.row(row); err != nil {
			return false, err
		}
	}
	return more, expect(in, json.Delim(']'))
}

func (j *jsonJoiner) row(row []byte) error {
	start := ",\n"
	if j.rows == 0 {
		start = `{"value":[` + "\n"
	}
	j.rows++
	_, err := fmt.Fprintf(j.out, "%s%s", start, row)
	return err
}

func (j *jsonJoiner) end(completeThrough string) error {
	start, complete := "\n]", ""
	if j.rows == 0 {
		start = `{"value":[]`
	}
	if completeThrough != "" {
		complete = fmt.Sprintf(`,"completeThrough":%q`, completeThrough)
	}
	_, err := fmt.Fprintf(j.out, "%s%s}\n", start, complete)
	return err
}

func expect(in *json.Decoder, want json.Token) error {
	got, err := in.Token()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err == nil && got != want {
		return fmt.Errorf("%v where %v should be", got, want)
	}
	return err
}
