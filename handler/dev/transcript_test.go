package main

import (
	"slices"
	"strings"
	"sync"
)

// A transcript keeps all that the handler and the host write.
type transcript struct {
	mu    sync.Mutex
	lines []string
}

// Write takes what the host writes: whole lines.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// line takes a line of the handler as it wrote it.
func (t *transcript) line(_ bool, line string) { t.Write([]byte(line)) }

// all is what was written so far.
func (t *transcript) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.lines)
}

// tail is its end, for a failing test.
func (t *transcript) tail() string {
	lines := t.all()
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}
