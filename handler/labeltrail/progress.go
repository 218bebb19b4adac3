package main

import (
	"fmt"
	"io"
	"time"
)

// progressEvery is how often progress is said at most.
const progressEvery = 2 * time.Second

// A progress says how far a command has come, for people.
type progress struct {
	out  io.Writer
	now  func() time.Time
	last time.Time
}

func (p *program) newProgress() *progress { return &progress{out: p.stderr, now: p.now, last: p.now()} }

// say says it unless something was said just now.
func (p *progress) say(format string, args ...any) {
	if now := p.now(); now.Sub(p.last) >= progressEvery {
		p.last = now
		fmt.Fprintf(p.out, format+"\n", args...)
	}
}
