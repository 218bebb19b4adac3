package pull_test

import (
	"math/rand/v2"
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
	var log struck
	t.Run("a call", func(t *testing.T) {
		for _, b := range singles(points) {
			run(t, want, &log, b)
		}
	})
	log.check(t, points)
	t.Run("and another", func(t *testing.T) {
		random := rand.New(rand.NewPCG(azuritetest.Seed(t), 0))
		for range pairs {
			second := blow{harms[random.IntN(len(harms))], point{n: random.IntN(40)}}
			run(t, want, &log, pick(random, singles(points)), second)
		}
	})
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// run makes a run that meets blows, beside others.
func run(t *testing.T, want trail, log *struck, blows ...blow) {
	var names []string
	for _, b := range blows {
		names = append(names, b.String())
	}
	t.Run(strings.Join(names, "; "), func(t *testing.T) {
		t.Parallel()
		r := newCrashRun(t, blows...)
		r.play(t, func() {}).checkEnd(t, want)
		log.note(r.fate.struck)
	})
}

// singles are all blows that a single call can meet.
func singles(points []point) (blows []blow) {
	for _, p := range points {
		for _, h := range harms {
			// To read is to change nothing, done or not.
			if p.reads() && (h == refused || h == killedAfter) {
				continue
			}
			blows = append(blows, blow{h, p})
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

// struck is what was dealt in all runs: harms by call.
type struck struct {
	mu    sync.Mutex
	dealt map[string][]harm
}

func (s *struck) note(dealt []dealt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dealt == nil {
		s.dealt = map[string][]harm{}
	}
	for _, d := range dealt {
		s.dealt[d.call] = append(s.dealt[d.call], d.harm)
	}
}

// kinds are the kinds of call that a tick makes, by how their names begin.
var kinds = []string{
	"API token", "API GET list", "API POST start", "API GET content", "API fetch ",
	"query state", "read state/checkpoint", "query content", "query pending ", "query events", "read events",
	"make table content", "make table events", "PUT container", "GET blob ", "PUT blob ",
	"transaction content202603/audit_general POST",       // new contents
	"transaction content202603/audit_general PUT",        // put off
	"transaction content202603/audit_general PUT DELETE", // settled
	"transaction events202602/", "transaction events202603/",
	"transaction state/checkpoint ", "transaction state/type ", "transaction state/run ",
}

// check sees to it that every kind of call met every harm.
func (s *struck) check(t *testing.T, points []point) {
	t.Helper()
	for _, kind := range kinds {
		var met []harm
		for call, harms := range s.dealt {
			if strings.HasPrefix(call, kind) {
				met = append(met, harms...)
			}
		}
		for _, b := range singles([]point{{name: kind}}) {
			if !slices.Contains(met, b.harm) {
				t.Errorf("no call %q was ever %s", kind, b.harm)
			}
		}
	}
	for _, p := range points {
		if !slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(p.name, kind) }) {
			t.Errorf("call %q is of no kind that is known", p.name)
		}
	}
}
