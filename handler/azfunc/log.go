package azfunc

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// invocationHeader carries the id that the host gives to an invocation. The
// platform's telemetry of the invocation has the same id as InvocationId.
const invocationHeader = "X-Azure-Functions-InvocationId"

type invocationKey struct{}

// withInvocation returns r with its invocation id in the context, for the
// logger of [NewLogger].
func withInvocation(r *http.Request) *http.Request {
	// A host that forwards requests appends its id to the header that the
	// caller sent, so the last id is the host's.
	ids := strings.Join(r.Header.Values(invocationHeader), ",")
	id := strings.TrimSpace(ids[strings.LastIndexByte(ids, ',')+1:])
	if id == "" {
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), invocationKey{}, id))
}

// NewLogger returns a logger that writes each entry to out as one line of JSON.
// An entry logged with the context of an invocation carries its id as
// "invocationId", because the host does not relate a custom handler's output to
// invocations.
//
// Pass it standard output: the host logs every line of standard error as an
// error.
func NewLogger(out io.Writer) *slog.Logger {
	return slog.New(invocationHandler{slog.NewJSONHandler(out, nil)})
}

// An invocationHandler adds the context's invocation id to each entry.
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
