package search

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A joiner writes the pages of an answer as one document. It writes each row
// byte for byte as the API sent it.
type joiner interface {
	// write writes at most `most` rows of a page. It returns how many it wrote
	// and whether the page has more. The error is of a malformed page or of
	// writing.
	write(p *page, most int) (rows int, more bool, err error)
	// end writes what follows the last row.
	end(completeThrough string) error
}

// joiners has the joiner of each format, by its name.
var joiners = map[string]func(io.Writer) joiner{
	"json":   func(w io.Writer) joiner { return &jsonJoiner{out: w} },
	"ndjson": func(w io.Writer) joiner { return &lineJoiner{out: w} },
	"csv":    func(w io.Writer) joiner { return &csvJoiner{out: w} },
}

// A lineJoiner joins pages of JSON lines.
type lineJoiner struct{ out io.Writer }

func (j *lineJoiner) write(p *page, most int) (int, bool, error) {
	in := bufio.NewReader(p.body)
	for n := 0; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return n, false, nil
		}
		if n == most {
			return n, true, nil
		}
		if err == io.EOF || err == nil && !json.Valid(line) {
			return n, false, errors.New("a line of the answer is not JSON")
		}
		if err == nil {
			_, err = j.out.Write(line)
		}
		if err != nil {
			return n, false, err
		}
	}
}

func (j *lineJoiner) end(string) error { return nil }

// A csvJoiner joins tables that have the same header row, and writes that once.
type csvJoiner struct {
	out    io.Writer
	header []byte // as sent, with its line break; nil before the first page
}

// byteOrderMark may begin a page: it tells Excel that the file is UTF-8.
const byteOrderMark = "\ufeff"

func (j *csvJoiner) write(p *page, most int) (int, bool, error) {
	start := int64(0)
	if mark, _ := readRange(p, 0, int64(len(byteOrderMark))); string(mark) == byteOrderMark {
		start = int64(len(mark))
	}
	table := csv.NewReader(bufio.NewReader(io.NewSectionReader(p.body, start, p.size-start)))
	table.ReuseRecord = true
	if _, err := table.Read(); err != nil {
		return 0, false, fmt.Errorf("the answer has no header row: %w", err)
	}
	from := start + table.InputOffset()
	header, err := readRange(p, 0, from)
	if err != nil {
		return 0, false, err
	}
	n, rows, more, err := countRows(table, most)
	if err != nil {
		return 0, false, fmt.Errorf("the answer is not a table: %w", err)
	}
	to := start + rows
	if end, err := readRange(p, to-1, to); err != nil || string(end) != "\n" {
		return 0, false, errors.Join(errors.New("the answer ends in the middle of a row"), err)
	}
	if err := j.writeHeader(header); err != nil {
		return 0, false, err
	}
	_, err = io.Copy(j.out, io.NewSectionReader(p.body, from, to-from))
	return n, more, err
}

// countRows reads at most `most` rows. It returns how many there were, the
// offset of their end, and whether there is another.
func countRows(table *csv.Reader, most int) (n int, end int64, more bool, err error) {
	for ; ; n++ {
		end = table.InputOffset()
		_, err := table.Read()
		if errors.Is(err, io.EOF) {
			return n, end, false, nil
		}
		if err != nil || n == most {
			return n, end, err == nil, err
		}
	}
}

// writeHeader writes the header row of the first page. Every other page must
// have the same.
func (j *csvJoiner) writeHeader(header []byte) error {
	if j.header == nil {
		j.header = header
		_, err := j.out.Write(header)
		return err
	}
	if !bytes.Equal(header, j.header) {
		return errors.New("a page has other columns than the first: the app may have been updated during the search; run it again")
	}
	return nil
}

func (j *csvJoiner) end(string) error { return nil }

// readRange returns the bytes of a page from one offset to another.
func readRange(p *page, from, to int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(p.body, from, min(to, p.size)-from))
}

// A jsonJoiner joins the documents of all pages into one.
type jsonJoiner struct {
	out  io.Writer
	rows int
}

func (j *jsonJoiner) write(p *page, most int) (int, bool, error) {
	before, next := j.rows, ""
	more, err := j.writeDocument(json.NewDecoder(bufio.NewReader(p.body)), before+most, &next)
	if err != nil {
		err = fmt.Errorf("the answer is not the expected JSON: %w", err)
	} else if next != nextLink(p.header) {
		err = errors.New("nextLink and the Link header differ: does a proxy change headers?")
	}
	return j.rows - before, more, err
}

// writeDocument reads a page and writes rows until there are `most`. It skips
// unknown members, which a newer version may have added.
func (j *jsonJoiner) writeDocument(in *json.Decoder, most int, next *string) (more bool, err error) {
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
			more, err = j.writeRows(in, most)
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
		return false, errors.New("data after its end")
	}
	return more, nil
}

func (j *jsonJoiner) writeRows(in *json.Decoder, most int) (more bool, err error) {
	if err := expect(in, json.Delim('[')); err != nil {
		return false, err
	}
	for in.More() {
		var row json.RawMessage
		if err := in.Decode(&row); err != nil {
			return false, err
		}
		if j.rows == most {
			more = true
			continue // the rest must still be valid JSON
		}
		if err := j.writeRow(row); err != nil {
			return false, err
		}
	}
	return more, expect(in, json.Delim(']'))
}

func (j *jsonJoiner) writeRow(row []byte) error {
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
		return fmt.Errorf("%v instead of %v", got, want)
	}
	return err
}
