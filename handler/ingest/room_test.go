package ingest

import (
	"context"
	"testing"
	"time"
)

// admitted is how many bodies of a size are admitted at once, after many of that
// size.
func admitted(t *testing.T, size int) int {
	t.Helper()
	r := newRoom(bodyRoom)
	for range 2000 {
		leave, err := r.enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		leave(size)
	}
	n := 0
	for n < 1000 && r.free.TryAcquire(min(r.expected, bodyRoom)) {
		n++
	}
	return n
}

func TestRoomAdmits(t *testing.T) {
	for size, want := range map[int]int{
		1 << 10:   1000,
		1 << 20:   16,
		4 << 20:   4,
		100 << 20: 1, // larger than all of it: by itself
	} {
		if got := admitted(t, size); got != want {
			t.Errorf("%d bytes: %d are admitted, want %d", size, got, want)
		}
	}
}

func TestRoomContext(t *testing.T) {
	r := newRoom(bodyRoom)
	for range 4 {
		if _, err := r.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := r.enter(ctx); err == nil {
		t.Error("admitted although the room is full")
	}
}
