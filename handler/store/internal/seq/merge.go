package seq

import (
	"iter"

	"golang.org/x/sync/errgroup"
)

// headsInFlight is how many sequences [Merge] starts at a time. Each start is a
// storage request.
const headsInFlight = 16

// Merge is a k-way merge: it joins sequences that compare sorts into one that is
// sorted. All sequences start together. An error of any of them ends the result.
func Merge[T any](compare func(a, b T) int, sequences []iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var heads []Head[T]
		defer func() {
			for _, h := range heads {
				h.Stop()
			}
		}()
		for _, s := range sequences {
			heads = append(heads, NewHead(s))
		}
		advanceAll(heads)
		for {
			first := least(heads, compare)
			if first == nil || !yield(first.Value, first.Err) || first.Err != nil {
				return
			}
			first.Advance()
		}
	}
}

// A Head is a sequence and its next value. Advance reads the first one.
type Head[T any] struct {
	Value T
	Err   error
	OK    bool   // false before the first Advance and after the end
	Stop  func() // ends the sequence

	next func() (T, error, bool)
}

// NewHead returns the head of s. The caller must call its Stop.
func NewHead[T any](s iter.Seq2[T, error]) Head[T] {
	next, stop := iter.Pull2(s)
	return Head[T]{next: next, Stop: stop}
}

// Advance reads the next value.
func (h *Head[T]) Advance() { h.Value, h.Err, h.OK = h.next() }

func advanceAll[T any](heads []Head[T]) {
	var g errgroup.Group
	g.SetLimit(headsInFlight)
	for i := range heads {
		g.Go(func() error {
			heads[i].Advance()
			return nil
		})
	}
	g.Wait()
}

// least returns the head to yield: one with an error, else the smallest; nil if
// all sequences have ended.
func least[T any](heads []Head[T], compare func(a, b T) int) *Head[T] {
	var first *Head[T]
	for i := range heads {
		h := &heads[i]
		if !h.OK {
			continue
		}
		if h.Err != nil {
			return h
		}
		if first == nil || compare(h.Value, first.Value) < 0 {
			first = h
		}
	}
	return first
}

// Chunks groups values. It asks size before each value how many a chunk has, so
// the size may change as the caller learns from earlier chunks.
func Chunks[T any](values iter.Seq2[T, error], size func() int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var gathered []T
		for v, err := range values {
			if err != nil {
				yield(nil, err)
				return
			}
			gathered = append(gathered, v)
			if len(gathered) < size() {
				continue
			}
			if !yield(gathered, nil) {
				return
			}
			gathered = nil
		}
		if len(gathered) > 0 {
			yield(gathered, nil)
		}
	}
}
