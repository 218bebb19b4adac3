package seq

import (
	"context"
	"iter"
	"sync"
)

// Ahead joins sequences end to end. While the caller reads one, the next ones have
// started and read as far as their first value, so a caller that reads them all
// waits for several requests at a time. It starts one sequence first, and up to
// width later, so that a caller that stops early pays for little it does not use.
//
// Every sequence has stopped when Ahead returns.
func Ahead[T any](ctx context.Context, width int, sequences iter.Seq[func(context.Context) iter.Seq2[T, error]]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		next, stop := iter.Pull(sequences)
		defer stop()
		var queue []*started[T]
		defer func() {
			cancel()
			for _, s := range queue {
				s.end()
			}
		}()
		for allowed := 1; ; allowed = min(4*allowed, width) {
			for len(queue) < allowed {
				sequence, ok := next()
				if !ok {
					break
				}
				queue = append(queue, start(sequence(ctx)))
			}
			if len(queue) == 0 || !queue[0].yieldAll(yield) {
				return
			}
			queue[0].end()
			queue = queue[1:]
		}
	}
}

// A started sequence has read its first value, or is reading it.
type started[T any] struct {
	Head[T]
	ready sync.WaitGroup
}

func start[T any](sequence iter.Seq2[T, error]) *started[T] {
	s := &started[T]{Head: NewHead(sequence)}
	s.ready.Go(s.Advance)
	return s
}

// yieldAll yields the whole sequence. It returns false if the caller stopped or
// an error ended the sequence.
func (s *started[T]) yieldAll(yield func(T, error) bool) bool {
	s.ready.Wait()
	for ; s.OK; s.Advance() {
		if !yield(s.Value, s.Err) || s.Err != nil {
			return false
		}
	}
	return true
}

func (s *started[T]) end() {
	s.ready.Wait()
	s.Stop()
}
