package store

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestSaveCheckpoint(t *testing.T) {
	s, _ := open(t)
	first, err := s.Checkpoint(t.Context(), "Audit.General")
	if diff := cmp.Diff(Checkpoint{ContentType: "Audit.General"}, first); diff != "" || err != nil {
		t.Fatalf("before: %v\n%s", err, diff)
	}
	first.ListedThrough, first.FullListing = at("2026-11-21T10:00:00Z"), at("2026-11-20T00:00:00Z")
	saved, err := s.SaveCheckpoint(t.Context(), first)
	if err != nil || saved.ETag == "" || !saved.ListedThrough.Equal(first.ListedThrough) {
		t.Fatalf("%+v, %v", saved, err)
	}
	if read, err := s.Checkpoint(t.Context(), "Audit.General"); read != saved || err != nil {
		t.Errorf("%+v, %v, want %+v", read, err, saved)
	}
	if _, err := s.SaveCheckpoint(t.Context(), first); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("saved without an ETag: %v", err)
	}
	next := saved
	next.ListedThrough = at("2026-11-21T11:00:00Z")
	if next, err = s.SaveCheckpoint(t.Context(), next); err != nil || next.ETag == saved.ETag {
		t.Errorf("%+v, %v", next, err)
	}
	saved.ListedThrough = at("2026-11-21T12:00:00Z")
	if _, err := s.SaveCheckpoint(t.Context(), saved); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("saved from an old ETag: %v", err)
	}
	if read, err := s.Checkpoint(t.Context(), "Audit.General"); read != next || err != nil {
		t.Errorf("%+v, %v, want %+v", read, err, next)
	}
	if other, err := s.Checkpoint(t.Context(), "DLP.All"); other.ETag != "" || err != nil {
		t.Errorf("another type: %+v, %v", other, err)
	}
}

func TestSaveCheckpointLostResponse(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken, "empty": fixture.Rewrite(func([]byte) []byte { return nil }),
		"empty, and not applied": fixture.Respond(202, "", ""),
	} {
		s, f := open(t)
		c := Checkpoint{ContentType: "Audit.General"}
		for i := range 3 {
			f.Fail("$batch", min(1-i, 0)+1, 1, does) // the first response is that there is no table
			c.ListedThrough = at("2026-11-21T10:00:00Z").Add(time.Duration(i) * time.Hour)
			saved, err := s.SaveCheckpoint(t.Context(), c)
			if err != nil || !saved.ListedThrough.Equal(c.ListedThrough) {
				t.Fatalf("%s, save %d: %+v, %v", name, i, saved, err)
			}
			c = saved
		}
	}
}
