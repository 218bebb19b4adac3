package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// A terminal shows progress: as a bar that is redrawn if the output is a terminal,
// and as lines if it is a file or a pipe.
type terminal struct {
	out     io.Writer
	redraws bool
	drawn   bool // the cursor is at the end of a bar
	quarter int  // the last quarter that was printed as a line
}

func newTerminal(out *os.File) *terminal {
	info, err := out.Stat()
	return &terminal{out: out, redraws: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// line prints a line, below the bar if there is one.
func (t *terminal) line(format string, args ...any) {
	if t.drawn {
		fmt.Fprintln(t.out)
		t.drawn = false
	}
	fmt.Fprintf(t.out, format+"\n", args...)
}

const barWidth = 32

// bar shows how much is done. In a file or a pipe, it prints a line for each quarter.
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

// thousands formats n with commas: 20,000.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
