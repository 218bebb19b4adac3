package query

import (
	"bytes"
	"io"
	"strconv"
	"time"
)

// A sheet is a page as a body: what goes before the items, between and behind
// them.
type sheet struct {
	*page
	before, between, behind []byte
}

// newSheet lays out a page. next is "" on the last one, complete is zero if it
// is not known. Only JSON says either of them in the body.
func newSheet(p *page, q *question, next string, complete time.Time) (sheet, error) {
	switch q.format.name {
	case "csv":
		return sheet{page: p, before: csvHead(q.view)}, nil
	case "ndjson":
		return sheet{page: p}, nil
	}
	var behind bytes.Buffer
	behind.WriteByte(']')
	o := object{out: &behind, some: true}
	if next != "" {
		o.text("nextLink", next)
	}
	if !complete.IsZero() {
		o.time("completeThrough", complete)
	}
	o.end()
	return sheet{p, []byte(`{"value":[`), []byte(","), behind.Bytes()}, o.err
}

func (s sheet) size() int64 {
	count := len(strconv.Itoa(s.items))
	return s.plain + int64(len(s.before)+len(s.between)*max(s.items-1, 0)+len(s.behind)+count*s.holes)
}

func (s sheet) send(w io.Writer) error {
	out := &sender{w: w}
	out.write(s.before)
	count, first := []byte(strconv.Itoa(s.items)), true
	err := s.each(func(before, behind []byte) error {
		if !first {
			out.write(s.between)
		}
		first = false
		out.write(before)
		if len(behind) > 0 {
			out.write(count)
			out.write(behind)
		}
		return out.err
	})
	out.write(s.behind)
	if err != nil {
		return err
	}
	return out.err
}

// A sender writes until that fails.
type sender struct {
	w   io.Writer
	err error
}

func (s *sender) write(b []byte) {
	if s.err == nil && len(b) > 0 {
		_, s.err = s.w.Write(b)
	}
}
