package host

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// front is the host's HTTP side.
type front struct {
	host   *Host
	ctx    context.Context // ends with the host
	routes routeTable
	admin  http.Handler
	limit  int64 // bytes of a request's body
}

const defaultBodyLimit = 104_857_600

// serve answers on listener until ctx is done.
func (h *Host) serve(ctx context.Context, group *errgroup.Group, listener net.Listener) {
	f := &front{
		host:   h,
		ctx:    ctx,
		routes: newRouteTable(h.options.RoutePrefix, h.functions),
		admin:  h.newAdmin(ctx),
		limit:  h.bodyLimit(),
	}
	h.front = &http.Server{Handler: f, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	group.Go(func() error {
		if err := h.front.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return h.front.Close()
	})
}

func (h *Host) bodyLimit() int64 {
	text, _ := h.settings.lookup("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return defaultBodyLimit
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.URL = withoutDots(r.URL)
	path := splitPath(r.URL)
	if strings.EqualFold(path[0], "admin") {
		f.admin.ServeHTTP(w, r)
		return
	}
	function, values := f.routes.match(r.Method, path)
	if function == nil {
		notFound(w, r.URL.Path)
		return
	}
	call := httpCall{request: r, values: values}
	call.level, call.keyName = f.host.keys.identify(r, function)
	if !call.level.satisfies(function.HTTP.AuthLevel) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if function.Disabled && call.level != levelAdmin {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	f.call(w, function, call)
}

// notFound has a page at the root of an app, to show that it is up.
func notFound(w http.ResponseWriter, path string) {
	if path != "/" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<html><body>Your Azure Functions app is up and running (stand-in host).</body></html>\n")
}

// call hands a request to the handler in the way host.json asks for, which
// goes for functions with one httpTrigger and one http output. Proxying wins
// over forwarding. Others get the default payload in any case.
func (f *front) call(w http.ResponseWriter, function *Function, call httpCall) {
	if call.request.ContentLength > f.limit {
		w.WriteHeader(http.StatusInternalServerError) // not 413: the host fails on it
		return
	}
	call.request.Body = http.MaxBytesReader(w, call.request.Body, f.limit)
	inv := newInvocation(function, call.request.Header)
	switch {
	case function.HTTP.Output != "" && f.host.options.Proxying:
		f.proxy(w, call.request, inv)
	case function.HTTP.Output != "" && f.host.options.Forwarding:
		f.forward(w, call.request, inv)
	default:
		f.callDefault(w, inv, call)
	}
}

// callDefault serves a function in default mode. The body is lost if its
// length is not declared. The invocation outlives its caller.
func (f *front) callDefault(w http.ResponseWriter, inv invocation, call httpCall) {
	if call.request.ContentLength > 0 {
		var err error
		if call.body, err = io.ReadAll(call.request.Body); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	t := inv.function.HTTP
	sys := newSystem(inv.function.Name, f.host.cfg.Now())
	result := f.host.invokeDefault(f.ctx, inv, httpEnvelope(t, call, sys))
	if result.Err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	a, err := answerHTTP(t, result)
	if err != nil {
		f.host.console.host(severityError, "executed 'Functions.%s' (Failed, Id=%s): %v", inv.function.Name, inv.id, err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	a.write(w)
}
