package ingest

import (
	"context"
	"testing"
	"time"
)

// crowd is how many contents of a size are let in at once, after some of that
// size have been through.
func crowd(t *testing.T, size int) int {
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
		100 << 20: 1, // larger than all the room: by itself
	} {
		if got := crowd(t, size); got != want {
			t.Errorf("of %d bytes, %d are let in, want %d", size, got, want)
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
		t.Error("let in where there is no room")
	}
}
