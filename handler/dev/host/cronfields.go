package host

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// cronTerm is one element of a field's list: *, a value or a range, with an
// optional step. NCrontab has neither ?, L, W and # nor descriptors.
var cronTerm = regexp.MustCompile(`^(\*|(\w+)(?:-(\w+))?)(/\d+)?$`)

// cronFields splits an NCRONTAB expression and writes it the way package cron
// reads it: names (any prefix of the English one) as numbers, ranges rising.
func cronFields(text string) ([]string, error) {
	fields := strings.Fields(text)
	if len(fields) != 5 && len(fields) != 6 {
		return nil, fmt.Errorf("%d fields, not 5 or 6", len(fields))
	}
	for i, field := range fields {
		terms := strings.Split(field, ",")
		for j := range terms {
			var err error
			if terms[j], err = rewriteTerm(terms[j], cronNames(len(fields)-i)); err != nil {
				return nil, err
			}
		}
		fields[i] = strings.Join(terms, ",")
	}
	return fields, nil
}

// cronNames are the names of the field that is so many from the end; the
// first name stands for the field's least value.
func cronNames(fromEnd int) []string {
	switch fromEnd {
	case 1:
		return []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	case 2: // no month 0
		return []string{"", "january", "february", "march", "april", "may", "june", "july",
			"august", "september", "october", "november", "december"}
	}
	return nil
}

func rewriteTerm(term string, names []string) (string, error) {
	m := cronTerm.FindStringSubmatch(term)
	if m == nil {
		return "", fmt.Errorf("%q is not a crontab field expression", term)
	}
	if m[1] == "*" {
		return term, nil
	}
	first, err := cronValue(m[2], names)
	if err != nil {
		return "", err
	}
	if m[3] == "" {
		return strconv.Itoa(first) + m[4], nil
	}
	last, err := cronValue(m[3], names)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d-%d%s", min(first, last), max(first, last), m[4]), nil
}

func cronValue(text string, names []string) (int, error) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	for i, name := range names {
		if strings.HasPrefix(name, strings.ToLower(text)) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is not a known value", text)
}
