package host

import (
	"errors"
	"fmt"
	"strings"
)

// template is a route template of ASP.NET Core, a segment at a time:
// literals in any case, {p}, {p?}, {p=default}, {p:int} and {*p}.
type template []templateSegment

type templateSegment struct {
	literal     string // "" for a parameter
	name        string
	optional    bool
	catchAll    bool
	fallback    *string // the default value
	constraints []constraint
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
		return templateSegment{}, errors.New("a segment is empty")
	}
	if !strings.ContainsAny(part, "{}") {
		return templateSegment{literal: part}, nil
	}
	if !strings.HasPrefix(part, "{") || !strings.HasSuffix(part, "}") || strings.ContainsAny(part[1:len(part)-1], "{}") {
		return templateSegment{}, fmt.Errorf("segment %q is neither a literal nor one parameter, the only ones supported here", part)
	}
	return parseParameter(part[1 : len(part)-1])
}

// parseParameter reads name[:constraint...][=default][?], with leading stars
// for a catch-all.
func parseParameter(text string) (templateSegment, error) {
	var s templateSegment
	rest := strings.TrimLeft(text, "*")
	s.catchAll = rest != text
	if s.optional = strings.HasSuffix(rest, "?"); s.optional {
		rest = rest[:len(rest)-1]
	}
	if before, value, ok := strings.Cut(rest, "="); ok {
		rest, s.fallback = before, &value
	}
	name, constraints, constrained := strings.Cut(rest, ":")
	if s.name = name; name == "" || strings.ContainsAny(name, "*? ") {
		return s, fmt.Errorf("the parameter name %q is invalid", name)
	}
	if !constrained {
		return s, nil
	}
	for c := range strings.SplitSeq(constraints, ":") {
		check, err := parseConstraint(c)
		if err != nil {
			return s, err
		}
		s.constraints = append(s.constraints, check)
	}
	return s, nil
}

// routeValues are the parameters of a matched route. An optional one that is
// absent is there with a nil value.
type routeValues map[string]*string

// match compares decoded path segments. An empty last one, from a trailing
// slash, counts for a catch-all only.
func (t template) match(path []string) (routeValues, bool) {
	values := routeValues{}
	trimmed := path
	if n := len(path); n > 0 && path[n-1] == "" {
		trimmed = path[:n-1]
	}
	for i, s := range t {
		if s.catchAll {
			return values, s.capture(values, strings.Join(path[min(i, len(trimmed)):], "/"))
		}
		part := ""
		if i < len(trimmed) {
			if part = trimmed[i]; part == "" {
				return nil, false
			}
		}
		if !s.accept(values, part) {
			return nil, false
		}
	}
	return values, len(trimmed) <= len(t)
}

// accept matches one segment; part is empty where the path has ended.
func (s templateSegment) accept(values routeValues, part string) bool {
	if s.literal != "" {
		return strings.EqualFold(s.literal, part)
	}
	if part == "" && s.fallback == nil && !s.optional {
		return false
	}
	return s.capture(values, part)
}

// capture stores a parameter that satisfies its constraints.
func (s templateSegment) capture(values routeValues, part string) bool {
	value := &part
	if part == "" {
		value = s.fallback
	}
	values[s.name] = value
	if value == nil {
		return true
	}
	for _, satisfied := range s.constraints {
		if !satisfied(*value) {
			return false
		}
	}
	return true
}
