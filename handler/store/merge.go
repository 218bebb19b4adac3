package store

import (
	"iter"

	"golang.org/x/sync/errgroup"
)

// headsInFlight is how many sequences read their first value at a time.
const headsInFlight = 16

// merge joins sequences that are sorted by compare into one that is. They
// begin at the same time. An error of any sequence ends it.
func merge[T any](compare func(a, b T) int, sequences []iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var heads []head[T]
		defer func() {
			for _, h := range heads {
				h.stop()
			}
		}()
		for _, s := range sequences {
			heads = append(heads, newHead(s))
		}
		advanceAll(heads)
		for {
			first := least(heads, compare)
			if first == nil || !yield(first.value, first.err) || first.err != nil {
				return
			}
			first.advance()
		}
	}
}

// head is what a sequence gives next.
type head[T any] struct {
	value T
	err   error
	ok    bool
	next  func() (T, error, bool)
	stop  func()
}

func newHead[T any](s iter.Seq2[T, error]) head[T] {
	next, stop := iter.Pull2(s)
	return head[T]{next: next, stop: stop}
}

func advanceAll[T any](heads []head[T]) {
	var g errgroup.Group
	g.SetLimit(headsInFlight)
	for i := range heads {
		g.Go(func() error {
			heads[i].advance()
			return nil
		})
	}
	g.Wait()
}

func (h *head[T]) advance() { h.value, h.err, h.ok = h.next() }

// least returns the head to take: one with an error, else the least; nil if
// all sequences have ended.
func least[T any](heads []head[T], compare func(a, b T) int) *head[T] {
	var first *head[T]
	for i := range heads {
		h := &heads[i]
		if !h.ok {
			continue
		}
		if h.err != nil {
			return h
		}
		if first == nil || compare(h.value, first.value) < 0 {
			first = h
		}
	}
	return first
}
