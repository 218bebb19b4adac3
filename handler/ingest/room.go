package ingest

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// bodyRoom is the memory, in bytes, that the bodies in flight may use together.
// It keeps a drain of large content blobs to the memory of one of small ones.
// A body larger than all of it is loaded by itself.
const bodyRoom = 16 << 20

// decay is the time constant, in bodies, of the size estimate: after 128 small
// bodies it has fallen to about a third.
const decay = 128

// A room admits content blobs while there is memory for their bodies. The size
// of a body is not known before it is read, so each is expected to be as large
// as the largest of the last hundreds. The estimate decays, because the content
// blobs of a night say little about those of the next morning.
type room struct {
	size int64
	free *semaphore.Weighted

	mu       sync.Mutex
	expected int64
}

func newRoom(size int) *room {
	return &room{size: int64(size), free: semaphore.NewWeighted(int64(size)), expected: int64(size) / 4}
}

// enter waits until there is memory for one more body. The caller must call
// leave with the body's size when it needs the body no longer.
func (r *room) enter(ctx context.Context) (leave func(size int), err error) {
	r.mu.Lock()
	reserved := min(r.expected, r.size)
	r.mu.Unlock()
	if err := r.free.Acquire(ctx, reserved); err != nil {
		return nil, err
	}
	return func(size int) {
		r.free.Release(reserved)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.expected = max(int64(size), r.expected-r.expected/decay, 1)
	}, nil
}
