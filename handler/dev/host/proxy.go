package host

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// proxy passes a request on unchanged (enableProxyingHttpRequest): method, path,
// query, Host and all other headers, with the body streamed in both directions.
// Any status counts as success. The invocation ends if the caller leaves.
func (f *front) proxy(w http.ResponseWriter, r *http.Request, inv invocation) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(f.ctx, func() { cancel(ErrStopped) })()
	responded, aborted := false, false
	err := f.host.attempt(ctx, inv, func(ctx context.Context, p *process) error {
		responded = true
		err := f.relay(w, r.WithContext(ctx), p, inv)
		aborted = errors.Is(err, errAborted)
		if r.Context().Err() != nil {
			f.host.console.host(severityInfo, "the client disconnected while the function was processing the request")
			return nil
		}
		return err
	})
	if aborted {
		panic(http.ErrAbortHandler) // so that the caller sees that the response is incomplete
	}
	if err != nil && !responded {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// errAborted means that a response ended before it was complete.
var errAborted = errors.New("the response broke off")

// relay always writes a response. Its error says why the response is not the
// handler's, or not complete.
func (f *front) relay(w http.ResponseWriter, r *http.Request, p *process, inv invocation) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			err = errAborted
		default:
			panic(v)
		}
	}()
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(pr *httputil.ProxyRequest) { rewrite(pr, p.base, inv) },
		Transport:     retryTransport{base: p.client.Transport, delays: f.host.cfg.retryDelays},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, failure error) {
			err = failure
			w.WriteHeader(http.StatusInternalServerError)
		},
	}
	proxy.ServeHTTP(w, r)
	return err
}

// rewrite points a request at the handler. It restores the headers that package
// httputil drops because they may be forged: the host keeps them.
func rewrite(pr *httputil.ProxyRequest, base string, inv invocation) {
	target, _ := url.Parse(base) // valid: made by command.start
	pr.Out.URL.Scheme, pr.Out.URL.Host = target.Scheme, target.Host
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery
	pr.Out.Host = pr.In.Host
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values := pr.In.Header.Values(name); len(values) > 0 {
			pr.Out.Header[name] = values
		}
	}
	addHostHeaders(pr.Out.Header, inv)
	pr.Out.Header.Set(headerCorrelation, inv.id)
}

// retryTransport retries requests while the handler cannot be reached, as
// happens just after a restart. It does not resend a body that may have been
// read.
type retryTransport struct {
	base   http.RoundTripper
	delays []time.Duration // before each further attempt
}

// proxyRetryDelays returns the host's delays. They make ten attempts.
func proxyRetryDelays() []time.Duration {
	ms := time.Millisecond
	return []time.Duration{50 * ms, 100 * ms, 200 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms}
}

func (t retryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	for _, delay := range t.delays {
		if err == nil || !canRetry(r, err) {
			break
		}
		select {
		case <-r.Context().Done():
			return nil, context.Cause(r.Context())
		case <-time.After(delay):
		}
		response, err = t.base.RoundTrip(r)
	}
	return response, err
}

// canRetry reports whether r may be sent again after err: if it has no body, or
// if nothing listened. The transport reads a body only once it has a connection.
func canRetry(r *http.Request, err error) bool {
	if r.Context().Err() != nil {
		return false
	}
	if r.Body == nil || r.Body == http.NoBody {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
