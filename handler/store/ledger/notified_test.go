package ledger

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func addNotified(t testing.TB, s *Ledger, contents ...audit.Content) {
	t.Helper()
	if _, err := s.AddNotified(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
}

func TestLostThenListed(t *testing.T) {
	s, _ := open(t)
	c := content("early", "2026-11-21T08:00:00Z")
	add := func(add func(context.Context, []audit.Content) (int, error), want int) {
		t.Helper()
		if n, err := add(t.Context(), []audit.Content{c}); n != want || err != nil {
			t.Errorf("added %d, %v, want %d", n, err, want)
		}
	}
	add(s.AddNotified, 1)
	entry := fixture.Collect(t, s.Pending(t.Context(), c.Type, time.Time{}))[0]
	entry.State, entry.Error = Lost, "AF20050"
	settle(t, s, entry)
	add(s.AddNotified, 0) // it was attempted already
	if left := fixture.Collect(t, s.Pending(t.Context(), c.Type, time.Time{})); len(left) > 0 {
		t.Errorf("pending after a second notification: %v", left)
	}
	add(s.AddPending, 1)
	pending := fixture.Collect(t, s.Pending(t.Context(), c.Type, time.Time{}))
	if len(pending) != 1 || pending[0].Notified || pending[0].Error != "" {
		t.Fatalf("pending after the listing: %+v", pending)
	}
	pending[0].State = Lost
	settle(t, s, pending[0])
	add(s.AddPending, 0) // the API listed it: it stays lost
}

// listedLater returns notified content blobs as the API lists them: every fourth
// with the same expiration, the others with another.
func listedLater(contents []audit.Content) []audit.Content {
	listed := append([]audit.Content{}, contents...)
	for i := range listed {
		if i%4 > 0 {
			listed[i].Expiration = listed[i].Expiration.Add(14 * 24 * time.Hour)
		}
	}
	return listed
}

func TestNotifiedThenListed(t *testing.T) {
	for name, fault := range map[string]func(*http.Request) (*http.Response, error){
		"no fault": fixture.Send, "not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken,
		"busy inside": fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0)),
	} {
		t.Run(name, func(t *testing.T) {
			s, f := open(t)
			contents := fixture.Contents(80)
			addNotified(t, s, contents...)
			settle(t, s, Entry{Content: contents[7], State: Done, Notified: true, Settled: at("2026-12-01T12:00:00Z")},
				Entry{Content: contents[9], State: Pending, Notified: true, Tries: 2, Error: "AF50000", NextTry: at("2026-12-01T13:00:00Z")})
			listed := listedLater(contents)
			want := fresh(listed)
			want[7] = Entry{Content: contents[7], State: Done, Notified: true, Settled: at("2026-12-01T12:00:00Z")}
			want[9].Tries, want[9].Error, want[9].NextTry = 2, "AF50000", at("2026-12-01T13:00:00Z")

			f.Fail("$batch", 0, 1, fault)
			if n := addPending(t, s, listed...); n != 0 {
				t.Errorf("%d added, want 0", n)
			}
			if diff := cmp.Diff(want, fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
				t.Errorf("the ledger (-want +got):\n%s", diff)
			}
			if faults, _ := faultsOf(t, s); len(faults) > 0 || len(pendingOf(t, s)) != 79 {
				t.Errorf("%d pending, faults %v", len(pendingOf(t, s)), faults)
			}
			before := f.Count("$batch")
			if addPending(t, s, listed...); f.Count("$batch") > before {
				t.Error("a second listing writes again")
			}
		})
	}
}

// Another run settles the entry between the read and the write.
func TestNotifiedSettledMeanwhile(t *testing.T) {
	for _, later := range []time.Duration{0, time.Hour} {
		t.Run(fmt.Sprint(later), func(t *testing.T) {
			s, f := open(t)
			c := content("notified", "2026-11-21T08:00:00Z")
			addNotified(t, s, c)
			f.Fail("$batch", 0, 1, func(req *http.Request) (*http.Response, error) {
				settle(t, openSame(t, f), Entry{Content: c, State: Done, Counts: Counts{Rows: 5}})
				return fixture.Send(req)
			})
			listed := c
			listed.Expiration = c.Expiration.Add(later)
			addPending(t, s, listed)
			if e, err := s.Get(t.Context(), c); e.State != Done || e.Rows != 5 || err != nil || f.Left() > 0 {
				t.Errorf("%+v, %v", e, err)
			}
			if left := pendingOf(t, s); len(left) > 0 {
				t.Errorf("pending: %v", left)
			}
		})
	}
}

func TestAddNotifiedKeepsListed(t *testing.T) {
	s, _ := open(t)
	c := content("listed", "2026-11-21T08:00:00Z")
	addPending(t, s, c)
	if n, err := s.AddNotified(t.Context(), []audit.Content{c}); n != 0 || err != nil {
		t.Errorf("added %d, %v", n, err)
	}
	if e := fixture.Collect(t, s.Pending(t.Context(), c.Type, time.Time{})); len(e) != 1 || e[0].Notified {
		t.Errorf("pending %+v", e)
	}
}

func TestLostRevivedAndSettledMeanwhile(t *testing.T) {
	s, f := open(t)
	c := content("early", "2026-11-21T08:00:00Z")
	if _, err := s.AddNotified(t.Context(), []audit.Content{c}); err != nil {
		t.Fatal(err)
	}
	settle(t, s, Entry{Content: c, State: Lost, Notified: true})
	f.Fail("$batch", 0, 1, func(req *http.Request) (*http.Response, error) {
		other := openSame(t, f)
		addPending(t, other, c)
		settle(t, other, Entry{Content: c, State: Done, Counts: Counts{Rows: 5}})
		return fixture.Send(req)
	})
	addPending(t, s, c)
	if e, err := s.Get(t.Context(), c); e.State != Done || e.Rows != 5 || err != nil || f.Left() > 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
