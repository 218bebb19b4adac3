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
func OnHTTP(log *slog.Logger, next http.Handler) http.Handler {
	return guard(log, next)
}

func guard(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withInvocation(r)
		defer func() {
			if p := recover(); p != nil {
				log.ErrorContext(r.Context(), "panic", "kind", kind(p), "stack", stack())
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(http.StatusInternalServerError)
				io.WriteString(w, `{"error":{"code":"InternalError","message":"internal error"}}`)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

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
