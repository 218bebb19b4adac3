package seq

import (
	"context"
	"iter"
	"sync"
)

// ahead joins sequences end to end. While one is being taken, the next ones
// have been begun: each has read as far as its first value, so that a caller
// who takes all of them waits for several requests at a time. Only one is
// begun before the first has ended, then up to width: who is soon content
// costs little more than what is taken.
//
// Nothing of it runs any more when ahead returns.
func Ahead[T any](ctx context.Context, width int, sequences iter.Seq[func(context.Context) iter.Seq2[T, error]]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		next, stop := iter.Pull(sequences)
		defer stop()
		var queue []*begun[T]
		defer func() {
			cancel()
			for _, b := range queue {
				b.end()
			}
		}()
		for allowed := 1; ; allowed = min(4*allowed, width) {
			for len(queue) < allowed {
				sequence, ok := next()
				if !ok {
					break
				}
				queue = append(queue, begin(sequence(ctx)))
			}
			if len(queue) == 0 || !queue[0].take(yield) {
				return
			}
			queue[0].end()
			queue = queue[1:]
		}
	}
}

// A begun sequence has read its first value, or is about to.
type begun[T any] struct {
	Head[T]
	ready sync.WaitGroup
}

func begin[T any](sequence iter.Seq2[T, error]) *begun[T] {
	b := &begun[T]{Head: NewHead(sequence)}
	b.ready.Go(b.Advance)
	return b
}

// take yields all of the sequence; false if the caller has had enough, or an
// error ended it.
func (b *begun[T]) take(yield func(T, error) bool) bool {
	b.ready.Wait()
	for ; b.OK; b.Advance() {
		if !yield(b.Value, b.Err) || b.Err != nil {
			return false
		}
	}
	return true
}

func (b *begun[T]) end() {
	b.ready.Wait()
	b.Stop()
}
