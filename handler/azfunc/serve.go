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

// portVariable is the environment variable in which the host names the port
// that the handler must listen on.
const portVariable = "FUNCTIONS_CUSTOMHANDLER_PORT"

// Listen opens the port that the host asked for, on the loopback address, the
// only one the host calls. Call it before anything slow: the host waits.
func Listen(getenv func(string) string) (net.Listener, error) {
	value := getenv(portVariable)
	if value == "" {
		return nil, errors.New(portVariable + " is not set: this program is started by the Azure Functions host")
	}
	port, err := strconv.ParseUint(value, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%s: %q is no port number", portVariable, value)
	}
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.FormatUint(port, 10)))
}

// Functions are the handlers of an app's functions by the paths that the
// host calls: that of a timer function is its name, that of an HTTP function
// its route with the prefix. A path that ends in a slash stands for all below
// it. Unlike http.ServeMux, Functions never redirects: a path with ".." or an
// empty segment goes to the function, to be answered as the path that it is.
type Functions map[string]http.Handler

// ServeHTTP passes r on to its function. GET / is the host's readiness and
// liveness check.
func (f Functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		w.WriteHeader(http.StatusOK)
		return
	}
	if function, ok := f[r.URL.Path]; ok {
		function.ServeHTTP(w, r)
		return
	}
	for path, function := range f {
		if strings.HasSuffix(path, "/") && strings.HasPrefix(r.URL.Path, path) {
			function.ServeHTTP(w, r)
			return
		}
	}
	http.NotFound(w, r)
}

// Serve answers on l until it fails; it never returns nil, since an exit code
// of 0 would make the host believe that the handler need not be restarted.
func Serve(l net.Listener, functions Functions) error {
	server := &http.Server{Handler: functions, ReadHeaderTimeout: 30 * time.Second}
	return fmt.Errorf("serve: %w", server.Serve(l))
}
