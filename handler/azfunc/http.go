package azfunc

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
)

// OnHTTP wraps the handler of an HTTP function. It puts the invocation id into
// the request's context, and turns a panic into a 500 that says nothing about
// it. If the panic comes after the response has begun, OnHTTP cuts the
// connection, so that the caller does not mistake a part for the whole.
func OnHTTP(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withInvocation(r)
		tracked := &trackedWriter{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				log.ErrorContext(r.Context(), "panic", "kind", kind(p), "stack", stack())
				fail(tracked)
			}
		}()
		next.ServeHTTP(tracked, r)
	})
}

// fail responds with 500 and discards the headers that the panicking handler
// had set.
func fail(w *trackedWriter) {
	if w.begun {
		panic(http.ErrAbortHandler) // makes net/http cut the connection without logging
	}
	clear(w.Header())
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	io.WriteString(w, `{"error":{"code":"InternalError","message":"internal error"}}`)
}

// A trackedWriter records whether the response has begun.
type trackedWriter struct {
	http.ResponseWriter
	begun bool
}

func (w *trackedWriter) WriteHeader(status int) {
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *trackedWriter) Write(b []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController access to the wrapped writer.
func (w *trackedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// kind returns the text of a runtime error, and only the type of any other
// panic value, because that value may contain audit data.
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
