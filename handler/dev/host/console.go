package host

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// console writes the log, a line at a time.
type console struct {
	mu     sync.Mutex
	out    io.Writer // the app's lines
	events io.Writer // the host's
	onLine func(stderr bool, line string)
}

// Severities, as the host gives them to lines.
const (
	severityInfo    = "info"
	severityWarning = "warning"
	severityError   = "error"
)

// severityOf is information for what the handler writes to standard output,
// whatever it says, and error for standard error, but warning where the line
// has "warn" in it.
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

// host logs an event of the host's own.
func (c *console) host(severity, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
	fmt.Fprintf(c.events, "%s: %s\n", severity, text)
}

// invocation logs a line that a function returned in its Logs.
func (c *console) invocation(inv invocation, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, "%s: %s %s: %s\n", severityInfo, inv.function.Name, inv.id, strings.ReplaceAll(line, "\n", " "))
}
