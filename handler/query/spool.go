package query

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
)

// A draft is one item as it is going to be sent.
type draft struct {
	bytes.Buffer
	number int // of the item on its page, from 1
	hole   int // where the number of all items of the page belongs; 0: nowhere
}

// leaveHole leaves out the number of all items of the page, which is not known
// while they are written.
func (d *draft) leaveHole() { d.hole = d.Len() }

// A spool holds the items of a page until the last of them is read. Nothing of
// a page is sent before: the address of the next one goes ahead of it in a
// header, and storage that fails half-way is to be an error, not an answer
// that looks whole. 50,000 events as CSV are over 100 MB, more than the
// handler is to have in memory, so that what is written out is compressed, a
// block at a time; audit records shrink to a tenth of that. A temporary file
// would do, too, but leave personal data behind on a disk when the handler is
// killed.
type spool struct {
	packed [][]byte     // compressed blocks, oldest first
	block  bytes.Buffer // the items behind them
	flate  *flate.Writer

	items, holes int
	plain        int64 // bytes of the items, without what goes into holes
	held         int   // bytes of the compressed blocks
}

// blockSize is small enough to have some of them in memory, and large enough
// to compress well.
const blockSize = 1 << 20

// add takes an item. The draft may be used for the next one.
func (s *spool) add(d *draft) error {
	var frame [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(frame[:], uint64(d.Len()))
	n += binary.PutUvarint(frame[n:], uint64(d.hole))
	s.block.Write(frame[:n])
	s.block.Write(d.Bytes())
	s.items++
	s.plain += int64(d.Len())
	if d.hole > 0 {
		s.holes++
	}
	if s.block.Len() < blockSize {
		return nil
	}
	return s.pack()
}

// pack compresses the block that is full.
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
	s.held += packed.Len()
	s.block.Reset()
	return nil
}

// each calls with the items in their order, each in two parts: before the hole
// and behind it. An item without one has an empty second part. The parts hold
// until the call returns.
func (s *spool) each(yield func(before, behind []byte) error) error {
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

func eachFrame(block []byte, yield func(before, behind []byte) error) error {
	for len(block) > 0 {
		size, n := binary.Uvarint(block)
		hole, m := binary.Uvarint(block[max(n, 0):])
		if n <= 0 || m <= 0 || uint64(len(block)-n-m) < size {
			return io.ErrUnexpectedEOF
		}
		item := block[n+m:][:size]
		block = block[n+m:][size:]
		if hole == 0 {
			hole = size
		}
		if err := yield(item[:hole], item[hole:]); err != nil {
			return err
		}
	}
	return nil
}
