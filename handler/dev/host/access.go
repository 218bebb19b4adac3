package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// URL is the root of the HTTP front, without a trailing slash.
func (h *Host) URL() string { return h.url }

// FunctionKey opens every function of authLevel function or anonymous: the
// default host key of a function app.
func (h *Host) FunctionKey() string { return h.keys.host }

// FunctionKeyOf opens one function alone: its own default key. It is "" for
// an unknown function.
func (h *Host) FunctionKeyOf(function string) string { return h.keys.functions[function] }

// MasterKey opens every function and the admin API.
func (h *Host) MasterKey() string { return h.keys.master }

// Functions are all functions of the app by name, those in error included.
func (h *Host) Functions() []Function {
	var functions []Function
	for _, f := range h.functions {
		functions = append(functions, *f)
	}
	return functions
}

// function finds a function in any case, as the host does.
func (h *Host) function(name string) *Function {
	for _, f := range h.functions {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// urlOf is where an HTTP function is called.
func (h *Host) urlOf(f *Function) string {
	if h.options.RoutePrefix == "" {
		return h.url + "/" + f.HTTP.Route
	}
	return h.url + "/" + h.options.RoutePrefix + "/" + f.HTTP.Route
}

// HandlerPID is the handler's process id, 0 if none was started or the host
// has stopped. It changes with every restart.
func (h *Host) HandlerPID() int {
	p, _ := h.dispatcher.state()
	if p == nil {
		return 0
	}
	return p.pid()
}

// Kill ends the handler with SIGKILL, as a crash would, and returns when the
// host, which counts an error, has started it again or is about to stop. The
// next invocation waits until it listens. Kill does nothing if no handler
// runs.
func (h *Host) Kill() {
	p, _ := h.dispatcher.state()
	if p == nil || p.command.Process.Kill() != nil {
		return
	}
	<-p.exited
	if p.code == 0 { // had ended just before: the host does nothing about it
		return
	}
	<-p.gone
}

// PeakRSS is the most memory, in bytes, that the handler's process has had
// resident (VmHWM in /proc); 0 where the system does not tell.
func (h *Host) PeakRSS() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.HandlerPID()))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}
