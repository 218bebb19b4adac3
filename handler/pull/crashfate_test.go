package pull_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A point is a call of a run: the n-th of its name, from 0.
type point struct {
	name string
	n    int
}

func (p point) String() string { return fmt.Sprintf("%s #%d", p.name, p.n) }

// A harm is what goes wrong with a call.
type harm string

const (
	refused      harm = "refused"             // not done
	lost         harm = "answer lost"         // done
	killedBefore harm = "killed before it"    // not done, and no call after it either
	killedAfter  harm = "killed in its midst" // done, and no call after it
)

var harms = []harm{refused, lost, killedBefore, killedAfter}

// byChance tells whether there is such a call in one run and not in another:
// transactions that go at the same time may each miss their table, make it and
// be sent again, or find it made.
func (p point) byChance() bool {
	return p.n > 0 && (strings.HasPrefix(p.name, "make table ") || strings.HasPrefix(p.name, "transaction index"))
}

// A blow does harm at a point; or, if that has no name, at so many calls after
// the blow before it.
type blow struct {
	harm
	at point
}

func (b blow) String() string {
	if b.at.name == "" {
		return fmt.Sprintf("%s, %d calls later", b.harm, b.at.n)
	}
	return fmt.Sprintf("%s: %s", b.at, b.harm)
}

// A fate deals blows to the calls of a process, to storage and to the API.
type fate struct {
	mu     sync.Mutex
	blows  []blow // still to come, in this order
	calls  []point
	counts map[string]int // of calls, by name
	since  int            // calls since the last blow
	struck []dealt
	dead   bool // the process is: nothing that it calls is done
}

// A dealt is harm that was done, and to which call.
type dealt struct {
	harm
	call string
}

func newFate(blows ...blow) *fate { return &fate{blows: blows, counts: map[string]int{}} }

// rule lets fate rule over a transport.
func (f *fate) rule(t *ingesttest.Transport, name func(*http.Request) string) {
	t.Plan(func(_ int, r *http.Request) ingesttest.Fault { return f.meet(name(r)) })
}

// meet decides what a call meets.
func (f *fate) meet(name string) ingesttest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return ingesttest.Refuse
	}
	p := point{name, f.counts[name]}
	f.counts[name]++
	f.calls = append(f.calls, p)
	if len(f.blows) == 0 || !f.blows[0].falls(p, f.since) {
		f.since++
		return nil
	}
	h := f.blows[0].harm
	f.blows, f.since = f.blows[1:], 0
	f.struck = append(f.struck, dealt{h, name})
	f.dead = h == killedBefore || h == killedAfter
	if h == refused || h == killedBefore {
		return ingesttest.Refuse
	}
	return ingesttest.Lose
}

func (b blow) falls(p point, since int) bool {
	if b.at.name == "" {
		return since == b.at.n
	}
	return b.at == p
}

// revive tells whether the process was killed, and lets another live.
func (f *fate) revive() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.dead
	f.dead = false
	return was
}
