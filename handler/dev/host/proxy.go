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

// proxy passes a request on as it is (enableProxyingHttpRequest): method,
// path, query, Host and all other headers, the body as it comes in, the
// response as it comes out. Any status is a success. It ends with its caller.
func (f *front) proxy(w http.ResponseWriter, r *http.Request, inv invocation) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	defer context.AfterFunc(f.ctx, func() { cancel(ErrStopped) })()
	answered, aborted := false, false
	err := f.host.attempt(ctx, inv, func(ctx context.Context, p *process) error {
		answered = true
		err := f.relay(w, r.WithContext(ctx), p, inv)
		aborted = errors.Is(err, errAborted)
		if r.Context().Err() != nil {
			f.host.console.host(severityInfo, "the client disconnected while the function was processing the request")
			return nil
		}
		return err
	})
	if aborted {
		panic(http.ErrAbortHandler) // so that the caller does not take it for whole
	}
	if err != nil && !answered {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// errAborted is a response that ended before its end.
var errAborted = errors.New("the response broke off")

// relay always answers, if only in part; its error tells why not in full.
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

// rewrite points a request at the handler. What package httputil takes out as
// a proxy that is exposed to clients is put back: the host leaves it in.
func rewrite(pr *httputil.ProxyRequest, base string, inv invocation) {
	target, _ := url.Parse(base) // is one of ours
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

// retryTransport tries again where the handler cannot be reached, as it is
// when it has just been restarted. A request with a body that may have been
// read is not sent twice.
type retryTransport struct {
	base   http.RoundTripper
	delays []time.Duration // before each further attempt
}

// proxyRetryDelays are the host's: ten attempts.
func proxyRetryDelays() []time.Duration {
	ms := time.Millisecond
	return []time.Duration{50 * ms, 100 * ms, 200 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms, 250 * ms}
}

func (t retryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(r)
	for _, delay := range t.delays {
		if err == nil || !repeatable(r, err) {
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

// repeatable tells whether an attempt may be repeated: one that found no
// listener, or any of a request without a body. The transport does not touch
// a body before it has a connection.
func repeatable(r *http.Request, err error) bool {
	if r.Context().Err() != nil {
		return false
	}
	var op *net.OpError
	return r.Body == nil || r.Body == http.NoBody || (errors.As(err, &op) && op.Op == "dial")
}
