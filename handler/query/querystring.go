package query

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// functionKey is the parameter in which the Functions host looks for the
// function's key. The host forwards it; it is neither used nor repeated here.
const functionKey = "code"

// values maps the name of a parameter, as the table spells it, to the values
// given.
type values map[string][]string

// parseQueryString splits a query string into values of the accepted
// parameters. Names are case-insensitive. The error is an *apiError that names
// the parameter.
func parseQueryString(raw string, accepted []parameter) (values, error) {
	pairs, err := url.ParseQuery(raw)
	if err != nil {
		return nil, malformed(raw)
	}
	given := values{}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		if strings.EqualFold(name, functionKey) {
			continue
		}
		p, err := findParameter(name, accepted)
		if err != nil {
			return nil, err
		}
		given[p.name] = append(given[p.name], pairs[name]...)
	}
	for _, p := range accepted {
		if given[p.name], err = p.split(given[p.name]); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// malformed returns the 400 for a query string that url.ParseQuery rejects. It
// names the parameter, unless the error is about all of them.
func malformed(raw string) *apiError {
	for pair := range strings.SplitSeq(raw, "&") {
		if _, err := url.ParseQuery(pair); err != nil {
			name, _, _ := strings.Cut(pair, "=")
			return badRequest("InvalidQuery", clip(name),
				"%q is malformed: a literal %% must be percent-encoded as %%25, and a literal ; as %%3B", clip(name))
		}
	}
	return badRequest("InvalidQuery", "", "malformed query string")
}

func findParameter(name string, accepted []parameter) (parameter, error) {
	i := slices.IndexFunc(accepted, func(p parameter) bool { return strings.EqualFold(p.name, name) })
	if i >= 0 {
		return accepted[i], nil
	}
	return parameter{}, badRequest("UnknownParameter", clip(name),
		"unknown parameter %q; this path accepts %s", clip(name), listNames(accepted))
}

func listNames(accepted []parameter) string {
	if len(accepted) == 0 {
		return "no parameters"
	}
	return strings.Join(mapped(accepted, func(p parameter) string { return p.name }), ", ")
}

// split checks how often the parameter is given, splits comma lists, and
// checks each value.
func (p parameter) split(given []string) ([]string, error) {
	if p.repetition == single && len(given) > 1 {
		return nil, p.errorf("given %d times; only one value is allowed", len(given))
	}
	if p.repetition == commaList {
		given = splitLists(given)
	}
	if len(given) > maxValues {
		return nil, p.errorf("%d values; at most %d are allowed", len(given), maxValues)
	}
	for _, value := range given {
		if err := p.check(value); err != nil {
			return nil, err
		}
	}
	return given, nil
}

// check makes the checks that are common to all parameters. An empty value in
// a list is an error rather than a filter that matches nothing.
func (p parameter) check(value string) error {
	if !utf8.ValidString(value) {
		return p.errorf("not valid UTF-8")
	}
	if value == "" && p.repetition != single {
		return p.errorf("empty value")
	}
	if limit := p.value.maxLength; limit > 0 && utf8.RuneCountInString(value) > limit {
		return p.errorf("%d characters; at most %d are allowed", utf8.RuneCountInString(value), limit)
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

// clip shortens text from the caller so that a message can repeat it.
func clip(s string) string {
	const limit = 100 // bytes
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

// suggest lists the valid names, or the closest five if there are many.
func suggest(wrong string, names []string) string {
	const few = 12 // names that fit into a message
	if len(names) <= few {
		return "valid names are " + strings.Join(names, ", ")
	}
	const nearest = 5
	near := slices.Clone(names)
	distances := map[string]int{}
	for _, name := range near {
		distances[name] = distance(audit.Fold(clip(wrong)), audit.Fold(name))
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distances[a], distances[b]) })
	return "the closest names are " + strings.Join(near[:nearest], ", ")
}

// distance returns the Levenshtein distance between a and b in bytes, or 1 if
// b contains a: a name that was only abbreviated is close.
func distance(a, b string) int {
	if strings.Contains(b, a) && a != "" {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
