package pull_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
)

// pairs is how many pairs of blows are tried, of some ten thousand that there
// are.
const pairs = 60

// Every call of two ticks, to storage and to the API, goes wrong in every way
// in which it can, one in each run, and in some runs another call after it. The
// runs go on until nothing is left to do, and all end with the trail that there
// is when nothing goes wrong. What is true at any moment holds after each tick.
func TestWhateverGoesWrongWithAnyCallTheTrailIsTheSame(t *testing.T) {
	r := newCrashRun(t)
	var points []point
	want := r.play(t, func() { points = slices.Clone(r.fate.calls) })
	want.checkEnd(t, want)
	if t.Failed() {
		t.Fatal("with nothing going wrong")
	}
	var all harmed
	t.Run("a call", func(t *testing.T) {
		for _, b := range singles(points) {
			play(t, want, &all, b)
		}
	})
	all.check(t, points)
	t.Run("and another", func(t *testing.T) {
		random := rand.New(rand.NewPCG(azuritetest.Seed(t), 0))
		first := singles(points)
		for range pairs {
			second := blow{harms[random.IntN(len(harms))], point{n: random.IntN(40)}}
			play(t, want, &all, first[random.IntN(len(first))], second)
		}
	})
}

// play makes a run that meets blows, beside others.
func play(t *testing.T, want trail, all *harmed, blows ...blow) {
	var names []string
	for _, b := range blows {
		names = append(names, b.String())
	}
	t.Run(strings.Join(names, "; "), func(t *testing.T) {
		t.Parallel()
		r := newCrashRun(t, blows...)
		r.play(t, func() {}).checkEnd(t, want)
		all.note(r.fate.struck)
	})
}

// singles are all blows that a single call can meet.
func singles(points []point) (blows []blow) {
	for _, p := range points {
		for _, h := range harms {
			if !p.reads() || h == lost || h == killedBefore { // to read changes nothing, done or not
				blows = append(blows, blow{h, p})
			}
		}
	}
	return blows
}

func (p point) reads() bool {
	for _, prefix := range []string{"query ", "read ", "GET ", "API GET ", "API fetch ", "API token"} {
		if strings.HasPrefix(p.name, prefix) {
			return true
		}
	}
	return false
}

// harmed is what was dealt in all runs.
type harmed struct {
	mu    sync.Mutex
	calls []dealt
}

func (h *harmed) note(calls []dealt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, calls...)
}

// kinds are the kinds of call that a tick makes.
var kinds = []string{
	"API token", "API GET list", "API POST start", "API GET content", "API fetch .*",
	"query state", "read state/checkpoint", "read state/type", "query content.*", "query pending .*", "query events.*", "read events.*",
	"make table content.*", "make table events.*", "make table index.*", "PUT container", "GET blob .*", "PUT blob .*",
	"transaction content.* POST",       // new contents
	"transaction content.* PUT",        // put off
	"transaction content.* PUT DELETE", // settled
	"transaction events.* POST", "transaction events.* PUT( POST)?|transaction events.* POST PUT",
	"transaction index.* POST", "transaction index.* PUT", // entries that are there are written again
	"transaction state/checkpoint .*", "transaction state/type .*", "transaction state/run .*",
}

// check sees to it that every kind of call met every harm that it can.
func (h *harmed) check(t *testing.T, points []point) {
	t.Helper()
	known := map[string]bool{}
	for _, kind := range kinds {
		is := regexp.MustCompile("^(" + kind + ")$")
		for _, b := range singles([]point{{name: kind}}) {
			if !slices.ContainsFunc(h.calls, func(d dealt) bool { return d.harm == b.harm && is.MatchString(d.call) }) {
				t.Errorf("no call %q was ever %s", kind, b.harm)
			}
		}
		for _, p := range points {
			known[p.name] = known[p.name] || is.MatchString(p.name)
		}
	}
	for name, is := range known {
		if !is {
			t.Errorf("call %q is of no kind that is known", name)
		}
	}
}
