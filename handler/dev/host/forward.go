package host

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// forward sends the handler a request that the host builds from the caller's
// (enableForwardingHttpRequest). It has the method, the path with its prefix,
// the query with repeated values joined by commas, and the headers except
// content headers. It has the body only if the caller declared the length: a
// chunked body is lost, and so is Content-Encoding. Any status counts as
// success. The response is read completely before the caller gets it, and the
// invocation continues if the caller leaves.
func (f *front) forward(w http.ResponseWriter, r *http.Request, inv invocation) {
	err := f.host.attempt(f.ctx, inv, func(ctx context.Context, p *process) error {
		request, err := newForwardedRequest(ctx, r, p.base, inv)
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

func newForwardedRequest(ctx context.Context, r *http.Request, base string, inv invocation) (*http.Request, error) {
	target := base + r.URL.EscapedPath() + forwardedQuery(parseQuery(r.URL.RawQuery))
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
	for _, name := range []string{headerVersion, headerInvocation} { // appended to the caller's own, if any
		values := append(slices.Clone(r.Header.Values(name)), request.Header.Get(name))
		request.Header.Set(name, strings.Join(values, ", "))
	}
	request.Header.Set("User-Agent", strings.TrimSpace(r.UserAgent()+" "+userAgent))
	return request, nil
}

// queryParameter is a parameter with all its values. Its name has the case of
// its first occurrence: the host compares names ignoring case.
type queryParameter struct {
	name   string
	values []string
}

func parseQuery(rawQuery string) []queryParameter {
	var query []queryParameter
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		i := slices.IndexFunc(query, func(p queryParameter) bool { return strings.EqualFold(p.name, name) })
		if i < 0 {
			query = append(query, queryParameter{name: name})
			i = len(query) - 1
		}
		query[i].values = append(query[i].values, value)
	}
	return query
}

// unescape returns text unchanged if it has an invalid escape, like ASP.NET
// Core.
func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// forwardedQuery encodes a query again, with its question mark.
func forwardedQuery(query []queryParameter) string {
	var pairs []string
	for _, p := range query {
		pairs = append(pairs, encodeQuery(p.name)+"="+encodeQuery(strings.Join(p.values, ",")))
	}
	if len(pairs) == 0 {
		return ""
	}
	return "?" + strings.Join(pairs, "&")
}

func encodeQuery(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// isContentHeader reports whether .NET treats a header as one of the content,
// and so does not accept it among a request's headers.
func isContentHeader(name string) bool {
	name = http.CanonicalHeaderKey(name)
	return strings.HasPrefix(name, "Content-") || name == "Allow" || name == "Expires" || name == "Last-Modified"
}

// isConnectionHeader reports whether a header concerns a single connection.
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
	_, _ = w.Write(body) // fails only if the caller is gone
}
