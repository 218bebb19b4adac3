package query

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestSpool(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, sizes := range map[string][]int{
		"no items": {}, "one item": {5}, "empty items": {0, 3, 0}, "several blocks": {blockSize, 1, blockSize - 1, 3 * blockSize, 0, 7, blockSize / 2, blockSize},
	} {
		var s spool
		var want []string
		for i, size := range sizes {
			var d draft
			for range size {
				d.WriteByte(byte(random.IntN(4)))
			}
			if i%2 == 1 {
				d.WriteString("before")
				d.leaveCount()
				d.WriteString("after")
			}
			want = append(want, strings.Replace(d.String(), "beforeafter", "before|after", 1))
			if err := s.add(&d); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		if err := s.each(func(before, after []byte) error {
			if len(after) > 0 {
				before = append(bytes.Clone(before), '|')
			}
			got = append(got, string(before)+string(after))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Errorf("%s: %d items differ, want %d", name, len(got), len(want))
		}
	}
}

func TestPageBodySize(t *testing.T) {
	for _, format := range formats {
		for _, n := range []int{0, 1, 9, 10, 12} {
			var p page
			for i := range n {
				d := draft{number: i + 1}
				fmt.Fprintf(&d, "item %d of ", d.number)
				d.leaveCount()
				d.WriteString(" items\n")
				if err := p.add(&d); err != nil {
					t.Fatal(err)
				}
			}
			s, err := newPageBody(&p, &question{format: format, view: normalizedView}, pageEnd{"https://next", time.Unix(0, 0)})
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := s.send(&out); err != nil {
				t.Fatal(err)
			}
			if int64(out.Len()) != s.size() {
				t.Errorf("%s, %d items: sent %d bytes, size is %d", format.name, n, out.Len(), s.size())
			}
			if count := strings.Count(out.String(), fmt.Sprintf(" of %d items\n", n)); count != n {
				t.Errorf("%s: %d of %d items have the count", format.name, count, n)
			}
		}
	}
}

func TestEachFrameTruncated(t *testing.T) {
	var s spool
	d := draft{}
	d.WriteString("item")
	if err := s.add(&d); err != nil {
		t.Fatal(err)
	}
	whole := s.block.Bytes()
	for n := 1; n < len(whole); n++ {
		err := eachFrame(whole[:n], func(_, _ []byte) error { return nil })
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: error %v", n, len(whole), err)
		}
	}
}

// A failing connection must not be written to again, whether the item is in a
// compressed block or not.
func TestPageBodySendError(t *testing.T) {
	for _, size := range []int{1, blockSize} {
		var p page
		d := draft{Buffer: *bytes.NewBuffer(make([]byte, size))}
		if err := p.add(&d); err != nil {
			t.Fatal(err)
		}
		w := &failingWriter{}
		b, err := newPageBody(&p, &question{format: jsonFormat}, pageEnd{})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.send(w); !errors.Is(err, errWrite) || w.writes != 1 {
			t.Errorf("item of %d bytes: error %v after %d writes, want the error of the first", size, err, w.writes)
		}
	}
}

var errWrite = errors.New("connection reset")

type failingWriter struct{ writes int }

func (w *failingWriter) Write([]byte) (int, error) {
	w.writes++
	return 0, errWrite
}
