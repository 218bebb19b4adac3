package query

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// A parameter is one of those that a path takes. The table of them is the
// only place that knows a parameter's name, how often it may be given, what
// its values are and what they do.
type parameter struct {
	name  string
	wants string // what a value has to be, to end the sentence "... is not"
	many  bool   // any number of values matches any of them: repeated, or as a comma list
	// selects is set on what decides which events there are, as opposed to how
	// they are shown. A cursor holds for the same selection only.
	selects bool
	// take puts one value into the question, and returns it as the address
	// of the next page carries it; false if it is not what is wanted.
	take func(q *question, value string) (canonical string, ok bool)
}

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
		return nil, badRequest("InvalidQuery", "", "the query string cannot be read: a %% or ; in it stands for itself, and has to be percent-encoded")
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
	for _, value := range given {
		if !utf8.ValidString(value) {
			return nil, badRequest("InvalidParameter", p.name, "%s is not UTF-8", p.name)
		}
	}
	if p.many {
		return p.splitLists(given)
	}
	if len(given) > 1 {
		return nil, badRequest("InvalidParameter", p.name, "%s is given %d times; it takes one value", p.name, len(given))
	}
	return given, nil
}

// splitLists takes an empty value for a slip: it would match nothing.
func (p parameter) splitLists(given []string) ([]string, error) {
	var items []string
	for _, value := range given {
		for item := range strings.SplitSeq(value, ",") {
			item = strings.TrimSpace(item)
			if item == "" {
				return nil, badRequest("InvalidParameter", p.name, "%s has an empty value", p.name)
			}
			items = append(items, item)
		}
	}
	return items, nil
}

// invalid is the fault of a value that is not what the parameter wants.
func (p parameter) invalid(value string) *fault {
	return badRequest("InvalidParameter", p.name, "%s: %q is not %s", p.name, clip(value), p.wants)
}

// clip keeps what a caller sent short enough to be repeated in a message.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
