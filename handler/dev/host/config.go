package host

import (
	"context"
	"io"
	"net/http"
	"os"
	"time"
)

// Config tells what to run and how. Root alone is required.
type Config struct {
	// Root is the staged folder: host.json, the handler's executable and one
	// folder with a function.json per function. It is the handler's working
	// directory.
	Root string
	// Env are the app settings. They win over local.settings.json, which wins
	// over the little that is inherited from this process (PATH, HOME, TMPDIR,
	// TZ, SSL_CERT_FILE and the like).
	Env map[string]string
	// Address is where the HTTP front listens; default 127.0.0.1:0.
	Address string
	// Output gets what the app logs, a line each: the handler's lines ("info:
	// ...", "warning: ...", "error: ...") and the Logs of its answers ("info:
	// <function> <invocation id>: ..."). nil discards them.
	Output io.Writer
	// Events gets what the host logs of itself, a line each: functions found,
	// starts and ends of the handler and of invocations. nil discards them.
	Events io.Writer
	// OnLine is called with each line of the handler, one call at a time. It
	// must not call the host.
	OnLine func(stderr bool, line string)
	// Now is the clock of schedules and of the restart rules; default time.Now.
	Now func() time.Time
	// Wait returns nil at until by Now, or ctx's error before; timers and their
	// retries wait with it. nil waits on the real clock.
	Wait func(ctx context.Context, until time.Time) error
	// TimersOff leaves timer functions to Invoke.
	TimersOff bool
	// Monitor is the folder of the timers' status files, which outlive the
	// host as the blobs of a real one do. Empty keeps them in memory.
	Monitor string
	// FunctionKey and MasterKey are the app's keys; random ones if empty.
	FunctionKey, MasterKey string
	// ErrorLimit is the handler error that stops the host; 0 means 3, as in
	// the host. A negative limit restarts for ever.
	ErrorLimit int
	// StopSignal is what Close sends the handler first. nil is SIGKILL, as
	// from the host; SIGTERM is what a container platform sends. What lives on
	// for a second is killed.
	StopSignal os.Signal

	// limit bounds an invocation to functionTimeout; tests replace its clock.
	limit func(context.Context) (context.Context, context.CancelFunc)
	// retryDelays are the pauses of a proxied request while nothing listens.
	retryDelays []time.Duration
}

func (c Config) withDefaults() Config {
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	if c.Output == nil {
		c.Output = io.Discard
	}
	if c.Events == nil {
		c.Events = io.Discard
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = waitUntil(c.Now)
	}
	if c.ErrorLimit == 0 {
		c.ErrorLimit = defaultErrorLimit
	}
	if c.retryDelays == nil {
		c.retryDelays = proxyRetryDelays()
	}
	c.FunctionKey = orRandomKey(c.FunctionKey)
	c.MasterKey = orRandomKey(c.MasterKey)
	return c
}

// waitUntil waits on the real clock.
func waitUntil(now func() time.Time) func(context.Context, time.Time) error {
	return func(ctx context.Context, until time.Time) error {
		timer := time.NewTimer(until.Sub(now()))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		}
	}
}

// hostVersion is sent with every invocation: the version whose source this
// package follows.
const hostVersion = "4.1037.0.0"

// Headers that the host adds to what it sends the handler.
const (
	headerVersion     = "X-Azure-Functions-HostVersion"
	headerInvocation  = "X-Azure-Functions-InvocationId"
	headerCorrelation = "X-Ms-Invocation-Id" // proxied requests only
	headerTrace       = "Traceparent"
	userAgent         = "Azure-Functions-Host/" + hostVersion
)

func addHostHeaders(h http.Header, inv invocation) {
	h.Set(headerVersion, hostVersion)
	h.Set(headerInvocation, inv.id)
	h.Set(headerTrace, inv.trace)
}
