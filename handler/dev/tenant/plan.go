package tenant

import "math"

// plan deals the events of a stream to lives. Events are numbered in the order
// in which they become available; the numbers are cut into blocks of equal
// size, and slot i of every block plays the same part: step s of the life that
// began as birth j, g blocks before. So the event behind a number, the life it
// belongs to and that life's whole past follow from the number alone, nothing
// is remembered, and every step of a life is there exactly once.
type plan struct{ slots []slot }

// slot is one event's part in a block.
type slot struct {
	script *script
	birth  uint64 // number of the life among those that begin in one block
	step   int
	gap    int64 // blocks since the life began
}

// newPlan lays out the scripts for a stream in which a block lasts so many
// working hours. Steps of a life lie at least a block apart, so that they keep
// their order though the slots of a block are dealt in any.
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

// at returns the part that event n plays, and the block in which its life
// began, which may lie before the history.
func (p *plan) at(seed uint64, n int64) (slot, int64) {
	size := int64(len(p.slots))
	block := n / size
	d := roll(seed, 'b', uint64(block))
	turn := int64(d.below(len(p.slots)))
	part := p.slots[(n%size*stride(size)+turn)%size]
	return part, block - part.gap
}

// stride returns a number coprime to size: multiples of it visit every slot of
// a block once, those of one life far apart.
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
