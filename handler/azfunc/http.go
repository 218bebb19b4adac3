package azfunc

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
)

// OnHTTP guards the handler of an HTTP function: the request's context knows
// its invocation, and a panic becomes 500 without a word of it to the caller.
// If an answer has begun by then, its connection is cut, so that the caller
// does not take what it got for the whole.
func OnHTTP(log *slog.Logger, next http.Handler) http.Handler {
	return guard(log, next)
}

func guard(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withInvocation(r)
		answer := &watched{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				log.ErrorContext(r.Context(), "panic", "kind", kind(p), "stack", stack())
				fail(answer)
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// fail answers 500, whatever headers the answer was going to have.
func fail(w *watched) {
	if w.begun {
		panic(http.ErrAbortHandler) // the server cuts the connection, and says nothing
	}
	clear(w.Header())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	io.WriteString(w, `{"error":{"code":"InternalError","message":"internal error"}}`)
}

// watched knows whether an answer has begun.
type watched struct {
	http.ResponseWriter
	begun bool
}

func (w *watched) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what the answer can do beside.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// kind names a panic without quoting it, unless it is the runtime's own: any
// other value may hold a piece of the data that was being worked on.
func kind(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}

// stack lists the functions that led to the panic, without their arguments.
func stack() []string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var list []string
	for {
		frame, more := frames.Next()
		list = append(list, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		if !more {
			return list
		}
	}
}
