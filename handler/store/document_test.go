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

type sample struct {
	Name  string
	Count int
	When  time.Time
}

// load reads a document into v; false if it is not stored.
func (s *Store) load(t *testing.T, kind, name string, v any) bool {
	t.Helper()
	d, err := s.readDocument(t.Context(), kind, name)
	if err == nil {
		err = d.decode(v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d.etag != ""
}

func TestPutDocument(t *testing.T) {
	s, _ := open(t)
	var got sample
	if s.load(t, "run", "last", &got) {
		t.Error("found before it was stored")
	}
	for _, want := range []sample{{"it's <\"one\"> & 😀\n", 1, at("2026-11-21T10:00:00.123456789Z")}, {"two", 2, time.Time{}}} {
		if err := s.putDocument(t.Context(), "run", "last", want); err != nil {
			t.Fatal(err)
		}
		got = sample{}
		found := s.load(t, "run", "last", &got)
		if diff := cmp.Diff(want, got); diff != "" || !found {
			t.Errorf("found %v\n%s", found, diff)
		}
	}
}

func TestListDocuments(t *testing.T) {
	s, _ := open(t)
	for _, name := range []string{"b", "a", "20261121", "c-d_e"} {
		if err := s.putDocument(t.Context(), "count", name, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.putDocument(t.Context(), "counts", "x", 1); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range fixture.Collect(t, s.listDocuments(t.Context(), "count")) {
		if single, err := s.readDocument(t.Context(), d.kind, d.name); err != nil || single.etag != d.etag || d.etag == "" {
			t.Errorf("%s has the ETag %q in the list and %q by itself, %v", d.name, d.etag, single.etag, err)
		}
		got = append(got, d.name+"="+string(d.json))
	}
	want := []string{`20261121="20261121"`, `a="a"`, `b="b"`, `c-d_e="c-d_e"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestInvalidDocument(t *testing.T) {
	s, f := open(t)
	for name, err := range map[string]error{
		"upper case":       s.putDocument(t.Context(), "run", "Last", 1),
		"a path":           s.putDocument(t.Context(), "../x", "last", 1),
		"no name":          s.putDocument(t.Context(), "run", "", 1),
		"32,001 units":     s.putDocument(t.Context(), "run", "last", strings.Repeat("x", 31_999)),
		"no JSON":          s.putDocument(t.Context(), "run", "last", func() {}),
		"reading no name":  second(s.readDocument(t.Context(), "run", "")),
		"reading no kind":  second(s.readDocument(t.Context(), "'", "last")),
		"no content type":  second(s.Checkpoint(t.Context(), "")),
		"saving none":      second(s.SaveCheckpoint(t.Context(), Checkpoint{})),
		"a type of a path": second(s.SaveCheckpoint(t.Context(), Checkpoint{ContentType: "a/b"})),
		"a status of none": second(s.SaveTypeStatus(t.Context(), TypeStatus{})),
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

func TestPutDocumentLostResponse(t *testing.T) {
	for _, does := range []func(*http.Request) (*http.Response, error){fixture.NotApplied, fixture.AppliedThenBroken, fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0))} {
		s, f := open(t)
		f.Fail("$batch", 0, 1, does)
		if err := s.putDocument(t.Context(), "run", "last", 7); err != nil {
			t.Error(err)
		}
		var got int
		if found := s.load(t, "run", "last", &got); !found || got != 7 {
			t.Errorf("%d, found %v", got, found)
		}
	}
}

func TestPutDocumentUnconfirmed(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch", 0, 1, fixture.Rewrite(func([]byte) []byte { return nil }))
	if err := s.putDocument(t.Context(), "run", "last", 7); !storage.Unavailable(err) {
		t.Errorf("%v", err)
	}
}

// The outcome of a save is never confirmed. It is not a conflict: nobody else
// has saved the document.
func TestSaveDocumentUnconfirmed(t *testing.T) {
	for name, save := range map[string]func(*Store) error{
		"checkpoint": func(s *Store) error {
			return second(s.SaveCheckpoint(t.Context(), Checkpoint{ContentType: "Audit.General"}))
		},
		"status": func(s *Store) error {
			return second(s.SaveTypeStatus(t.Context(), TypeStatus{ContentType: "Audit.General"}))
		},
		"gap": func(s *Store) error {
			return s.AddGap(t.Context(), "Audit.General", Gap{at("2026-11-01T00:00:00Z"), at("2026-11-02T00:00:00Z")})
		},
	} {
		s, f := open(t)
		f.Fail("$batch", 0, 100, fixture.Respond(202, "", ""))
		if err := save(s); !storage.Unavailable(err) || errors.Is(err, storage.ErrConflict) {
			t.Errorf("%s: %v, want a temporary error", name, err)
		}
	}
}
