package main

import (
	"strings"
	"testing"
)

func TestBarOnPipe(t *testing.T) {
	var out strings.Builder
	term := &terminal{out: &out}
	for done := range 201 {
		term.bar(done, 200, "contents")
	}
	want := " 25 %  contents\n 50 %  contents\n 75 %  contents\n100 %  contents\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestBarOnTerminal(t *testing.T) {
	var out strings.Builder
	term := &terminal{out: &out, redraws: true}
	term.bar(1, 2, "half")
	term.bar(2, 2, "whole")
	term.line("done")
	if got := strings.Count(out.String(), "\n"); got != 2 {
		t.Errorf("%d line ends in %q, want 2", got, out.String())
	}
	if !strings.Contains(out.String(), "\r\x1b[K[████████████████················] half") {
		t.Errorf("no half bar in %q", out.String())
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 20_000: "20,000", 1_234_567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
