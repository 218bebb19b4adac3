package store

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// A status is saved only in place of the one that it was made from.
func TestSaveTypeStatus(t *testing.T) {
	s, _ := open(t)
	first, err := s.TypeStatus(t.Context(), "Audit.General")
	if diff := cmp.Diff(TypeStatus{ContentType: "Audit.General"}, first); diff != "" || err != nil {
		t.Fatalf("before: %v\n%s", err, diff)
	}
	first.Webhook = "none"
	saved, err := s.SaveTypeStatus(t.Context(), first)
	if err != nil || saved.ETag == "" {
		t.Fatalf("%+v, %v", saved, err)
	}
	if _, err := s.SaveTypeStatus(t.Context(), first); !errors.Is(err, ErrConflict) {
		t.Errorf("saved without an ETag: %v", err)
	}
	listed, err := s.TypeStatuses(t.Context())
	if diff := cmp.Diff(map[string]TypeStatus{"Audit.General": saved}, listed); diff != "" || err != nil {
		t.Fatalf("%v\n%s", err, diff)
	}
	next := listed["Audit.General"]
	next.Webhook = "enabled"
	if next, err = s.SaveTypeStatus(t.Context(), next); err != nil || next.ETag == saved.ETag {
		t.Errorf("%+v, %v", next, err)
	}
	saved.Webhook = "expired"
	if _, err := s.SaveTypeStatus(t.Context(), saved); !errors.Is(err, ErrConflict) {
		t.Errorf("saved from an old ETag: %v", err)
	}
	read, err := s.TypeStatus(t.Context(), "Audit.General")
	if diff := cmp.Diff(next, read); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestSaveTypeStatusLostResponse(t *testing.T) {
	for name, does := range map[string]fixture.Fault{
		"not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken, "empty": fixture.Rewrite(func([]byte) []byte { return nil }),
	} {
		s, f := open(t)
		status := TypeStatus{ContentType: "Audit.General"}
		for i := range 3 {
			f.Fail("$batch", min(1-i, 0)+1, 1, does) // the first response is that there is no table
			status.CompleteThrough = at("2026-11-21T10:00:00Z").Add(time.Duration(i) * time.Hour)
			var err error
			if status, err = s.SaveTypeStatus(t.Context(), status); err != nil {
				t.Fatalf("%s, save %d: %v", name, i, err)
			}
		}
	}
}

// Trails of earlier versions have properties in their documents, and no write
// mark, that are not used any more.
func TestTypeStatusOfEarlierVersion(t *testing.T) {
	s, f := open(t)
	if err := s.putDocument(t.Context(), kindRun, lastRun, 1); err != nil { // makes the table
		t.Fatal(err)
	}
	entity := `{"PartitionKey":"type","RowKey":"audit_general","Json":"{\"contentType\":\"Audit.General\",\"subscription\":\"enabled\",` +
		`\"webhook\":\"none\",\"days\":null,\"savedBy\":\"ABCDEFGHIJKLMNOPQRSTUVWXYZ\"}"}`
	if _, err := f.Tables(t).NewClient(stateTable).AddEntity(t.Context(), []byte(entity), nil); err != nil {
		t.Fatal(err)
	}
	statuses, err := s.TypeStatuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	status := statuses["Audit.General"]
	if status.Subscription != "enabled" || status.ETag == "" {
		t.Errorf("%+v", status)
	}
	status.Webhook = "enabled"
	if _, err := s.SaveTypeStatus(t.Context(), status); err != nil {
		t.Error(err)
	}
}

// Gaps stay whatever status is saved; the longest of one beginning stays unless
// it is shortened.
func TestGaps(t *testing.T) {
	s, _ := open(t)
	day := func(n int) time.Time { return at("2026-11-01T00:00:00Z").AddDate(0, 0, n) }
	before, err := s.SaveTypeStatus(t.Context(), TypeStatus{ContentType: "Audit.General", Webhook: "none"})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		s.AddGap(t.Context(), "Audit.General", Gap{day(5), day(6)}),
		s.AddGap(t.Context(), "Audit.General", Gap{day(1), day(2)}),
		s.AddGap(t.Context(), "Audit.General", Gap{day(5), day(7)}), // in place of the first
		s.AddGap(t.Context(), "Audit.General", Gap{day(5), day(6)}), // of a run that began earlier
		s.AddGap(t.Context(), "Audit.General", Gap{day(9), day(10)}),
		s.ShortenGap(t.Context(), "Audit.General", Gap{day(9), day(9)}), // none is left
		s.AddGap(t.Context(), "Audit.General", Gap{day(12), day(15)}),
		s.ShortenGap(t.Context(), "Audit.General", Gap{day(12), day(13)}),
		s.ShortenGap(t.Context(), "Audit.General", Gap{day(12), day(14)}), // is shorter already
		s.ShortenGap(t.Context(), "Audit.General", Gap{day(20), day(21)}), // is not recorded
		s.AddGap(t.Context(), "DLP.All", Gap{day(3), day(4)}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	saved, err := s.SaveTypeStatus(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]TypeStatus{
		"Audit.General": {ContentType: "Audit.General", Webhook: "none", Gaps: []Gap{{day(1), day(2)}, {day(5), day(7)}, {day(12), day(13)}}, ETag: saved.ETag},
		"DLP.All":       {ContentType: "DLP.All", Gaps: []Gap{{day(3), day(4)}}},
	}
	got, err := s.TypeStatuses(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Another run changes the gap between this one's read and its write.
func TestAddGapConflict(t *testing.T) {
	s, f := openPlain(t)
	day := func(n int) time.Time { return at("2026-11-01T00:00:00Z").AddDate(0, 0, n) }
	if err := s.AddGap(t.Context(), "Audit.General", Gap{day(1), day(2)}); err != nil {
		t.Fatal(err)
	}
	f.Fail("$batch", 0, 1, func(r *http.Request) (*http.Response, error) {
		if err := s.AddGap(t.Context(), "Audit.General", Gap{day(1), day(4)}); err != nil {
			t.Error(err)
		}
		return fixture.Send(r)
	})
	if err := s.AddGap(t.Context(), "Audit.General", Gap{day(1), day(3)}); err != nil {
		t.Fatal(err)
	}
	got, err := s.TypeStatuses(t.Context())
	if diff := cmp.Diff([]Gap{{day(1), day(4)}}, got["Audit.General"].Gaps); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
