package store

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

type document struct {
	Name  string
	Count int
	When  time.Time
}

func TestADocumentComesBackAsItWasSaved(t *testing.T) {
	s, _ := open(t)
	var got document
	if found, err := s.LoadState(t.Context(), "run", "last", &got); found || err != nil {
		t.Errorf("before: %v, %v", found, err)
	}
	for _, want := range []document{{"it's <\"one\"> & 😀\n", 1, at("2026-11-21T10:00:00.123456789Z")}, {"two", 2, time.Time{}}} {
		if err := s.SaveState(t.Context(), "run", "last", want); err != nil {
			t.Fatal(err)
		}
		got = document{}
		found, err := s.LoadState(t.Context(), "run", "last", &got)
		if diff := cmp.Diff(want, got); diff != "" || !found || err != nil {
			t.Errorf("%v, %v\n%s", found, err, diff)
		}
	}
}

func TestDocumentsAreListedByKindAndName(t *testing.T) {
	s, _ := open(t)
	for _, name := range []string{"b", "a", "20261121", "c-d_e"} {
		if err := s.SaveState(t.Context(), "count", name, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SaveState(t.Context(), "counts", "x", 1); err != nil {
		t.Fatal(err)
	}
	want := []Named{{"20261121", []byte(`"20261121"`)}, {"a", []byte(`"a"`)}, {"b", []byte(`"b"`)}, {"c-d_e", []byte(`"c-d_e"`)}}
	if diff := cmp.Diff(want, fixture.Collect(t, s.ListState(t.Context(), "count"))); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	s, f := open(t)
	for name, err := range map[string]error{
		"upper case":       s.SaveState(t.Context(), "run", "Last", 1),
		"a path":           s.SaveState(t.Context(), "../x", "last", 1),
		"no name":          s.SaveState(t.Context(), "run", "", 1),
		"32,001 units":     s.SaveState(t.Context(), "run", "last", strings.Repeat("x", 31_999)),
		"no JSON":          s.SaveState(t.Context(), "run", "last", func() {}),
		"loading no name":  second(s.LoadState(t.Context(), "run", "", nil)),
		"loading no kind":  second(s.LoadState(t.Context(), "'", "last", nil)),
		"no content type":  second(s.Checkpoint(t.Context(), "")),
		"saving none":      second(s.SaveCheckpoint(t.Context(), Checkpoint{})),
		"a type of a path": second(s.SaveCheckpoint(t.Context(), Checkpoint{ContentType: "a/b"})),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}

func second[T any](_ T, err error) error { return err }

func TestADocumentIsSavedWhateverHappensToTheAnswer(t *testing.T) {
	for _, does := range []func(*http.Request) (*http.Response, error){fixture.NotApplied, fixture.AppliedThenBroken, fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0))} {
		s, f := open(t)
		f.Fail("$batch", 0, 1, does)
		if err := s.SaveState(t.Context(), "run", "last", 7); err != nil {
			t.Error(err)
		}
		var got int
		if found, err := s.LoadState(t.Context(), "run", "last", &got); !found || got != 7 || err != nil {
			t.Errorf("%d, %v, %v", got, found, err)
		}
	}
}

func TestADocumentThatMayNotBeSavedIsAnError(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch", 0, 1, fixture.Rewrite(func([]byte) []byte { return nil }))
	if err := s.SaveState(t.Context(), "run", "last", 7); !storage.Unavailable(err) {
		t.Errorf("%v", err)
	}
}

func TestACheckpointMovesOnlyFromWhereItWasRead(t *testing.T) {
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
		t.Errorf("a second first one: %v", err)
	}
	next := saved
	next.ListedThrough = at("2026-11-21T11:00:00Z")
	if next, err = s.SaveCheckpoint(t.Context(), next); err != nil || next.ETag == saved.ETag {
		t.Errorf("%+v, %v", next, err)
	}
	saved.ListedThrough = at("2026-11-21T12:00:00Z")
	if _, err := s.SaveCheckpoint(t.Context(), saved); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("from one that is past: %v", err)
	}
	if read, err := s.Checkpoint(t.Context(), "Audit.General"); read != next || err != nil {
		t.Errorf("%+v, %v, want %+v", read, err, next)
	}
	if other, err := s.Checkpoint(t.Context(), "DLP.All"); other.ETag != "" || err != nil {
		t.Errorf("another type: %+v, %v", other, err)
	}
}

func TestACheckpointWhoseAnswerWasLostIsSaved(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken, "empty": fixture.Rewrite(func([]byte) []byte { return nil }),
		"empty, and not applied": fixture.Respond(202, "", ""),
	} {
		s, f := open(t)
		c := Checkpoint{ContentType: "Audit.General"}
		for i := range 3 {
			f.Fail("$batch", min(1-i, 0)+1, 1, does) // the first answer of all is that there is no table
			c.ListedThrough = at("2026-11-21T10:00:00Z").Add(time.Duration(i) * time.Hour)
			saved, err := s.SaveCheckpoint(t.Context(), c)
			if err != nil || !saved.ListedThrough.Equal(c.ListedThrough) {
				t.Fatalf("%s, save %d: %+v, %v", name, i, saved, err)
			}
			c = saved
		}
	}
}

func TestACheckpointThatIsNeverConfirmedIsNoConflict(t *testing.T) {
	s, f := open(t)
	f.Fail("$batch", 0, 100, fixture.Respond(202, "", ""))
	_, err := s.SaveCheckpoint(t.Context(), Checkpoint{ContentType: "Audit.General"})
	if !storage.Unavailable(err) || errors.Is(err, storage.ErrConflict) {
		t.Errorf("%v, want an error that may pass", err)
	}
}

func TestAGapStaysWhateverStatusIsSaved(t *testing.T) {
	s, _ := open(t)
	day := func(n int) time.Time { return at("2026-11-01T00:00:00Z").AddDate(0, 0, n) }
	before := TypeStatus{ContentType: "Audit.General", Webhook: "none"}
	for _, err := range []error{
		s.SaveTypeStatus(t.Context(), before),
		s.SaveGap(t.Context(), "Audit.General", Gap{day(5), day(6)}),
		s.SaveGap(t.Context(), "Audit.General", Gap{day(1), day(2)}),
		s.SaveGap(t.Context(), "Audit.General", Gap{day(5), day(7)}), // in place of the first
		s.SaveGap(t.Context(), "Audit.General", Gap{day(9), day(10)}),
		s.SaveGap(t.Context(), "Audit.General", Gap{day(9), day(9)}), // none, after all
		s.SaveGap(t.Context(), "DLP.All", Gap{day(3), day(4)}),
		s.SaveTypeStatus(t.Context(), before),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]TypeStatus{
		"Audit.General": {ContentType: "Audit.General", Webhook: "none", Gaps: []Gap{{day(1), day(2)}, {day(5), day(7)}}},
		"DLP.All":       {ContentType: "DLP.All", Gaps: []Gap{{day(3), day(4)}}},
	}
	got, err := s.TypeStatuses(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
