package seq

import (
	"iter"

	"golang.org/x/sync/errgroup"
)

// headsInFlight is how many sequences read their first value at a time.
const headsInFlight = 16

// merge joins sequences that are sorted by compare into one that is. They
// begin at the same time. An error of any sequence ends it.
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

// head is what a sequence gives next.
type Head[T any] struct {
	Value T
	Err   error
	OK    bool
	next  func() (T, error, bool)
	Stop  func()
}

func NewHead[T any](s iter.Seq2[T, error]) Head[T] {
	next, stop := iter.Pull2(s)
	return Head[T]{next: next, Stop: stop}
}

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

func (h *Head[T]) Advance() { h.Value, h.Err, h.OK = h.next() }

// least returns the head to take: one with an error, else the least; nil if
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
