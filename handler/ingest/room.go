package ingest

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// bodyRoom is the memory that the bodies of the contents in flight may take
// together. With it, a drain of contents of megabytes takes no more memory
// than one of kilobytes; a body larger than all of it is loaded by itself.
const bodyRoom = 16 << 20

// forgets is how slowly a large body is forgotten: after so many small ones,
// a third of its size is still expected.
const forgets = 128

// A room lets contents in as long as there is room for their bodies. A body's
// size is known only when it is there, so each is expected to be as large as
// the largest of the last hundreds: a night's contents say little about the
// next morning's.
type room struct {
	size int64
	free *semaphore.Weighted

	mu       sync.Mutex
	expected int64
}

func newRoom(size int) *room {
	return &room{size: int64(size), free: semaphore.NewWeighted(int64(size)), expected: int64(size) / 4}
}

// enter waits for room. The caller calls leave when the body is no longer
// needed, with its size.
func (r *room) enter(ctx context.Context) (leave func(size int), err error) {
	r.mu.Lock()
	taken := min(r.expected, r.size)
	r.mu.Unlock()
	if err := r.free.Acquire(ctx, taken); err != nil {
		return nil, err
	}
	return func(size int) {
		r.free.Release(taken)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.expected = max(int64(size), r.expected-r.expected/forgets, 1)
	}, nil
}
