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
	cfg         Config
	settings    settings
	options     hostOptions
	functions   []*Function
	keys        keys
	console     *console
	monitor     *monitor
	dispatcher  *dispatcher // not running if no function can run
	front       *http.Server
	url         string
	reservation net.Listener   // reserves the handler's port; nil if host.json sets the port
	calls       chan *Function // functions to run, from the admin API
	fatal       chan error     // an error that stops the host

	cancel context.CancelFunc
	done   chan struct{}
	err    error // why the host stopped; read it after done
}

// Start reads the app in cfg.Root and starts its handler, its timers and the
// HTTP server. It returns once the handler has answered GET / and the server
// listens. The host runs until Close, the end of ctx, or the handler's third
// error; see Done. If no function can run, the handler is not started, as in
// the real host.
func Start(ctx context.Context, cfg Config) (*Host, error) {
	h, err := load(cfg.withDefaults())
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", h.cfg.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for HTTP functions: %w", err), h.releasePort())
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
			err = stopped // names the cause; err only says that the host stopped
		}
		return nil, errors.Join(err, listener.Close(), h.releasePort())
	}
	go func() {
		h.err = errors.Join(group.Wait(), h.releasePort())
		h.cancel()
		close(h.done)
	}()
	return h, nil
}

// load reads the app's files and settings, and starts nothing.
func load(cfg Config) (*Host, error) {
	root, err := filepath.Abs(cfg.Root)
	if err != nil {
		return nil, err
	}
	cfg.Root = root
	h := &Host{
		cfg:     cfg,
		console: &console{out: cfg.Output, events: cfg.Events, onLine: cfg.OnLine},
		monitor: &monitor{dir: cfg.Monitor, inMemory: map[string]scheduleStatus{}},
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
	if !h.options.Proxying && !h.options.Forwarding {
		rejectDefaultMode(h.functions)
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
		if port, h.reservation, err = reservePort(); err != nil {
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

// releasePort gives up the reservation of the handler's port.
func (h *Host) releasePort() error {
	if h.reservation == nil {
		return nil
	}
	return h.reservation.Close()
}

// launch starts everything that runs until the host stops. If it returns an
// error, the end of ctx stops what it has started.
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

// awaitFatal returns the error passed to giveUp, which stops the host.
func (h *Host) awaitFatal(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-h.fatal:
		return err
	}
}

// giveUp stops the host because of err.
func (h *Host) giveUp(err error) {
	select {
	case h.fatal <- err:
	default: // it is stopping already
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
		h.console.host(severityWarning, "no functions found in %s: none of its subfolders has a function.json", h.cfg.Root)
	}
}

// URL is the root of the HTTP server, without a trailing slash.
func (h *Host) URL() string { return h.url }

// Functions returns all functions of the app, ordered by name, including
// functions in error.
func (h *Host) Functions() []Function {
	var functions []Function
	for _, f := range h.functions {
		functions = append(functions, *f)
	}
	return functions
}

// Close kills the handler, waits up to a second for it to exit, and returns
// when nothing of the host runs any more. It returns an error if the handler
// survives. Further calls do nothing.
func (h *Host) Close() error {
	h.cancel()
	<-h.done
	if survivor, ok := errors.AsType[survivorError](h.err); ok {
		return survivor
	}
	return nil
}

// Done is closed when the host has stopped, on its own or by Close.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err returns the error that stopped the host, ErrExceeded after the handler's
// third error. It returns nil while the host runs and after Close.
func (h *Host) Err() error {
	select {
	case <-h.done:
		return h.err
	default:
		return nil
	}
}
