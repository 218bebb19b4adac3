package seq

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// twos returns n sequences of two numbers each. Number fails yields an error
// instead. started and open count the sequences that have started, and those that
// have not stopped.
func twos(n int, fails int, started, open *atomic.Int32) iter.Seq[func(context.Context) iter.Seq2[int, error]] {
	return func(yield func(func(context.Context) iter.Seq2[int, error]) bool) {
		for i := range n {
			if !yield(func(context.Context) iter.Seq2[int, error] {
				return func(yield func(int, error) bool) {
					started.Add(1)
					open.Add(1)
					defer open.Add(-1)
					if i == fails {
						yield(0, fixture.ErrBroken)
						return
					}
					_ = yield(2*i, nil) && yield(2*i+1, nil)
				}
			}) {
				return
			}
		}
	}
}

func TestAheadOrder(t *testing.T) {
	var started, open atomic.Int32
	var want []int
	for i := range 40 {
		want = append(want, i)
	}
	got := fixture.Collect(t, Ahead(t.Context(), 8, twos(20, -1, &started, &open)))
	if diff := cmp.Diff(want, got); diff != "" || open.Load() != 0 {
		t.Errorf("%d are open\n%s", open.Load(), diff)
	}
}

func TestAheadStopsEarly(t *testing.T) {
	for read, most := range map[int]int32{1: 1, 2: 1, 3: 5, 5: 10} {
		var started, open atomic.Int32
		n := 0
		for range Ahead(t.Context(), 8, twos(20, -1, &started, &open)) {
			if n++; n == read {
				break
			}
		}
		if started.Load() > most || open.Load() != 0 {
			t.Errorf("%d values read: %d sequences started, want at most %d; %d are open", read, started.Load(), most, open.Load())
		}
	}
}

func TestAheadError(t *testing.T) {
	var started, open atomic.Int32
	var got []int
	var failure error
	for v, err := range Ahead(t.Context(), 8, twos(20, 3, &started, &open)) {
		if failure = err; err == nil {
			got = append(got, v)
		}
	}
	if !slices.Equal(got, []int{0, 1, 2, 3, 4, 5}) || !errors.Is(failure, fixture.ErrBroken) || open.Load() != 0 {
		t.Errorf("%v, %v, %d are open", got, failure, open.Load())
	}
}
