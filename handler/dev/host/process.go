package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is the process of the handler, from its start to its end.
type process struct {
	command *exec.Cmd
	base    string // http://127.0.0.1:port
	client  *http.Client
	exited  chan struct{} // closed once the process has been waited for and its output read
	gone    chan struct{} // closed once its successor was started, or the dispatcher ended
	code    int           // exit code, or 128 plus the signal that ended it
	errors  []string      // the last error lines on standard error
}

// command starts processes.
type command struct {
	options  hostOptions
	settings settings
	root     string
	port     int
	console  *console
}

// start runs the handler. It does not wait for it to listen.
func (c command) start() (*process, error) {
	p := &process{
		command: exec.Command(c.options.Executable, c.options.Arguments...),
		base:    "http://127.0.0.1:" + strconv.Itoa(c.port),
		client:  newClient(c.options.Forwarding),
		exited:  make(chan struct{}),
		gone:    make(chan struct{}),
	}
	p.command.Dir = c.options.WorkingDirectory
	p.command.Env = append(c.settings.environ(), c.hostVariables(newGUID())...)
	p.command.WaitDelay = 500 * time.Millisecond // in case a grandchild keeps the output open
	dieWithParent(p.command)
	if err := addExecutableBit(c.options.Executable); err != nil {
		c.console.host(severityWarning, "error while assigning execute permission: %v", err)
	}
	started := make(chan error)
	go p.run(c.console, started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the handler: %w", err)
	}
	c.console.host(severityInfo, "started %s, process %d, port %d", c.options.Executable, p.pid(), c.port)
	return p, nil
}

func (c command) hostVariables(workerID string) []string {
	port := strconv.Itoa(c.port)
	return []string{
		"FUNCTIONS_CUSTOMHANDLER_PORT=" + port,
		"FUNCTIONS_HTTPWORKER_PORT=" + port,
		"FUNCTIONS_CUSTOMHANDLER_WORKER_ID=" + workerID,
		"FUNCTIONS_HTTPWORKER_ID=" + workerID,
		"FUNCTIONS_APP_ROOT_PATH=" + c.root,
	}
}

// addExecutableBit makes a file executable for all if its owner may not execute
// it. The host does so on Flex Consumption, because zip files made on Windows
// have no such bit. Commands found on PATH are left alone.
func addExecutableBit(path string) error {
	info, err := os.Stat(path)
	if err != nil || !filepath.IsAbs(path) || info.Mode()&0o100 != 0 {
		return nil
	}
	return os.Chmod(path, info.Mode()|0o111)
}

// newClient returns a client that neither asks for compression nor keeps
// cookies. It follows redirects unless requests are forwarded.
func newClient(forwarding bool) *http.Client {
	client := &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     90 * time.Second,
	}}
	if forwarding {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return client
}

// run starts the process and waits for it on one operating system thread: Linux
// regards the thread that started a process as its parent, and dieWithParent
// kills the process when that thread ends.
func (p *process) run(c *console, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out := &lineWriter{line: func(line string) { c.handler(false, line) }}
	errs := &lineWriter{line: func(line string) { p.keepError(line); c.handler(true, line) }}
	p.command.Stdout, p.command.Stderr = out, errs
	err := p.command.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.command.Wait() // its error only repeats the exit code
	out.flush()
	errs.flush()
	p.code = exitCode(p.command.ProcessState)
	close(p.exited)
}

// maxErrors is how many lines of standard error the message about an exit shows.
const maxErrors = 3

// keepError remembers the last error lines.
func (p *process) keepError(line string) {
	if severityOf(true, line) != severityError {
		return
	}
	p.errors = append(p.errors, line)
	p.errors = p.errors[max(0, len(p.errors)-maxErrors):]
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

func (p *process) pid() int { return p.command.Process.Pid }

// exitError describes how the process ended. Call it after exited is closed.
func (p *process) exitError() error {
	text := fmt.Sprintf("%s exited with code %d (0x%X)", p.command.Path, p.code, p.code)
	if len(p.errors) > 0 {
		text += ": " + strings.Join(p.errors, ",")
	}
	return errors.New(text)
}

// stop ends the process. If signal is not nil, it sends that first and waits a
// second; then it sends SIGKILL and waits a second more.
func (p *process) stop(signal os.Signal) error {
	defer p.client.CloseIdleConnections()
	if signal != nil && p.command.Process.Signal(signal) == nil && p.exitsWithin(time.Second) {
		return nil
	}
	_ = p.command.Process.Kill() // fails if the process has ended
	if !p.exitsWithin(time.Second) {
		return survivorError(p.pid())
	}
	return nil
}

// survivorError is the process id of a handler that survived SIGKILL.
type survivorError int

func (e survivorError) Error() string {
	return fmt.Sprintf("the handler, process %d, has not exited within a second of SIGKILL", int(e))
}

func (p *process) exitsWithin(d time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(d):
		return false
	}
}

const (
	// readyInterval is the delay between two attempts to reach a handler that
	// was just started.
	readyInterval = 25 * time.Millisecond
	// pingInterval is the interval of pings to a ready handler, and the timeout
	// of each ping.
	pingInterval = 10 * time.Second
)

// watch sends nil to ready when the handler answers GET / with any response, or
// an error if it does not within timeout. After that it pings the handler now
// and then, like the host's monitor.
func (p *process) watch(ctx context.Context, timeout time.Duration, ready chan<- error) {
	err := p.awaitResponse(ctx, timeout)
	if ctx.Err() != nil {
		return
	}
	ready <- err
	ticker := time.NewTicker(pingInterval)
	defer ticker.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = p.ping(ctx) // the host does nothing about a failed ping
		}
	}
}

func (p *process) awaitResponse(ctx context.Context, timeout time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	for {
		if err := p.ping(limited); err == nil {
			return nil
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("initializing the handler timed out: no answer to GET / within %s", timeout)
		case <-ticker.C:
		}
	}
}

// ping succeeds with any response, whatever its status.
func (p *process) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingInterval)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/", nil)
	if err != nil {
		return err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // lets the connection be reused
	return nil
}

const (
	// firstPort and ports are the range of the handler's port. It lies below the
	// ports that systems use for outgoing connections, because the port must be
	// free again after each restart of the handler.
	firstPort = 21_000
	ports     = 9_000
	// reservationOffset is the distance from a port to the port that reserves it.
	reservationOffset = -ports
)

// reservePort finds a port that nothing listens on and reserves it, among the
// hosts on this machine, until reservation is closed. The port must stay free for
// the handler, so reservation listens on another port that stands for it.
func reservePort() (port int, reservation net.Listener, err error) {
	for range 100 {
		port = firstPort + rand.IntN(ports)
		if reservation, err = listenOn(port + reservationOffset); err != nil {
			continue
		}
		probe, err := listenOn(port)
		if err == nil {
			return port, reservation, probe.Close()
		}
		_ = reservation.Close() // try another port
	}
	return 0, nil, fmt.Errorf("find a free port for the handler: %w", err)
}

func listenOn(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// PeakRSS is the peak resident memory of the handler's process, in bytes (VmHWM
// in /proc). It is 0 where the system does not provide it.
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
