package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	readyInterval = 25 * time.Millisecond
	pingInterval  = 10 * time.Second
)

// ErrStopped is the failure of a call to a host that has stopped.
var ErrStopped = errors.New("the host has stopped")

// wait returns the process once it takes invocations. The host gives up on
// one that does not after four times the initialization timeout.
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

var errNotInitialized = errors.New("the handler was not initialized in time")

// restart replaces p, which has been found hanging, and returns when that is
// done.
func (d *dispatcher) restart(p *process) {
	select {
	case d.restarts <- p:
		<-p.gone
	case <-p.gone:
	case <-d.stopped:
	}
}

// watch reports to ready whether the handler answers GET / within timeout,
// whatever the answer, and from then on asks it again now and then, as the
// host's monitor does.
func (p *process) watch(ctx context.Context, timeout time.Duration, ready chan<- error) {
	err := p.awaitAnswer(ctx, timeout)
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
			_ = p.ping(ctx) // the host logs it and does nothing
		}
	}
}

func (p *process) awaitAnswer(ctx context.Context, timeout time.Duration) error {
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

// ping is answered by any response, of any status.
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
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
	return nil
}
