package host

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// constraint tells whether a route parameter's value is acceptable.
type constraint func(value string) bool

var guidPattern = regexp.MustCompile(`^\{?[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}\}?$`)
var alphaPattern = regexp.MustCompile(`^[A-Za-z]*$`)

// parseConstraint reads an inline constraint of a route parameter ("Routing
// in ASP.NET Core", route constraints).
func parseConstraint(text string) (constraint, error) {
	name, rest, called := strings.Cut(text, "(")
	var args []int
	if called {
		for arg := range strings.SplitSeq(strings.TrimSuffix(rest, ")"), ",") {
			n, err := strconv.Atoi(strings.TrimSpace(arg))
			if err != nil {
				return nil, fmt.Errorf("constraint %q: %q is not a number", text, arg)
			}
			args = append(args, n)
		}
	}
	switch len(args) {
	case 0:
		return plainConstraint(text, strings.ToLower(name))
	case 1:
		return boundConstraint(text, strings.ToLower(name), args[0])
	case 2:
		return rangeConstraint(text, strings.ToLower(name), args[0], args[1])
	}
	return nil, unsupported(text)
}

func unsupported(text string) error {
	return fmt.Errorf("the route constraint %q is unknown or not supported here", text)
}

func plainConstraint(text, name string) (constraint, error) {
	switch name {
	case "int":
		return func(v string) bool { _, err := strconv.ParseInt(v, 10, 32); return err == nil }, nil
	case "long":
		return func(v string) bool { _, err := strconv.ParseInt(v, 10, 64); return err == nil }, nil
	case "bool":
		return func(v string) bool { return strings.EqualFold(v, "true") || strings.EqualFold(v, "false") }, nil
	case "float", "double", "decimal":
		return func(v string) bool { _, err := strconv.ParseFloat(v, 64); return err == nil }, nil
	case "guid":
		return guidPattern.MatchString, nil
	case "alpha":
		return alphaPattern.MatchString, nil
	case "required":
		return func(v string) bool { return v != "" }, nil
	}
	return nil, unsupported(text)
}

func boundConstraint(text, name string, n int) (constraint, error) {
	switch name {
	case "length":
		return func(v string) bool { return utf8.RuneCountInString(v) == n }, nil
	case "minlength":
		return func(v string) bool { return utf8.RuneCountInString(v) >= n }, nil
	case "maxlength":
		return func(v string) bool { return utf8.RuneCountInString(v) <= n }, nil
	case "min":
		return func(v string) bool { i, err := strconv.Atoi(v); return err == nil && i >= n }, nil
	case "max":
		return func(v string) bool { i, err := strconv.Atoi(v); return err == nil && i <= n }, nil
	}
	return nil, unsupported(text)
}

func rangeConstraint(text, name string, low, high int) (constraint, error) {
	switch name {
	case "length":
		return func(v string) bool { n := utf8.RuneCountInString(v); return low <= n && n <= high }, nil
	case "range":
		return func(v string) bool { i, err := strconv.Atoi(v); return err == nil && low <= i && i <= high }, nil
	}
	return nil, unsupported(text)
}
