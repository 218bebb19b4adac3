package host

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// routeTable finds the function of a request: the first by name whose route and
// methods match. The host does not look for the best match.
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

// match returns nil if no route matches, or only with other methods: the host
// answers both with 404.
func (t routeTable) match(method string, path []string) *Function {
	for _, entry := range t {
		if entry.template.matches(path) && entry.function.HTTP.allows(method) {
			return entry.function
		}
	}
	return nil
}

func (t *HTTPTrigger) allows(method string) bool {
	return len(t.Methods) == 0 || slices.Contains(t.Methods, strings.ToUpper(method))
}

// rejectConflicts puts a function in error if an earlier one has its route.
func rejectConflicts(functions []*Function) {
	for i, f := range functions {
		if f.HTTP == nil {
			continue
		}
		for _, earlier := range functions[:i] {
			if earlier.HTTP != nil && f.HTTP.conflicts(earlier.HTTP) {
				f.Err = fmt.Errorf("the route %q conflicts with that of function %q", f.HTTP.Route, earlier.Name)
				f.HTTP = nil
				break
			}
		}
	}
}

func (t *HTTPTrigger) conflicts(other *HTTPTrigger) bool {
	if !strings.EqualFold(t.Route, other.Route) {
		return false
	}
	return len(t.Methods) == 0 || len(other.Methods) == 0 ||
		slices.ContainsFunc(t.Methods, func(m string) bool { return slices.Contains(other.Methods, m) })
}

// rejectDefaultMode puts HTTP functions in error. It is for apps whose
// host.json wants requests neither proxied nor forwarded: the real host would
// put them into JSON envelopes.
func rejectDefaultMode(functions []*Function) {
	for _, f := range functions {
		if f.HTTP != nil {
			f.HTTP = nil
			f.Err = errors.New("this stand-in serves HTTP functions only with " +
				"enableProxyingHttpRequest or enableForwardingHttpRequest in host.json")
		}
	}
}

// template is a route template, one element per segment: a literal, which
// matches in any case, {p}, {p?} or {*p}. Parameters have no constraints and no
// defaults, and their values are not kept: neither proxied nor forwarded
// requests carry them.
type template []templateSegment

type templateSegment struct {
	literal  string // "" for a parameter
	optional bool
	catchAll bool
}

func parseTemplate(text string) (template, error) {
	var t template
	for part := range strings.SplitSeq(text, "/") {
		if len(t) > 0 && t[len(t)-1].catchAll {
			return nil, errors.New("a catch-all parameter can only appear as the last segment")
		}
		segment, err := parseSegment(part)
		if err != nil {
			return nil, err
		}
		t = append(t, segment)
	}
	return t, nil
}

func parseSegment(part string) (templateSegment, error) {
	if part == "" {
		return templateSegment{}, errors.New("empty segment")
	}
	if !strings.ContainsAny(part, "{}") {
		return templateSegment{literal: part}, nil
	}
	if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") || strings.ContainsAny(part[1:len(part)-1], "{}") {
		return templateSegment{}, fmt.Errorf("segment %q: this stand-in supports only a literal or a single parameter", part)
	}
	name := part[1 : len(part)-1]
	if strings.ContainsAny(name, ":=") {
		return templateSegment{}, fmt.Errorf("segment %q: this stand-in does not support constraints or defaults", part)
	}
	stars := len(name) - len(strings.TrimLeft(name, "*"))
	s := templateSegment{catchAll: stars > 0, optional: strings.HasSuffix(name, "?")}
	name = strings.TrimSuffix(name[stars:], "?")
	if name == "" || strings.ContainsAny(name, "*? ") {
		return s, fmt.Errorf("invalid parameter name %q", name)
	}
	return s, nil
}

// matches compares decoded path segments. An empty last segment, left by a
// trailing slash, is ignored.
func (t template) matches(path []string) bool {
	if n := len(path); n > 0 && path[n-1] == "" {
		path = path[:n-1]
	}
	for i, s := range t {
		switch {
		case s.catchAll:
			return true
		case i >= len(path):
			if !s.optional {
				return false
			}
		case path[i] == "" || s.literal != "" && !strings.EqualFold(s.literal, path[i]):
			return false
		}
	}
	return len(path) <= len(t)
}

// splitPath returns the segments of a path, decoded except for encoded slashes,
// as the host's web server decodes them.
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

// withoutDots returns u without "." and ".." segments, plain or encoded. The
// host's web server resolves them before routing, so no handler sees them.
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
	clean.Path, _ = url.PathUnescape(clean.RawPath) // it is made of valid segments
	return &clean
}
