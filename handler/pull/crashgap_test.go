package pull_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

// lookBack is how far back a tick lists.
const lookBack = 7*24*time.Hour - 10*time.Minute

// A gapStart is a checkpoint, and a gap or none, with which a tick starts that
// records or shortens a gap.
type gapStart struct {
	listed time.Time
	gaps   []store.Gap
	from   time.Time // where the gap begins
}

// The first tick changes a gap. Each run injects one fault into one of its calls
// to the state table. Then the gap must be what the tick found, and everything
// else must be as in TestCrashMatrix.
func TestCrashMatrixGap(t *testing.T) {
	const day = 24 * time.Hour
	start := ingesttest.Start
	for name, g := range map[string]gapStart{
		"recorded":  {start.Add(-10 * day), nil, start.Add(-10 * day)},
		"shortened": {start.Add(10 * day), []store.Gap{{From: start.Add(-20 * day), To: start.Add(3 * day)}}, start.Add(-20 * day)},
	} {
		t.Run(name, func(t *testing.T) {
			var points []point
			r := g.newRun(t)
			want := r.run(t, func() { points = stateCalls(r.schedule.calls) })
			want.checkEnd(t, want)
			if t.Failed() {
				t.Fatal("the run without faults fails")
			}
			for _, in := range injectionsAt(points) {
				t.Run(in.String(), func(t *testing.T) {
					t.Parallel()
					g.newRun(t, in).run(t, func() {}).checkEnd(t, want)
				})
			}
		})
	}
}

// stateCalls returns the first tick's calls to the state table, until the
// checkpoint has moved twice. Later moves differ only in their time.
func stateCalls(calls []point) []point {
	end := slices.IndexFunc(calls, func(p point) bool { return strings.HasPrefix(p.name, "transaction state/run") })
	return slices.DeleteFunc(slices.Clone(calls[:end+1]), func(p point) bool {
		return !strings.Contains(p.name, " state") || strings.Contains(p.name, "state/checkpoint") && p.n > 1
	})
}

// newRun starts a run that checks the gap after every tick. The first tick that
// changes the gap decides where it ends, unless a later one records a longer
// gap because the checkpoint has not moved. Once it has, the gap is final.
func (g gapStart) newRun(t *testing.T, injections ...injection) *crashRun {
	t.Helper()
	r := newCrashRunFrom(t, g.listed, g.gaps, injections...)
	last, moved := g.gaps, false
	r.afterTick = func(t *testing.T, s snapshot) {
		t.Helper()
		gaps := s.gaps(t)
		if !slices.Equal(gaps, last) {
			g.checkGap(t, gaps, r.began, r.Clock.Now())
			if moved {
				t.Errorf("gaps %v have become %v after the checkpoint moved", last, gaps)
			}
		}
		last, moved = gaps, !s.checkpoint(t).ListedThrough.Equal(g.listed)
		if moved && slices.Equal(gaps, g.gaps) {
			t.Errorf("the checkpoint is at %s, and the gaps are still %v", s.checkpoint(t).ListedThrough, gaps)
		}
	}
	return r
}

// checkGap checks that there is one gap, which ends where a tick from began to
// ended starts to list.
func (g gapStart) checkGap(t *testing.T, gaps []store.Gap, began, ended time.Time) {
	t.Helper()
	first, last := began.Truncate(time.Second).Add(-lookBack), ended.Add(-lookBack)
	if len(gaps) != 1 || !gaps[0].From.Equal(g.from) || gaps[0].To.Before(first) || gaps[0].To.After(last) {
		t.Errorf("gaps %v, want one from %s to %s", gaps, g.from, first)
	}
}

// gaps are the stored gaps of the content type.
func (s snapshot) gaps(t *testing.T) (gaps []store.Gap) {
	t.Helper()
	for key, text := range s.state {
		if !strings.HasPrefix(key, "type/audit_general-") {
			continue
		}
		var g store.Gap
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		gaps = append(gaps, g)
	}
	return gaps
}
