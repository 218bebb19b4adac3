package host

import (
	"cmp"
	"context"
	"io"
	"os"
	"time"
)

// Config says what to run and how. Only Root is required.
type Config struct {
	// Root is the staged folder: host.json, the handler's executable and one
	// folder with a function.json per function. It is also the handler's
	// working directory.
	Root string
	// Env holds the app settings. They override local.settings.json, which
	// overrides the few variables inherited from this process (PATH, HOME,
	// TMPDIR, TZ, SSL_CERT_FILE and the like).
	Env map[string]string
	// Address is the address that HTTP functions are served on. The default is
	// 127.0.0.1:0.
	Address string
	// Output receives the app's log, one line per write: the handler's lines
	// ("info: ...", "warning: ...", "error: ...") and the Logs of its responses
	// ("info: <function> <invocation id>: ..."). nil discards them.
	Output io.Writer
	// Events receives the host's own log, one line per write: functions found,
	// starts and ends of the handler and of invocations. nil discards them.
	Events io.Writer
	// OnLine is called with each line that the handler prints, one call at a
	// time. It must not call the host.
	OnLine func(stderr bool, line string)
	// Now is the clock of schedules and of the restart rules. The default is
	// time.Now.
	Now func() time.Time
	// Wait blocks until Now reaches until, or returns ctx's error. Timers wait
	// with it. The default waits on the real clock.
	Wait func(ctx context.Context, until time.Time) error
	// TimersOff disables the schedules: timer functions run by Invoke only.
	TimersOff bool
	// Monitor is the folder of the timers' status files. They outlive the host,
	// as the blobs of the real one do. If it is empty, statuses are kept in
	// memory.
	Monitor string
	// FunctionKey and MasterKey are the app's keys. Empty keys are replaced by
	// random ones.
	FunctionKey, MasterKey string
	// ErrorLimit is the number of handler errors that stop the host. 0 means 3,
	// as in the real host. A negative limit allows any number.
	ErrorLimit int
	// StopSignal is the first signal that Close sends to the handler. nil means
	// SIGKILL, which the host sends; container platforms send SIGTERM. A handler
	// that is still running a second later is killed.
	StopSignal os.Signal

	// limit bounds an invocation to functionTimeout. Tests replace its clock.
	limit func(context.Context) (context.Context, context.CancelFunc)
	// retryDelays are the delays between the attempts of a proxied request.
	retryDelays []time.Duration
}

func (c Config) withDefaults() Config {
	c.Address = cmp.Or(c.Address, "127.0.0.1:0")
	c.ErrorLimit = cmp.Or(c.ErrorLimit, defaultErrorLimit)
	c.FunctionKey = cmp.Or(c.FunctionKey, randomKey())
	c.MasterKey = cmp.Or(c.MasterKey, randomKey())
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
	if c.retryDelays == nil {
		c.retryDelays = proxyRetryDelays()
	}
	return c
}

// waitUntil returns a Config.Wait that uses the real clock.
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
