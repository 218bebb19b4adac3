package host

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
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

// front is the HTTP server of the host. It checks keys, finds the function of a
// request and hands the request to the handler.
type front struct {
	host      *Host
	ctx       context.Context // ends with the host
	routes    routeTable
	admin     http.Handler
	bodyLimit int64 // bytes of a request's body
}

// defaultBodyLimit is the host's limit of 100 MiB on a request's body, in bytes.
const defaultBodyLimit = 100 << 20

// serve serves listener until ctx is done.
func (h *Host) serve(ctx context.Context, group *errgroup.Group, listener net.Listener) {
	f := &front{
		host:      h,
		ctx:       ctx,
		routes:    newRouteTable(h.options.RoutePrefix, h.functions),
		admin:     h.newAdmin(ctx),
		bodyLimit: h.bodyLimit(),
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
	function := f.routes.match(r.Method, path)
	if function == nil {
		notFound(w, r.URL.Path)
		return
	}
	level := f.host.keys.identify(r, function)
	if !level.satisfies(function.HTTP.AuthLevel) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if function.Disabled && level != levelAdmin {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	f.call(w, r, function)
}

// notFound answers 404, except at the root, where the host shows a page that
// says that the app is up.
func notFound(w http.ResponseWriter, path string) {
	if path != "/" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<html><body>Your Azure Functions app is up and running (stand-in host).</body></html>\n")
}

// call hands a request to the handler as host.json demands. If host.json enables
// both, requests are proxied, not forwarded.
func (f *front) call(w http.ResponseWriter, r *http.Request, function *Function) {
	if r.ContentLength > f.bodyLimit {
		w.WriteHeader(http.StatusInternalServerError) // not 413: the host fails on it
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, f.bodyLimit)
	inv := newInvocation(function, r.Header)
	if f.host.options.Proxying {
		f.proxy(w, r, inv)
	} else {
		f.forward(w, r, inv)
	}
}

// level is what a key grants. The master key grants everything.
type level int

const (
	levelNone level = iota
	levelFunction
	levelAdmin
)

// keys are the app's access keys ("Work with access keys in Azure Functions").
type keys struct {
	host      string            // host key "default": opens every function
	master    string            // "_master"
	functions map[string]string // function key "default" by function
}

func newKeys(c Config, functions []*Function) keys {
	k := keys{host: c.FunctionKey, master: c.MasterKey, functions: map[string]string{}}
	for _, f := range functions {
		k.functions[f.Name] = randomKey()
	}
	return k
}

// identify returns the level of a request's key. A key in the header overrides
// one in the query even if it is wrong. f is nil for requests to the admin API.
func (k keys) identify(r *http.Request, f *Function) level {
	key := r.URL.Query().Get("code")
	if values := r.Header.Values("x-functions-key"); len(values) > 0 {
		key = values[0]
	}
	switch {
	case key == "":
		return levelNone
	case equalKeys(key, k.master):
		return levelAdmin
	case equalKeys(key, k.host), f != nil && equalKeys(key, k.functions[f.Name]):
		return levelFunction
	}
	return levelNone
}

// satisfies reports whether a key of level l opens a function.
func (l level) satisfies(authLevel string) bool {
	switch authLevel {
	case "anonymous":
		return true
	case "function":
		return l >= levelFunction
	default:
		return l == levelAdmin
	}
}

// equalKeys compares in constant time for any lengths. An unset key equals
// nothing.
func equalKeys(given, key string) bool {
	x, y := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(key))
	return key != "" && subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func randomKey() string {
	var b [40]byte
	rand.Read(b[:]) // never fails
	return base64.URLEncoding.EncodeToString(b[:])
}

// FunctionKey opens every function of authLevel function or anonymous. It is
// the default host key of a function app.
func (h *Host) FunctionKey() string { return h.keys.host }

// FunctionKeyOf returns the default key of one function, which opens that
// function only. It is "" for an unknown function.
func (h *Host) FunctionKeyOf(function string) string { return h.keys.functions[function] }

// MasterKey opens every function and the admin API.
func (h *Host) MasterKey() string { return h.keys.master }
