package query

import (
	"bytes"
	"fmt"
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
			s, err := newPageBody(&p, &question{format: format, view: normalizedView}, "https://next", time.Unix(0, 0))
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
