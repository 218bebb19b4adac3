package ledger

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

func TestSettle(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	for _, e := range []Entry{
		{Content: c, State: Pending, Tries: 1, NextTry: at("2026-12-01T10:00:00Z"), Error: "AF50000: try again"},
		{Content: c, State: Pending, Tries: 2, NextTry: at("2026-12-01T11:00:00.5Z"), Blob: "x/y.json.gz", Error: "503"},
		{Content: c, State: Done, Tries: 2, Blob: "x/y.json.gz", Counts: Counts{9, 4, 3, 1, 1}, Settled: at("2026-12-01T11:00:01Z")},
	} {
		settle(t, s, e)
		got, err := s.Get(t.Context(), c)
		if diff := cmp.Diff(e, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", e.State, err, diff)
		}
		pending := fixture.Collect(t, s.Pending(t.Context(), "Audit.General", time.Time{}))
		if e.State == Pending {
			if diff := cmp.Diff([]Entry{e}, pending); diff != "" {
				t.Errorf("pending: %s", diff)
			}
		} else if len(pending) > 0 {
			t.Errorf("%s, but pending: %v", e.State, pending)
		}
	}
}

func TestSettleTime(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Lost})
	if e, err := s.Get(t.Context(), c); !e.Settled.Equal(s.now()) || err != nil {
		t.Errorf("settled %s, %v", e.Settled, err)
	}
}

func TestSettleKeepsFinal(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(60)
	addPending(t, s, contents...)
	done := Entry{Content: contents[7], State: Done, Counts: Counts{Rows: 1}, Settled: at("2026-12-01T12:00:00Z")}
	settle(t, s, done)
	var all []Entry
	for _, c := range contents {
		all = append(all, Entry{Content: c, State: Pending, Tries: 5})
	}
	all = append(all, Entry{Content: content("unknown", "2026-11-30T12:00:00Z"), State: Done},
		Entry{Content: content("no table", "2020-01-01T00:00:00Z"), State: Done})
	settle(t, s, all...)
	if e, err := s.Get(t.Context(), done.Content); !cmp.Equal(e, done) || err != nil {
		t.Errorf("%v", cmp.Diff(done, e))
	}
	if got := pendingOf(t, s); len(got) != 59 || !strings.HasSuffix(got[0], "tried 5") {
		t.Errorf("%d pending: %v", len(got), got[0])
	}
	if _, err := s.Get(t.Context(), content("unknown", "2026-11-30T12:00:00Z")); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("entry that was never added: %v", err)
	}
}

func TestSettleTwiceInOneCall(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Pending, Tries: 1}, Entry{Content: c, State: Unreadable})
	if e, err := s.Get(t.Context(), c); e.State != Unreadable || err != nil {
		t.Errorf("%s, %v", e.State, err)
	}
}

func TestSettleWhileReadingPending(t *testing.T) {
	s, f := open(t)
	contents := fixture.Contents(40)
	addPending(t, s, contents...)
	f.Fail("GET", 1, 1<<30, func(req *http.Request) (*http.Response, error) {
		q := req.URL.Query()
		q.Set("$top", "3")
		req = req.Clone(req.Context())
		req.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		return fixture.Send(req)
	})
	n := 0
	for e, err := range s.Pending(t.Context(), "Audit.General", time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		e.State = []State{Done, Pending}[n%2]
		e.Tries++
		settle(t, s, e)
		n++
	}
	if n != 40 {
		t.Errorf("%d entries were read", n)
	}
	if got := pendingOf(t, s); len(got) != 20 {
		t.Errorf("%d remain", len(got))
	}
}

func TestSettleCutsError(t *testing.T) {
	s, _ := open(t)
	c := fixture.Contents(1)[0]
	addPending(t, s, c)
	settle(t, s, Entry{Content: c, State: Pending, Error: strings.Repeat("é", 40_000)})
	if e, err := s.Get(t.Context(), c); tables.Units(e.Error) != maxErrorText || err != nil {
		t.Errorf("%d units, %v", tables.Units(e.Error), err)
	}
}

func TestSettleContext(t *testing.T) {
	s, _ := open(t)
	contents := fixture.Contents(3)
	addPending(t, s, contents...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Settle(ctx, []Entry{{Content: contents[0], State: Done}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAddSettled(t *testing.T) {
	s, f := open(t)
	there := allStates(t, s)
	var want []Entry
	for i, c := range fixture.Contents(60) {
		if i < len(there) {
			c = there[i].Content
		}
		want = append(want, Entry{Content: c, State: Unreadable, Blob: "b", Error: "x", Counts: Counts{Records: i}, Settled: at("2026-12-02T00:00:00Z")})
	}
	before := fixture.Collect(t, s.List(t.Context(), Query{}))
	for _, name := range []string{"at first", "again"} {
		if name == "at first" {
			f.Fail("$batch", 0, 1, fixture.AppliedThenBroken)
		}
		n, err := s.AddSettled(t.Context(), fixture.Shuffled(1, want))
		if err != nil || n != map[string]int{"at first": 20, "again": 0}[name] {
			t.Errorf("%s: %d added, %v", name, n, err)
		}
		after := fixture.Collect(t, s.List(t.Context(), Query{}))
		if diff := cmp.Diff(slices.Concat(before, want[40:]), after); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if faults, _ := faultsOf(t, s); len(faults) > 0 {
		t.Errorf("faults %v", faults)
	}
}

func TestAddSettledOnlyFinal(t *testing.T) {
	s, f := open(t)
	for _, e := range []Entry{{Content: fixture.Contents(1)[0], State: Pending}, {Content: fixture.Contents(1)[0]}, {State: Done}} {
		if _, err := s.AddSettled(t.Context(), []Entry{e}); err == nil {
			t.Errorf("%+v was added", e)
		}
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}
