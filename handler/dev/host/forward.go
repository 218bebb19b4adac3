package host

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// forward sends a request of the host's own making
// (enableForwardingHttpRequest): the method, the path with its prefix, the
// query with repeated values joined by commas, the headers but for those of
// content, and the body if its length was declared. A chunked body is lost,
// and so is Content-Encoding. Any status is a success; the response is read
// whole before the caller gets it. The invocation outlives its caller.
func (f *front) forward(w http.ResponseWriter, r *http.Request, inv invocation) {
	err := f.host.attempt(f.ctx, inv, func(ctx context.Context, p *process) error {
		request, err := forwarded(ctx, r, p.base, inv)
		if err != nil {
			return err
		}
		response, err := p.client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		copyResponse(w, response, body)
		return nil
	})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func forwarded(ctx context.Context, r *http.Request, base string, inv invocation) (*http.Request, error) {
	target := base + r.URL.EscapedPath() + forwardedQuery(queryOf(r.URL))
	request, err := http.NewRequestWithContext(ctx, r.Method, target, nil)
	if err != nil {
		return nil, err
	}
	request.Host = r.Host
	for name, values := range r.Header {
		if !isContentHeader(name) && !isConnectionHeader(name) {
			request.Header[name] = values
		}
	}
	if r.ContentLength > 0 {
		request.Body, request.ContentLength = r.Body, r.ContentLength
		if contentType := r.Header.Get("Content-Type"); contentType != "" {
			request.Header.Set("Content-Type", contentType)
		}
	}
	addHostHeaders(request.Header, inv)
	for _, name := range []string{headerVersion, headerInvocation} { // behind the caller's own, if any
		values := append(slices.Clone(r.Header.Values(name)), request.Header.Get(name))
		request.Header.Set(name, strings.Join(values, ", "))
	}
	request.Header.Set("User-Agent", strings.TrimSpace(r.UserAgent()+" "+userAgent))
	return request, nil
}

// forwardedQuery encodes the query anew.
func forwardedQuery(q query) string {
	var b strings.Builder
	for i, p := range q {
		b.WriteString(map[bool]string{true: "?", false: "&"}[i == 0])
		b.WriteString(encodeQuery(p.name) + "=" + encodeQuery(strings.Join(p.values, ",")))
	}
	return b.String()
}

func encodeQuery(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// isContentHeader tells what .NET does not take among a request's headers.
func isContentHeader(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return strings.HasPrefix(name, "Content-") || name == "Allow" || name == "Expires" || name == "Last-Modified"
}

// isConnectionHeader tells what belongs to one connection.
func isConnectionHeader(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return false
}

func copyResponse(w http.ResponseWriter, response *http.Response, body []byte) {
	for name, values := range response.Header {
		if !isConnectionHeader(name) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(body) // the caller may be gone
}
