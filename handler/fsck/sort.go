package fsck

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/lanrat/extsort"
)

// chunkSize is how many values are sorted in memory at a time; a longer input
// goes to a temporary file as sorted chunks. extsort holds at most five chunks
// per sorter, and a value takes some hundred bytes: about 10 MB.
const chunkSize = 10_000

// A sorter is an external sort: it holds more values than fit in memory.
// Values are added first and read in order afterwards. It is for one goroutine
// at a time.
type sorter[T any] struct {
	in     chan T
	out    <-chan T
	errs   <-chan error
	err    error // the first; the sort has ended with it
	cancel context.CancelFunc
}

// newSorter returns a sorter whose temporary file is in dir. On Unix that file
// has no name, so it is gone whenever and however the process ends. Canceling
// ctx ends the sort: add and sorted return ctx's error from then on. The caller
// must close the sorter.
func newSorter[T any](ctx context.Context, dir string, compare func(a, b T) int) *sorter[T] {
	ctx, cancel := context.WithCancel(ctx)
	in := make(chan T)
	decode := func(data []byte) (v T, err error) {
		err = json.Unmarshal(data, &v)
		return v, err
	}
	encode := func(v T) ([]byte, error) { return json.Marshal(v) }
	sort, out, errs := extsort.Generic(in, decode, encode, compare, &extsort.Config{
		ChunkSize: chunkSize, NumWorkers: 1, TempFilesDir: dir,
	})
	go sort.Sort(ctx) // close waits for its end
	return &sorter[T]{in: in, out: out, errs: errs, cancel: cancel}
}

// add adds a value. It returns the error of the sort if that has failed.
func (s *sorter[T]) add(v T) error {
	if s.err != nil {
		return s.err
	}
	select {
	case s.in <- v:
		return nil
	case err := <-s.errs:
		s.err = fmt.Errorf("sort: %w", err)
		return s.err
	}
}

// sorted returns all values in order. It may be called once, after the last add.
func (s *sorter[T]) sorted() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		close(s.in)
		for v := range s.out {
			if !yield(v, nil) {
				return
			}
		}
		if err := <-s.errs; err != nil {
			var none T
			yield(none, fmt.Errorf("sort: %w", err))
		}
	}
}

// close ends the sort, whatever its state, and waits until it has released its
// temporary file.
func (s *sorter[T]) close() {
	s.cancel()
	for range s.out { // closed when the sort has ended
	}
}
