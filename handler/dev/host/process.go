package host

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one run of the handler.
type process struct {
	command *exec.Cmd
	base    string // http://127.0.0.1:port
	client  *http.Client
	exited  chan struct{} // closed once the process is reaped and its output read
	gone    chan struct{} // closed once the next one has been started, or none will be
	code    int           // exit code; 128 + the signal that ended it
	errors  []string      // the last lines of standard error that are errors
}

// command is what a process is started from.
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
	p.command.WaitDelay = 500 * time.Millisecond // for output that a grandchild keeps open
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

// run keeps its operating system thread from start to end: the death of the
// thread that started a process counts as its parent's.
func (p *process) run(c *console, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	out := &lineWriter{line: func(line string) { c.handler(false, line) }}
	errs := &lineWriter{line: func(line string) { p.keep(line); c.handler(true, line) }}
	p.command.Stdout, p.command.Stderr = out, errs
	err := p.command.Start()
	started <- err
	if err != nil {
		return
	}
	_ = p.command.Wait() // what it would tell is the exit code
	out.flush()
	errs.flush()
	p.code = exitCode(p.command.ProcessState)
	close(p.exited)
}

// keep remembers the last three lines that are errors, for the message about
// the exit.
func (p *process) keep(line string) {
	if severityOf(true, line) != severityError {
		return
	}
	p.errors = append(p.errors, line)
	p.errors = p.errors[max(0, len(p.errors)-3):]
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

func (p *process) pid() int { return p.command.Process.Pid }

// exitError tells how a process ended. It is called after it has.
func (p *process) exitError() error {
	text := fmt.Sprintf("%s exited with code %d (0x%X)", p.command.Path, p.code, p.code)
	if len(p.errors) > 0 {
		text += ": " + strings.Join(p.errors, ",")
	}
	return errors.New(text)
}

// stop ends the process and waits for that for a second at most: first
// with the signal, if there is one, then with SIGKILL.
func (p *process) stop(signal os.Signal) error {
	defer p.client.CloseIdleConnections()
	if signal != nil && p.command.Process.Signal(signal) == nil && p.ended(time.Second) {
		return nil
	}
	_ = p.command.Process.Kill() // fails for a process that has ended
	if !p.ended(time.Second) {
		return survivorError(p.pid())
	}
	return nil
}

// survivorError is the process id of a handler that cannot be killed.
type survivorError int

func (e survivorError) Error() string {
	return fmt.Sprintf("the handler, process %d, has not exited within a second of SIGKILL", int(e))
}

func (p *process) ended(within time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(within):
		return false
	}
}

// newClient neither asks for compression nor keeps cookies; it follows
// redirects only where nothing is forwarded.
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
