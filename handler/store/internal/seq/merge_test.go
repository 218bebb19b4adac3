package seq

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// sequence yields numbers, then err if it is not nil. open counts the sequences
// that have not stopped.
func sequence(open *atomic.Int32, err error, numbers ...int) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		open.Add(1)
		defer open.Add(-1)
		for _, n := range numbers {
			if !yield(n, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

func TestMergeOrder(t *testing.T) {
	var open atomic.Int32
	got := fixture.Collect(t, Merge(cmp.Compare[int], []iter.Seq2[int, error]{
		sequence(&open, nil, 1, 4, 4, 9), sequence(&open, nil), sequence(&open, nil, 2, 3, 4), sequence(&open, nil, 10),
	}))
	if diff := gocmp.Diff([]int{1, 2, 3, 4, 4, 4, 9, 10}, got); diff != "" || open.Load() != 0 {
		t.Errorf("%d sequences are open\n%s", open.Load(), diff)
	}
	if got := fixture.Collect(t, Merge(cmp.Compare[int], nil)); len(got) > 0 {
		t.Errorf("no sequences: %v", got)
	}
}

func TestMergeError(t *testing.T) {
	var open atomic.Int32
	broken := errors.New("broken")
	var got []int
	var errs []error
	for n, err := range Merge(cmp.Compare[int], []iter.Seq2[int, error]{sequence(&open, broken, 1, 5), sequence(&open, nil, 2, 6, 7)}) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		got = append(got, n)
	}
	if !slices.Equal(got, []int{1, 2, 5}) || len(errs) != 1 || errs[0] != broken || open.Load() != 0 {
		t.Errorf("%v, %v, %d sequences are open", got, errs, open.Load())
	}
}

func TestMergeStopsEarly(t *testing.T) {
	var open atomic.Int32
	for n, err := range Merge(cmp.Compare[int], []iter.Seq2[int, error]{sequence(&open, nil, 1, 5), sequence(&open, nil, 2, 6)}) {
		if err != nil || n == 2 {
			break
		}
	}
	if open.Load() != 0 {
		t.Errorf("%d sequences are open", open.Load())
	}
}

func TestChunks(t *testing.T) {
	var open atomic.Int32
	size := 1
	var got [][]int
	for chunk, err := range Chunks(sequence(&open, nil, 1, 2, 3, 4, 5, 6, 7), func() int { return size }) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, chunk)
		size = 3
	}
	if diff := gocmp.Diff([][]int{{1}, {2, 3, 4}, {5, 6, 7}}, got); diff != "" {
		t.Error(diff)
	}
	broken := errors.New("broken")
	n := 0
	for chunk, err := range Chunks(sequence(&open, broken, 1, 2, 3), func() int { return 2 }) {
		if n++; n == 1 && len(chunk) != 2 || n == 2 && !errors.Is(err, broken) {
			t.Errorf("%v, %v", chunk, err)
		}
	}
	for range Chunks(sequence(&open, nil, 1, 2, 3), func() int { return 1 }) {
		break
	}
	if n != 2 || open.Load() != 0 {
		t.Errorf("%d chunks, %d sequences are open", n, open.Load())
	}
}
