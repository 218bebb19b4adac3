package host

import (
	"net/url"
	"slices"
	"strings"
)

// routeTable finds the function for a request: the first, by name, whose
// route and methods fit. There is no best match.
type routeTable []routeEntry

type routeEntry struct {
	template template
	function *Function
}

func newRouteTable(prefix string, functions []*Function) routeTable {
	var root template
	for part := range strings.SplitSeq(prefix, "/") {
		if part != "" {
			root = append(root, templateSegment{literal: part})
		}
	}
	var table routeTable
	for _, f := range functions {
		if f.HTTP != nil && f.Err == nil {
			table = append(table, routeEntry{slices.Concat(root, f.HTTP.template), f})
		}
	}
	return table
}

// match is nil for no route and for a route without the method: the host
// answers 404 to both.
func (t routeTable) match(method string, path []string) (*Function, routeValues) {
	for _, entry := range t {
		values, ok := entry.template.match(path)
		if ok && entry.function.HTTP.allows(method) {
			return entry.function, values
		}
	}
	return nil, nil
}

func (t *HTTPTrigger) allows(method string) bool {
	return len(t.Methods) == 0 || slices.Contains(t.Methods, strings.ToUpper(method))
}

// splitPath is the path's segments, decoded but for an encoded slash, as the
// web server in front of the host decodes them.
func splitPath(u *url.URL) []string {
	parts := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	for i, part := range parts {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "%2F", "%252F"), "%2f", "%252f")
		if decoded, err := url.PathUnescape(part); err == nil {
			parts[i] = decoded
		}
	}
	return parts
}

// withoutDots is u without "." and ".." segments, which the web server takes
// out before it routes; plain or encoded, they never reach a handler.
func withoutDots(u *url.URL) *url.URL {
	decoded := splitPath(u)
	if !slices.Contains(decoded, ".") && !slices.Contains(decoded, "..") {
		return u
	}
	escaped := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	var kept []string
	for i, part := range decoded {
		last := i == len(decoded)-1
		switch part {
		case ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, escaped[i])
			last = false
		}
		if last {
			kept = append(kept, "")
		}
	}
	clean := *u
	clean.RawPath = "/" + strings.Join(kept, "/")
	clean.Path, _ = url.PathUnescape(clean.RawPath) // was valid
	return &clean
}
