package azfunc

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// portVariable is the environment variable with the port that the host calls.
const portVariable = "FUNCTIONS_CUSTOMHANDLER_PORT"

// Listen opens the port that the host calls, on the loopback address only. Call
// it before anything slow, because the host waits for it.
func Listen(getenv func(string) string) (net.Listener, error) {
	value := getenv(portVariable)
	if value == "" {
		return nil, errors.New(portVariable + " is not set: the Azure Functions host must start this program")
	}
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s: invalid port %q", portVariable, value)
	}
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.FormatUint(port, 10)))
}

// Functions maps the paths that the host calls to the app's functions. The path
// of a timer function is its name; the path of an HTTP function is its route
// with the prefix. A path that ends in a slash stands for all paths below it;
// the longest such path wins. Unlike http.ServeMux, Functions never redirects:
// it passes a path with ".." or an empty segment to the function unchanged.
type Functions map[string]http.Handler

// ServeHTTP passes r to its function. It responds with 200 to GET /, the host's
// readiness and liveness check.
func (f Functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		w.WriteHeader(http.StatusOK)
		return
	}
	f.match(r.URL.Path).ServeHTTP(w, r)
}

// match returns the function with exactly that path, or the one with the longest
// prefix of it, or a handler that responds with 404.
func (f Functions) match(path string) http.Handler {
	if function, ok := f[path]; ok {
		return function
	}
	longest, match := "", http.NotFoundHandler()
	for prefix, function := range f {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix) && len(prefix) > len(longest) {
			longest, match = prefix, function
		}
	}
	return match
}

// Serve serves requests on l until an error occurs. The error is never nil,
// because an exit code of 0 would make the host believe that it need not restart
// the handler.
func Serve(l net.Listener, functions Functions) error {
	server := &http.Server{Handler: functions, ReadHeaderTimeout: 30 * time.Second}
	return fmt.Errorf("serve: %w", server.Serve(l))
}
