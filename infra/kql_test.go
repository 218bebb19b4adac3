package infra

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A rule is an alert rule of alerts.bicep.
type rule struct {
	name, operator string
	threshold      int
	filters        []filter // all must hold
}

// A filter is one comparison in a query: a field of a log line, and the values
// that it may have.
type filter struct {
	field string
	words []string
}

var (
	condition = regexp.MustCompile(`^tostring\(line\.(\w+)\) (?:== '([^']*)'|in \(([^)]*)\))$`)
	quoted    = regexp.MustCompile(`'([^']*)'`)
)

// readQuery parses the part of the query language that the alert rules use. Any
// other syntax is an error, because the test would ignore it.
func readQuery(query string) ([]filter, error) {
	steps := strings.Split(strings.TrimSpace(query), "|")
	if len(steps) != 3 || strings.TrimSpace(steps[0]) != "AppTraces" || strings.TrimSpace(steps[1]) != "extend line = parse_json(Message)" {
		return nil, fmt.Errorf("the query does not read the log lines of the handler: %s", query)
	}
	where, found := strings.CutPrefix(strings.TrimSpace(steps[2]), "where ")
	if !found {
		return nil, fmt.Errorf("no condition in: %s", query)
	}
	var filters []filter
	for _, part := range strings.Split(where, " and ") {
		m := condition.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil {
			return nil, fmt.Errorf("unknown condition: %s", part)
		}
		f := filter{field: m[1]}
		for _, word := range quoted.FindAllStringSubmatch(m[0], -1) {
			f.words = append(f.words, word[1])
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// matches reports whether the query counts a line.
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

// fires reports whether the rule fires on the lines logged in its window.
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
