package azfunc

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// invocationHeader carries the id that the host gave an invocation; the
// platform's own telemetry of the same invocation has it as InvocationId.
const invocationHeader = "X-Azure-Functions-InvocationId"

type invocationKey struct{}

// withInvocation returns r with its invocation id in the context, where the
// logger of [NewLogger] finds it.
func withInvocation(r *http.Request) *http.Request {
	// A host that forwards puts its own behind what the caller had sent.
	ids := strings.Join(r.Header.Values(invocationHeader), ",")
	id := strings.TrimSpace(ids[strings.LastIndexByte(ids, ',')+1:])
	if id == "" {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), invocationKey{}, id))
}

// NewLogger writes one line of JSON an entry to out. Entries that are logged
// with the context of an invocation carry its id as "invocationId": the host
// does not tie a custom handler's output to the invocation it belongs to.
//
// Give it standard output: the host takes every line of standard error for
// an error.
func NewLogger(out io.Writer) *slog.Logger {
	return slog.New(invocationHandler{slog.NewJSONHandler(out, nil)})
}

// invocationHandler adds the invocation id of the context to each entry.
type invocationHandler struct{ slog.Handler }

func (h invocationHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(invocationKey{}).(string); ok {
		r.AddAttrs(slog.String("invocationId", id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h invocationHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invocationHandler{h.Handler.WithAttrs(attrs)}
}

func (h invocationHandler) WithGroup(name string) slog.Handler {
	return invocationHandler{h.Handler.WithGroup(name)}
}
