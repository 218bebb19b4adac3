package ledger

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestLedgerFaults(t *testing.T) {
	for name, x := range map[string]struct {
		match string
		does  func(*http.Request) (*http.Response, error)
	}{
		"not applied":             {"", fixture.NotApplied},
		"applied":                 {"", fixture.AppliedThenBroken},
		"busy inside":             {"$batch", fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0))},
		"applied, empty response": {"$batch", fixture.Rewrite(func([]byte) []byte { return nil })},
	} {
		for skip := range 4 {
			t.Run(fmt.Sprintf("%s, request %d", name, skip), func(t *testing.T) {
				s, f := open(t)
				contents := fixture.Contents(70)
				addPending(t, s, contents[20:30]...)
				f.Fail(x.match, skip, 1, x.does)
				if n := addPending(t, s, contents...); n != 60 {
					t.Errorf("%d added", n)
				}
				if diff := cmp.Diff(fresh(contents), fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
					t.Errorf("the ledger (-want +got):\n%s", diff)
				}
				var settled []Entry
				for i, c := range contents {
					settled = append(settled, Entry{Content: c, State: []State{Done, Pending}[i%2], Tries: 1, Settled: []time.Time{at("2026-12-02T00:00:00Z"), {}}[i%2]})
				}
				f.Fail(x.match, skip, 1, x.does)
				settle(t, s, fixture.Shuffled(1, settled)...)
				if diff := cmp.Diff(settled, fixture.Collect(t, s.List(t.Context(), Query{}))); diff != "" {
					t.Errorf("settled (-want +got):\n%s", diff)
				}
				if got := pendingOf(t, s); len(got) != 35 {
					t.Errorf("%d pending", len(got))
				}
			})
		}
	}
}

func TestLedgerConcurrentRuns(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(90)
	g, ctx := errgroup.WithContext(t.Context())
	for seed := range uint64(4) {
		g.Go(func() error {
			_, err := s.AddPending(ctx, fixture.Shuffled(seed, contents))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 90 {
		t.Errorf("%d entries", len(got))
	}
	g, ctx = errgroup.WithContext(t.Context())
	for i, state := range []State{Done, Pending, Lost} {
		var entries []Entry
		for _, c := range contents {
			entries = append(entries, Entry{Content: c, State: state, Tries: i})
		}
		g.Go(func() error { return s.Settle(ctx, entries) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for e, err := range s.List(t.Context(), Query{}) {
		if err != nil || e.State != Done && e.State != Lost {
			t.Fatalf("%s is %s, %v", e.ID, e.State, err)
		}
	}
	if got := pendingOf(t, s); len(got) > 0 {
		t.Errorf("%d are pending", len(got))
	}
}

func TestInvalidEntries(t *testing.T) {
	s, f := open(t)
	if _, err := s.AddPending(t.Context(), []audit.Content{{ID: "a", Type: "x'y"}}); err == nil {
		t.Error("added")
	}
	c := fixture.Contents(1)[0]
	for _, e := range []Entry{{Content: c}, {Content: c, State: "finished"}, {State: Done}} {
		if err := s.Settle(t.Context(), []Entry{e}); err == nil {
			t.Errorf("settled %v", e)
		}
	}
	if _, err := s.Get(t.Context(), audit.Content{}); err == nil || errors.Is(err, storage.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}
