package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A joiner writes the pages of an answer as one. What it writes of a row are
// the bytes that the API sent.
type joiner interface {
	// page writes at most so many rows of a page, and returns how many, and
	// whether the page has more. The error is that of a page that is not what
	// it should be, or of writing.
	page(f *fetched, most int) (rows int, more bool, err error)
	// end writes what comes after the last row.
	end(completeThrough string) error
}

// joiners are by the name of the format.
var joiners = map[string]func(io.Writer) joiner{
	"json":   func(w io.Writer) joiner { return &jsonJoiner{out: w} },
	"ndjson": func(w io.Writer) joiner { return &lineJoiner{out: w} },
	"csv":    func(w io.Writer) joiner { return &csvJoiner{out: w} },
}

// A lineJoiner joins lines of JSON.
type lineJoiner struct{ out io.Writer }

func (j *lineJoiner) page(f *fetched, most int) (int, bool, error) {
	in := bufio.NewReader(f.body)
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

// A csvJoiner joins tables that have the same header, which it writes once.
type csvJoiner struct {
	out    io.Writer
	header []byte // as sent, its line break included; nil before the first page
}

// byteOrderMark may begin each page: it tells Excel that what follows is UTF-8.
const byteOrderMark = "\ufeff"

func (j *csvJoiner) page(f *fetched, most int) (int, bool, error) {
	start := int64(0)
	if mark, _ := between(f, 0, int64(len(byteOrderMark))); string(mark) == byteOrderMark {
		start = int64(len(mark))
	}
	table := csv.NewReader(bufio.NewReader(io.NewSectionReader(f.body, start, f.size-start)))
	table.ReuseRecord = true
	if _, err := table.Read(); err != nil {
		return 0, false, fmt.Errorf("the answer has no header row: %w", err)
	}
	from := start + table.InputOffset()
	header, err := between(f, 0, from)
	if err != nil {
		return 0, false, err
	}
	n, rows, more, err := take(table, most)
	if err != nil {
		return 0, false, fmt.Errorf("the answer is not a table: %w", err)
	}
	to := start + rows
	if end, err := between(f, to-1, to); err != nil || string(end) != "\n" {
		return 0, false, errors.Join(errors.New("the answer ends in the middle of a row"), err)
	}
	if err := j.begin(header); err != nil {
		return 0, false, err
	}
	_, err = io.Copy(j.out, io.NewSectionReader(f.body, from, to-from))
	return n, more, err
}

// take reads so many rows, and returns how many there were, where they end, and
// whether there is one more.
func take(table *csv.Reader, most int) (n int, end int64, more bool, err error) {
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

// begin writes the header of the first page, and holds the others to it.
func (j *csvJoiner) begin(header []byte) error {
	if j.header == nil {
		j.header = header
		_, err := j.out.Write(header)
		return err
	}
	if !bytes.Equal(header, j.header) {
		return errors.New("a page has other columns than the first: has the app been updated meanwhile? Ask again")
	}
	return nil
}

func (j *csvJoiner) end(string) error { return nil }

// between are the bytes of a page from one place to another.
func between(f *fetched, from, to int64) ([]byte, error) {
	return io.ReadAll(io.NewSectionReader(f.body, from, min(to, f.size)-from))
}
