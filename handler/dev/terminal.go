package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// A terminal shows what goes on: with a bar that is redrawn where a person
// watches, line by line where the output goes elsewhere.
type terminal struct {
	out     io.Writer
	redraws bool
	drawn   bool // the last line is a bar
	quarter int  // of the bar that was last said as a line
}

func newTerminal(out *os.File) *terminal {
	info, err := out.Stat()
	return &terminal{out: out, redraws: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// line prints a line of its own.
func (t *terminal) line(format string, args ...any) {
	if t.drawn {
		fmt.Fprintln(t.out)
		t.drawn = false
	}
	fmt.Fprintf(t.out, format+"\n", args...)
}

const barWidth = 32

// bar shows how much is done. As plain lines it speaks up at each quarter.
func (t *terminal) bar(done, total int, note string) {
	share := min(float64(done)/float64(max(total, 1)), 1)
	if t.redraws {
		filled := int(share * barWidth)
		fmt.Fprintf(t.out, "\r\x1b[K[%s%s] %s", strings.Repeat("█", filled), strings.Repeat("·", barWidth-filled), note)
		t.drawn = true
		return
	}
	if quarter := int(share * 4); quarter > t.quarter {
		t.quarter = quarter
		t.line("%3.0f %%  %s", share*100, note)
	}
}
