package host

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
)

// console writes the log, one line at a time.
type console struct {
	mu     sync.Mutex
	out    io.Writer // lines of the app
	events io.Writer // lines of the host
	onLine func(stderr bool, line string)
}

// Severities that the host gives to lines.
const (
	severityInfo    = "info"
	severityWarning = "warning"
	severityError   = "error"
)

// severityOf returns the severity of a line of the handler. Standard output is
// always information. Standard error is an error, or a warning if the line
// contains "warn".
func severityOf(stderr bool, line string) string {
	switch {
	case !stderr:
		return severityInfo
	case strings.Contains(strings.ToLower(line), "warn"):
		return severityWarning
	default:
		return severityError
	}
}

// handler logs a line that the handler wrote.
func (c *console) handler(stderr bool, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, "%s: %s\n", severityOf(stderr, line), strings.TrimPrefix(line, "LanguageWorkerConsoleLog"))
	if c.onLine != nil {
		c.onLine(stderr, line)
	}
}

// host logs an event of the host itself.
func (c *console) host(severity, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
	fmt.Fprintf(c.events, "%s: %s\n", severity, text)
}

// invocation logs a line of the Logs that a function returned.
func (c *console) invocation(inv invocation, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, "%s: %s %s: %s\n", severityInfo, inv.function.Name, inv.id, strings.ReplaceAll(line, "\n", " "))
}

// maxLine is the number of bytes after which an unfinished line is passed on.
const maxLine = 1 << 20

// lineWriter calls line for each line that is written to it.
type lineWriter struct {
	line func(string)
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte{'\n'})
		if !found && len(w.rest) < maxLine {
			return len(p), nil
		}
		w.line(string(bytes.TrimSuffix(line, []byte{'\r'})))
		w.rest = rest
	}
}

// flush passes on a last line without a line end.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.line(string(w.rest))
		w.rest = nil
	}
}
