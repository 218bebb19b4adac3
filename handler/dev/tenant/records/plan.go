package records

import (
	"math"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// plan deals the events of a stream to lives.
//
// Events are numbered in the order in which they reach the service, and the
// numbers are cut into blocks of equal size. Slot i means the same in every
// block: step s of the life that started as number j, g blocks earlier. So the
// number of an event determines the event, its life and that life's whole past;
// nothing has to be remembered, and every step of a life occurs exactly once.
type plan struct{ slots []slot }

// slot is the meaning of one event of a block.
type slot struct {
	script *script
	birth  uint64 // number of the life among those that start in one block
	step   int
	gap    int64 // blocks since the life started
}

// newPlan lays out the scripts of a stream with a given number of events per
// hour. Steps of a life are at least one block apart: the slots of a block are
// dealt in any order, but the steps must keep theirs.
func newPlan(scripts []script, eventsPerHour float64) *plan {
	size := 0
	for i := range scripts {
		size += scripts[i].births * len(scripts[i].steps)
	}
	p := &plan{slots: make([]slot, 0, size)}
	births := uint64(0)
	for i := range scripts {
		for range scripts[i].births {
			p.add(&scripts[i], births, eventsPerHour/float64(size))
			births++
		}
	}
	return p
}

func (p *plan) add(s *script, birth uint64, blocksPerHour float64) {
	gap := int64(-1)
	for i, step := range s.steps {
		gap = max(gap+1, int64(math.Round(step.after*blocksPerHour)))
		p.slots = append(p.slots, slot{s, birth, i, gap})
	}
}

// at returns the slot of event n, and the block in which its life started. That
// block may precede the history.
func (p *plan) at(seed uint64, n int64) (slot, int64) {
	size := int64(len(p.slots))
	block := n / size
	d := dice.New(seed, 'b', uint64(block))
	turn := int64(d.IntN(len(p.slots)))
	part := p.slots[(n%size*stride(size)+turn)%size]
	return part, block - part.gap
}

// stride returns a number coprime to size. Its multiples visit every slot of a
// block once, and those of one life far apart.
func stride(size int64) int64 {
	s := size*5/13 + 1
	for gcd(s, size) != 1 {
		s++
	}
	return s
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
