package query

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"time"
)

// A draft is one item as it will be sent, except for a placeholder for the
// number of items on the page, which is not known while items are written.
type draft struct {
	bytes.Buffer
	number  int // of the item on its page, from 1
	countAt int // offset of the placeholder; 0 if absent
}

// begin empties the draft for an item.
func (d *draft) begin(number int) {
	d.Reset()
	d.number, d.countAt = number, 0
}

// leaveCount puts the placeholder at the end of what has been written.
func (d *draft) leaveCount() { d.countAt = d.Len() }

// A spool holds the items of a page until the last one has been read. Nothing
// is sent before that: the address of the next page goes into a header, and a
// storage error halfway must become an error response rather than a page that
// looks complete.
//
// 50,000 events as CSV are over 100 MB, more than the handler may keep in
// memory. Therefore full blocks are compressed; audit records shrink to about
// a tenth. A temporary file would leave personal data on disk if the handler
// is killed.
type spool struct {
	packed [][]byte     // compressed blocks, oldest first
	block  bytes.Buffer // items that are not compressed yet
	flate  *flate.Writer

	items, placeholders int
	plain               int64 // bytes of the items, without the counts
	memory              int   // bytes of the compressed blocks
}

// blockSize is a compromise: several blocks fit into memory, and each
// compresses well.
const blockSize = 1 << 20

// add appends an item. It does not keep the draft.
func (s *spool) add(d *draft) error {
	var frame [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(frame[:], uint64(d.Len()))
	n += binary.PutUvarint(frame[n:], uint64(d.countAt))
	s.block.Write(frame[:n])
	s.block.Write(d.Bytes())
	s.items++
	s.plain += int64(d.Len())
	if d.countAt > 0 {
		s.placeholders++
	}
	if s.block.Len() < blockSize {
		return nil
	}
	return s.pack()
}

// pack compresses the current block.
func (s *spool) pack() error {
	var packed bytes.Buffer
	if s.flate == nil {
		w, err := flate.NewWriter(&packed, flate.BestSpeed)
		if err != nil {
			return fmt.Errorf("compress a page: %w", err)
		}
		s.flate = w
	} else {
		s.flate.Reset(&packed)
	}
	_, err := s.flate.Write(s.block.Bytes())
	if err == nil {
		err = s.flate.Close()
	}
	if err != nil {
		return fmt.Errorf("compress a page: %w", err)
	}
	s.packed = append(s.packed, bytes.Clone(packed.Bytes()))
	s.memory += packed.Len()
	s.block.Reset()
	return nil
}

// each calls yield for each item in order, split at its placeholder. An item
// without a placeholder has an empty after. Both parts are valid only during the
// call.
func (s *spool) each(yield func(before, after []byte) error) error {
	var block bytes.Buffer
	for _, packed := range s.packed {
		block.Reset()
		if _, err := block.ReadFrom(flate.NewReader(bytes.NewReader(packed))); err != nil {
			return fmt.Errorf("decompress a page: %w", err)
		}
		if err := eachFrame(block.Bytes(), yield); err != nil {
			return err
		}
	}
	return eachFrame(s.block.Bytes(), yield)
}

func eachFrame(block []byte, yield func(before, after []byte) error) error {
	for len(block) > 0 {
		size, n := binary.Uvarint(block)
		countAt, m := binary.Uvarint(block[max(n, 0):])
		if n <= 0 || m <= 0 || uint64(len(block)-n-m) < size {
			return io.ErrUnexpectedEOF
		}
		item := block[n+m:][:size]
		block = block[n+m:][size:]
		if countAt == 0 {
			countAt = size
		}
		if err := yield(item[:countAt], item[countAt:]); err != nil {
			return err
		}
	}
	return nil
}

// A pageBody is the body of a page.
type pageBody struct {
	*page
	layout
}

func newPageBody(p *page, q *question, end pageEnd) (pageBody, error) {
	around, err := q.format.layout(q.view, end)
	return pageBody{p, around}, err
}

// A layout is the text around the items of a page.
type layout struct{ head, separator, tail []byte }

// A pageEnd is what a format may write after the items.
type pageEnd struct {
	next     string    // address of the next page; "" on the last page
	complete time.Time // completeThrough; zero if it is not known
}

// layoutJSON returns a layout that makes the items an array in an object. Only
// JSON has room for the page's end.
func layoutJSON(_ view, end pageEnd) (layout, error) {
	var tail bytes.Buffer
	tail.WriteByte(']')
	o := object{out: &tail, hasMembers: true}
	if end.next != "" {
		o.text("nextLink", end.next)
	}
	if !end.complete.IsZero() {
		o.time("completeThrough", end.complete)
	}
	o.end()
	return layout{[]byte(`{"value":[`), []byte(","), tail.Bytes()}, o.err
}

// layoutLines returns no text: each item ends its own line.
func layoutLines(view, pageEnd) (layout, error) { return layout{}, nil }

func (b pageBody) size() int64 {
	count := len(strconv.Itoa(b.items))
	return b.plain + int64(len(b.head)+len(b.separator)*max(b.items-1, 0)+len(b.tail)+count*b.placeholders)
}

func (b pageBody) send(w io.Writer) error {
	out := &errWriter{w: w}
	out.write(b.head)
	count, first := []byte(strconv.Itoa(b.items)), true
	err := b.each(func(before, after []byte) error {
		if !first {
			out.write(b.separator)
		}
		first = false
		out.write(before)
		if len(after) > 0 {
			out.write(count)
			out.write(after)
		}
		return out.err
	})
	out.write(b.tail)
	if err != nil {
		return err
	}
	return out.err
}

// An errWriter writes until the first error, which it keeps.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) write(b []byte) {
	if e.err == nil && len(b) > 0 {
		_, e.err = e.w.Write(b)
	}
}
