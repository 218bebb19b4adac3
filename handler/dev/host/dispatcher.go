package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// dispatcher keeps one handler process running, by the host's rules:
//
//   - Exit code 0 is final. The handler is not restarted, and invocations fail.
//   - Exit code 200 asks for a restart.
//   - Any other exit, and a handler that does not listen in time, is an error.
//     The handler is restarted at once, until the third error in a series stops
//     the host. Errors more than 30 minutes apart belong to different series.
type dispatcher struct {
	start   func() (*process, error)
	now     func() time.Time
	console *console
	timeout time.Duration // for the handler to listen
	limit   int           // errors in a series that stop the host; negative: no limit
	signal  os.Signal
	failed  []time.Time // the current series of errors

	restarts chan *process // processes to replace
	stopped  chan struct{} // closed when run ends

	mu      sync.Mutex
	ready   chan struct{} // closed while current accepts invocations
	current *process
}

const (
	defaultErrorLimit = 3
	errorSeries       = 30 * time.Minute
)

// ErrExceeded stops a host whose handler failed too often. The platform would
// then start a new instance.
var ErrExceeded = errors.New("exceeded http worker restart retry count: shutting down the host")

// ErrStopped is the error of a call to a host that has stopped.
var ErrStopped = errors.New("the host has stopped")

// errRestart replaces a process without counting an error.
var errRestart = errors.New("restart")

// errNotInitialized stops the host.
var errNotInitialized = errors.New("the handler was not initialized in time")

// startError means that the handler could not be started at all.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

// run returns nil when ctx is done, or else the error that stops the host.
func (d *dispatcher) run(ctx context.Context) error {
	defer close(d.stopped)
	defer d.setCurrent(nil)
	for {
		err := d.session(ctx)
		if ctx.Err() != nil {
			return err
		}
		if _, fatal := errors.AsType[startError](err); fatal {
			return err
		}
		if errors.Is(err, errRestart) {
			continue
		}
		d.console.host(severityError, "language worker process failed: %v", err)
		if d.countError(d.now()) {
			return fmt.Errorf("%w; the last error: %w", ErrExceeded, err)
		}
	}
}

// countError adds an error to the series and reports whether the limit is
// reached.
func (d *dispatcher) countError(now time.Time) bool {
	if n := len(d.failed); n > 0 && now.Sub(d.failed[n-1]) > errorSeries {
		d.failed = nil
	}
	d.failed = append(d.failed, now)
	return d.limit > 0 && len(d.failed) >= d.limit
}

// session runs one process from start to end. When it returns, the process has
// ended.
func (d *dispatcher) session(ctx context.Context) (err error) {
	p, err := d.start()
	if err != nil {
		return startError{err}
	}
	d.setCurrent(p)
	defer func() {
		d.shut()
		err = errors.Join(err, p.stop(d.stopSignal(ctx)))
	}()
	watch, cancel := context.WithCancel(ctx)
	var group errgroup.Group
	defer group.Wait()
	defer cancel()
	ready := make(chan error, 1)
	group.Go(func() error { p.watch(watch, d.timeout, ready); return nil })
	return d.follow(ctx, p, ready)
}

// stopSignal returns the configured signal if the host is stopping. A process
// that is replaced gets SIGKILL.
func (d *dispatcher) stopSignal(ctx context.Context) os.Signal {
	if ctx.Err() == nil {
		return nil
	}
	return d.signal
}

// follow waits until a process ends or must be replaced, or ctx is done.
func (d *dispatcher) follow(ctx context.Context, p *process, ready <-chan error) error {
	exited := p.exited
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ready:
			if err != nil {
				return err
			}
			d.open()
			d.console.host(severityInfo, "worker process started and initialized")
		case requested := <-d.restarts:
			if requested == p {
				return errRestart
			}
		case <-exited:
			if p.code != 0 {
				return d.exitError(p)
			}
			exited = nil // the host keeps running and sends requests to a closed port
			d.console.host(severityWarning, "the handler exited with code 0: the host does not restart it, and every invocation fails")
		}
	}
}

func (d *dispatcher) exitError(p *process) error {
	d.shut()
	if p.code == 200 {
		d.console.host(severityInfo, "language worker process exited and needs to be restarted")
		return errRestart
	}
	return p.exitError()
}

// setCurrent replaces the current process, which has ended. p is nil when the
// dispatcher ends.
func (d *dispatcher) setCurrent(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		close(d.current.gone)
	}
	d.current = p
}

// open lets wait return: the current process accepts invocations.
func (d *dispatcher) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.ready)
}

// shut makes wait block again. Calls that are waiting already keep waiting.
func (d *dispatcher) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.ready:
		d.ready = make(chan struct{})
	default:
	}
}

func (d *dispatcher) state() (*process, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current, d.ready
}

// wait returns the current process once it accepts invocations. It returns
// errNotInitialized after four times the initialization timeout.
func (d *dispatcher) wait(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(defaultErrorLimit+1)*d.timeout, errNotInitialized)
	defer cancel()
	for {
		_, ready := d.state()
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-d.stopped:
			return nil, ErrStopped
		case <-ready:
		}
		if p, again := d.state(); again == ready {
			return p, nil
		}
	}
}

// restart replaces p, which hangs, and returns when its successor has been
// started or the dispatcher has ended.
func (d *dispatcher) restart(p *process) {
	select {
	case d.restarts <- p:
		<-p.gone
	case <-p.gone:
	case <-d.stopped:
	}
}

// HandlerPID is the process id of the handler. It changes with every restart,
// and is 0 if no handler was started or the host has stopped.
func (h *Host) HandlerPID() int {
	p, _ := h.dispatcher.state()
	if p == nil {
		return 0
	}
	return p.pid()
}

// Kill ends the handler with SIGKILL, like a crash, which counts as an error. It
// returns when the host has started the handler again or is about to stop; the
// next invocation waits until the handler listens. Kill does nothing if no
// handler runs.
func (h *Host) Kill() {
	p, _ := h.dispatcher.state()
	if p == nil || p.command.Process.Kill() != nil {
		return
	}
	<-p.exited
	if p.code == 0 { // it had just exited by itself, and is not restarted
		return
	}
	<-p.gone
}
