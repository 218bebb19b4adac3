package records

import (
	"strings"
	"testing"
	"time"
)

func TestFirstAt(t *testing.T) {
	c := events(5, 2000, 60)
	c.LiveStep = 20 * time.Second
	s := newStreamFor(t, c)
	for k := 1; k < 200; k++ {
		first := k
		for first > 0 && s.Created(first-1).Equal(s.Created(k)) {
			first--
		}
		if got := s.FirstAt(s.Created(k)); got != first {
			t.Errorf("first content blob created at %s or later is %d, want %d", s.Created(k), got, first)
		}
		if got := s.FirstAt(s.Created(k).Add(-1)); got != first {
			t.Errorf("first content blob created just before %s or later is %d, want %d", s.Created(k), got, first)
		}
	}
	if got := s.FirstAt(s.First.Add(-time.Hour)); got != 0 {
		t.Errorf("first content blob created before the history is %d, want 0", got)
	}
}

func TestCreatedOf(t *testing.T) {
	s := newStreamFor(t, small())
	for k := range 100 {
		id := s.ID(k, s.Created(k))
		if got, ok := CreatedOf(id); !ok || !got.Equal(s.Created(k)) {
			t.Errorf("CreatedOf(%q) returns %s, %t, want %s", id, got, ok, s.Created(k))
		}
	}
	for _, id := range []string{"", "2026", "20261313171050016000983$"} {
		if got, ok := CreatedOf(id); ok {
			t.Errorf("CreatedOf(%q) returns %s", id, got)
		}
	}
}

func TestDuplicates(t *testing.T) {
	s := newStreamFor(t, small())
	n := 0
	for k := range s.blobs() {
		body := string(s.Body(k))
		for _, ref := range s.Duplicates(k) {
			n++
			if ref.Content >= k || !strings.Contains(body, string(s.Record(ref).JSON)) {
				t.Errorf("content blob %d does not repeat event %d of blob %d", k, ref.Number, ref.Content)
			}
		}
	}
	if n < 5 || n > 20 {
		t.Errorf("%d duplicates of 1,500 events, want about 15", n)
	}
}

func TestNewStreamsErrors(t *testing.T) {
	for _, types := range [][]string{{"Audit.Aip"}, {General, General}} {
		c := small()
		c.Types = types
		if streams, err := NewStreams(c); err == nil {
			t.Errorf("%q makes %d streams, want an error", types, len(streams))
		}
	}
}
