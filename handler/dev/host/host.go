package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Host runs one handler. Its methods may be called concurrently.
type Host struct {
	cfg        Config
	settings   settings
	options    hostOptions
	functions  []*Function
	keys       keys
	console    *console
	monitor    *monitor
	dispatcher *dispatcher // runs nothing if no function is fit to run
	front      *http.Server
	url        string
	claim      net.Listener   // of the handler's port; nil if that is fixed
	calls      chan *Function // asked for through the admin API
	fatal      chan error     // what the host gives up on

	cancel context.CancelFunc
	done   chan struct{}
	err    error // why the host stopped; read after done
}

// Start reads the app in cfg.Root, starts its handler, timers and HTTP front,
// and returns when the handler has answered GET / and the front listens. The
// host runs until Close, the end of ctx, or the handler's third error; see
// Done. An app without a function that is fit to run is started without the
// handler, as the host does.
func Start(ctx context.Context, cfg Config) (*Host, error) {
	h, err := load(cfg.withDefaults())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", h.cfg.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for HTTP functions: %w", err), h.release())
	}
	h.url = "http://" + listener.Addr().String()
	if _, set := h.settings.lookup("WEBSITE_HOSTNAME"); !set {
		h.settings["WEBSITE_HOSTNAME"] = listener.Addr().String()
	}
	ctx, h.cancel = context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	if err := h.launch(ctx, group, listener); err != nil {
		h.cancel()
		if stopped := group.Wait(); stopped != nil {
			err = stopped // tells more
		}
		return nil, errors.Join(err, listener.Close(), h.release())
	}
	go func() {
		h.err = errors.Join(group.Wait(), h.release())
		h.cancel()
		close(h.done)
	}()
	return h, nil
}

// load reads everything there is to read, and starts nothing.
func load(cfg Config) (*Host, error) {
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return nil, err
	}
	cfg.Root = root
	h := &Host{
		cfg:     cfg,
		console: &console{out: cfg.Output, events: cfg.Events, onLine: cfg.OnLine},
		monitor: &monitor{dir: cfg.Monitor, kept: map[string]scheduleStatus{}},
		calls:   make(chan *Function),
		fatal:   make(chan error, 1),
		done:    make(chan struct{}),
	}
	if h.settings, err = readSettings(root, cfg.Env); err != nil {
		return nil, fmt.Errorf("read the app settings: %w", err)
	}
	if h.options, err = readHostOptions(root, h.settings); err != nil {
		return nil, err
	}
	if h.functions, err = readFunctions(root, h.settings); err != nil {
		return nil, fmt.Errorf("find the functions: %w", err)
	}
	if h.cfg.limit == nil {
		h.cfg.limit = h.limitOnRealClock
	}
	h.keys = newKeys(h.cfg, h.functions)
	return h, h.newDispatcher()
}

func (h *Host) newDispatcher() error {
	port := h.options.Port
	if port == 0 {
		var err error
		if port, h.claim, err = pickPort(); err != nil {
			return err
		}
	}
	c := command{options: h.options, settings: h.settings, root: h.cfg.Root, port: port, console: h.console}
	h.dispatcher = &dispatcher{
		start: c.start, now: h.cfg.Now, console: h.console,
		timeout: h.options.InitializationTimeout, limit: h.cfg.ErrorLimit, signal: h.cfg.StopSignal,
		restarts: make(chan *process), stopped: make(chan struct{}), ready: make(chan struct{}),
	}
	return nil
}

// release gives the handler's port back.
func (h *Host) release() error {
	if h.claim == nil {
		return nil
	}
	return h.claim.Close()
}

// launch starts what runs until the end. An error leaves nothing behind that
// the end of ctx does not stop.
func (h *Host) launch(ctx context.Context, group *errgroup.Group, listener net.Listener) error {
	h.logFunctions()
	if slices.ContainsFunc(h.functions, func(f *Function) bool { return f.Err == nil }) {
		group.Go(func() error { return h.dispatcher.run(ctx) })
		if _, err := h.dispatcher.wait(ctx); err != nil {
			return fmt.Errorf("wait for the handler: %w", err)
		}
	}
	if err := h.startTimers(ctx, group); err != nil {
		return err
	}
	h.serve(ctx, group, listener)
	group.Go(func() error { return h.runCalls(ctx) })
	group.Go(func() error { return h.awaitFatal(ctx) })
	return nil
}

// awaitFatal stops the host when it gives up.
func (h *Host) awaitFatal(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-h.fatal:
		return err
	}
}

func (h *Host) giveUp(err error) {
	select {
	case h.fatal <- err:
	default: // is about to stop
	}
}

func (h *Host) logFunctions() {
	for _, f := range h.functions {
		switch {
		case f.Err != nil:
			h.console.host(severityError, "the function %q is in error: %v", f.Name, f.Err)
		case f.Timer != nil:
			h.console.host(severityInfo, "found function %s: timer %s", f.Name, f.Timer.Schedule)
		default:
			h.console.host(severityInfo, "found function %s: %v %s (%s)", f.Name, f.HTTP.Methods, h.urlOf(f), f.HTTP.AuthLevel)
		}
	}
	if len(h.functions) == 0 {
		h.console.host(severityWarning, "no functions found in %s: only its immediate subfolders with a function.json count", h.cfg.Root)
	}
}

// Close kills the handler, waits a second for it at most, and returns when
// nothing of the host runs any more. Its error is a handler that would not
// die. Further calls do nothing.
func (h *Host) Close() error {
	h.cancel()
	<-h.done
	var survivor survivorError
	if errors.As(h.err, &survivor) {
		return survivor
	}
	return nil
}

// Done is closed when the host has stopped, by itself or by Close.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err tells why the host stopped by itself: nil while it runs and after
// Close, ErrExceeded after the handler's third error.
func (h *Host) Err() error {
	select {
	case <-h.done:
		return h.err
	default:
		return nil
	}
}
