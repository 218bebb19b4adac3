package azfunc

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
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

// Serve answers on l until it fails; it never returns nil, since an exit code
// of 0 would make the host believe that the handler need not be restarted.
// GET / is the host's readiness and liveness check.
func Serve(l net.Listener, mux *http.ServeMux) error {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second}
	return fmt.Errorf("serve: %w", server.Serve(l))
}
