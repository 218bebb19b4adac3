package query

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// functionKey is where the Functions host looks for the function's key. The
// host passes it on; it is neither used nor repeated here.
const functionKey = "code"

// values are the given values by the parameter's name as the table spells it.
type values map[string][]string

// readQuery splits a query string into the values of the parameters that a
// path takes. Names are case-insensitive. The error is a fault that names
// the parameter.
func readQuery(raw string, takes []parameter) (values, error) {
	pairs, err := url.ParseQuery(raw)
	if err != nil {
		return nil, unreadable(raw)
	}
	given := values{}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		if strings.EqualFold(name, functionKey) {
			continue
		}
		p, err := find(name, takes)
		if err != nil {
			return nil, err
		}
		given[p.name] = append(given[p.name], pairs[name]...)
	}
	for _, p := range takes {
		if given[p.name], err = p.split(given[p.name]); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// unreadable is the fault of a query string that is none, because of one of
// its parameters or because of their number.
func unreadable(raw string) *fault {
	for pair := range strings.SplitSeq(raw, "&") {
		if _, err := url.ParseQuery(pair); err != nil {
			name, _, _ := strings.Cut(pair, "=")
			return badRequest("InvalidQuery", clip(name), "%q cannot be read: a %% or ; that stands for itself has to be percent-encoded, as %%25 or %%3B", clip(name))
		}
	}
	return badRequest("InvalidQuery", "", "the query string cannot be read")
}

func find(name string, takes []parameter) (parameter, error) {
	i := slices.IndexFunc(takes, func(p parameter) bool { return strings.EqualFold(p.name, name) })
	if i >= 0 {
		return takes[i], nil
	}
	return parameter{}, badRequest("UnknownParameter", clip(name),
		"%q is not a parameter of this path, which takes %s", clip(name), names(takes))
}

func names(takes []parameter) string {
	if len(takes) == 0 {
		return "none"
	}
	var all []string
	for _, p := range takes {
		all = append(all, p.name)
	}
	return strings.Join(all, ", ")
}

// split checks how often the parameter is given, and takes comma lists apart.
func (p parameter) split(given []string) ([]string, error) {
	if p.given == once && len(given) > 1 {
		return nil, p.fault("it is given %d times, and takes one value", len(given))
	}
	if p.given == inLists {
		given = splitLists(given)
	}
	if len(given) > maxValues {
		return nil, p.fault("it has %d values, and takes at most %d", len(given), maxValues)
	}
	for _, value := range given {
		if err := p.check(value); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// check looks at what is the same for all values. An empty value is taken for
// a slip: it would match nothing.
func (p parameter) check(value string) error {
	if !utf8.ValidString(value) {
		return p.fault("it is not UTF-8")
	}
	if value == "" && p.given != once {
		return p.fault("it has an empty value")
	}
	if most := p.value.maxLength; most > 0 && utf8.RuneCountInString(value) > most {
		return p.fault("it has %d characters, and takes at most %d", utf8.RuneCountInString(value), most)
	}
	return nil
}

func splitLists(given []string) []string {
	var items []string
	for _, value := range given {
		for item := range strings.SplitSeq(value, ",") {
			items = append(items, strings.TrimSpace(item))
		}
	}
	return items
}

// clip keeps what a caller sent short enough to be repeated in a message.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
