package infra

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A rule is one of alerts.bicep.
type rule struct {
	name, operator string
	threshold      int
	filters        []filter // all must hold
}

// A filter is one comparison of a query: a field of the handler's line with
// the words that it may be.
type filter struct {
	field string
	words []string
}

var (
	condition = regexp.MustCompile(`^tostring\(line\.(\w+)\) (?:== '([^']*)'|in \(([^)]*)\))$`)
	quoted    = regexp.MustCompile(`'([^']*)'`)
)

// readQuery reads the little of the query language that the alert rules use.
// What else a query has is an error: it would be left out of the test.
func readQuery(query string) ([]filter, error) {
	steps := strings.Split(strings.TrimSpace(query), "|")
	if len(steps) != 3 || strings.TrimSpace(steps[0]) != "AppTraces" || strings.TrimSpace(steps[1]) != "extend line = parse_json(Message)" {
		return nil, fmt.Errorf("it does not look at the lines of the handler: %s", query)
	}
	where, found := strings.CutPrefix(strings.TrimSpace(steps[2]), "where ")
	if !found {
		return nil, fmt.Errorf("no condition in: %s", query)
	}
	var filters []filter
	for _, part := range strings.Split(where, " and ") {
		m := condition.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, fmt.Errorf("this test does not know: %s", part)
		}
		f := filter{field: m[1]}
		for _, word := range quoted.FindAllStringSubmatch(m[0], -1) {
			f.words = append(f.words, word[1])
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// matches tells whether the query counts a line.
func (r rule) matches(line string) bool {
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) != nil {
		return false
	}
	return !slices.ContainsFunc(r.filters, func(f filter) bool {
		text, _ := fields[f.field].(string)
		return !slices.Contains(f.words, text)
	})
}

// fires tells whether the rule fires on what was logged within its window.
func (r rule) fires(lines []string) bool {
	n := 0
	for _, line := range lines {
		if r.matches(line) {
			n++
		}
	}
	if r.operator == "LessThan" {
		return n < r.threshold
	}
	return n >= r.threshold
}
