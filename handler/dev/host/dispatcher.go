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

// dispatcher keeps one handler process running by the host's rules. Exit code
// 0 is the end of it: nothing is restarted, and invocations fail. 200 asks
// for a restart. Any other, and a handler that does not listen in time, is an
// error: it is restarted at once, until the third error of a series in which
// no two are more than 30 minutes apart, which stops the host.
type dispatcher struct {
	start   func() (*process, error)
	now     func() time.Time
	console *console
	timeout time.Duration // for a handler to listen
	limit   int           // the error that stops the host; negative: none
	signal  os.Signal
	failed  []time.Time // the current series of errors

	restarts chan *process // what is asked to be replaced
	stopped  chan struct{} // closed when run ends

	mu      sync.Mutex
	ready   chan struct{} // closed while current takes invocations
	current *process
}

const (
	defaultErrorLimit = 3
	errorSeries       = 30 * time.Minute
)

// ErrExceeded stops a host whose handler failed too often. The platform would
// start a new instance.
var ErrExceeded = errors.New("exceeded http worker restart retry count: shutting down the host")

// errRestart ends a process that is to be replaced, without counting an error.
var errRestart = errors.New("restart")

// startError is a handler that could not even be started.
type startError struct{ error }

func (e startError) Unwrap() error { return e.error }

// run returns nil when ctx is done, and else what stops the host.
func (d *dispatcher) run(ctx context.Context) error {
	defer close(d.stopped)
	defer d.take(nil)
	for {
		err := d.session(ctx)
		var fatal startError
		switch {
		case ctx.Err() != nil:
			return err
		case errors.As(err, &fatal):
			return err
		case errors.Is(err, errRestart):
			continue
		}
		d.console.host(severityError, "language worker process failed: %v", err)
		if d.exceeds(d.now()) {
			return fmt.Errorf("%w; the last error: %w", ErrExceeded, err)
		}
	}
}

// exceeds counts an error at now.
func (d *dispatcher) exceeds(now time.Time) bool {
	if n := len(d.failed); n > 0 && now.Sub(d.failed[n-1]) > errorSeries {
		d.failed = nil
	}
	d.failed = append(d.failed, now)
	return d.limit > 0 && len(d.failed) >= d.limit
}

// session is one process, from its start to its end. It leaves none running.
func (d *dispatcher) session(ctx context.Context) (err error) {
	p, err := d.start()
	if err != nil {
		return startError{err}
	}
	d.take(p)
	defer func() {
		d.shut()
		err = errors.Join(err, p.stop(d.signalAt(ctx)))
	}()
	watch, cancel := context.WithCancel(ctx)
	var group errgroup.Group
	defer group.Wait()
	defer cancel()
	ready := make(chan error, 1)
	group.Go(func() error { p.watch(watch, d.timeout, ready); return nil })
	return d.follow(ctx, p, ready)
}

// signalAt is the polite signal for the end of the host alone.
func (d *dispatcher) signalAt(ctx context.Context) os.Signal {
	if ctx.Err() == nil {
		return nil
	}
	return d.signal
}

// follow waits for whatever ends a process's session.
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
		case asked := <-d.restarts:
			if asked == p {
				return errRestart
			}
		case <-exited:
			if p.code != 0 {
				return d.exit(p)
			}
			exited = nil // the host goes on and routes to a dead port
			d.console.host(severityWarning, "the handler exited with code 0: the host does not restart it, and every invocation fails")
		}
	}
}

func (d *dispatcher) exit(p *process) error {
	d.shut()
	if p.code == 200 {
		d.console.host(severityInfo, "language worker process exited and needs to be restarted")
		return errRestart
	}
	return p.exitError()
}

// take makes p current, nil at the end, in the place of one that has ended.
func (d *dispatcher) take(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.current != nil {
		close(d.current.gone)
	}
	d.current = p
}

// shut ends the time that current takes invocations. Who waits for that to
// begin goes on waiting.
func (d *dispatcher) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.ready:
		d.ready = make(chan struct{})
	default:
	}
}

func (d *dispatcher) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.ready)
}

func (d *dispatcher) state() (*process, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current, d.ready
}
