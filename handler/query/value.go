package query

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The set functions of the parameters. Each applies one value to a question
// and returns the value in its canonical form, or false if it is invalid.

func setStart(q *question, value string) (string, bool) {
	t, ok := parseDate(value, q.now)
	q.from = t
	return formatDate(t), ok
}

func setEnd(q *question, value string) (string, bool) {
	t, ok := parseDate(value, q.now)
	q.to = t
	return formatDate(t), ok
}

// addRecordType accepts any number: Microsoft sends new types before it
// publishes their names.
func addRecordType(q *question, value string) (string, bool) {
	t, ok := audit.RecordTypeByName(value)
	if !ok {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return "", false
		}
		t = audit.RecordType(n)
	}
	if !slices.Contains(q.recordTypes, t) {
		q.recordTypes = append(q.recordTypes, t)
	}
	return strconv.Itoa(int(t)), true
}

// addNumber accepts a name or any number that the attribute can hold.
func addNumber(a audit.Attribute) func(*question, string) (string, bool) {
	return func(q *question, value string) (string, bool) {
		n, ok := numberOf(a, value)
		if !ok {
			parsed, err := strconv.ParseInt(value, 10, 32)
			if err != nil {
				return "", false
			}
			n = int32(parsed)
		}
		if q.numbers == nil {
			q.numbers = map[audit.Attribute][]int32{}
		}
		if !slices.Contains(q.numbers[a], n) {
			q.numbers[a] = append(q.numbers[a], n)
		}
		return strconv.Itoa(int(n)), true
	}
}

// addText adds a text to the criterion of a field.
func addText(f *field) func(*question, string) (string, bool) {
	return func(q *question, value string) (string, bool) {
		i := slices.IndexFunc(q.criteria, func(c *criterion) bool { return c.field == f })
		if i < 0 {
			i = len(q.criteria)
			q.criteria = append(q.criteria, &criterion{field: f})
		}
		q.criteria[i].add(value)
		return value, true
	}
}

// addFileName rejects a text that cannot be the last segment of a path.
func addFileName(q *question, value string) (string, bool) {
	if audit.FileName(value) != value {
		return "", false
	}
	return addText(fileField)(q, value)
}

// maxFreeText is the maximum length of a free text in characters. It is longer
// than any path.
const maxFreeText = 500

func addFreeText(q *question, value string) (string, bool) {
	q.freeText = append(q.freeText, value)
	return value, true
}

// contentType matches any content type, not only the configured ones: the
// ledger may hold entries from an earlier configuration.
var contentType = regexp.MustCompile(`^[A-Za-z]{1,20}\.[A-Za-z]{1,40}$`)

func setContentType(q *question, value string) (string, bool) {
	q.contentType = value
	return value, contentType.MatchString(value)
}

func addState(q *question, value string) (string, bool) {
	name, ok := findName(states, value)
	if ok && !slices.Contains(q.states, ledger.State(name)) {
		q.states = append(q.states, ledger.State(name))
	}
	return name, ok
}

// setResultSize leaves the upper limit to the format: see
// question.resolveSize.
func setResultSize(q *question, value string) (string, bool) {
	n, err := strconv.ParseUint(value, 10, 31)
	q.resultSize = int(n)
	return strconv.Itoa(q.resultSize), err == nil && n > 0
}

func setFormat(q *question, value string) (string, bool) {
	name, ok := findName(formatNames(), value)
	if ok {
		q.format = formatNamed(name)
	}
	return name, ok
}

func setView(q *question, value string) (string, bool) {
	name, ok := findName(views, value)
	q.view = view(name)
	return name, ok
}

func setCursor(q *question, value string) (string, bool) {
	q.cursor = value
	return value, value != ""
}

// findName returns the name that equals value, ignoring case.
func findName(names []string, value string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, value) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// dates describes the forms of a date for error messages. All dates are UTC,
// with or without the Z.
const dates = "a date such as 2026-11-21, a time such as 2026-11-21T10:00, 2026-11-21T10:00:00 or 2026-11-21T10:00:00Z (UTC), " +
	"or relative to now, such as -7d or -12h"

// datePattern matches the same forms.
const datePattern = `^(\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?Z?)?|-\d{1,5}[dh])$`

var dateLayouts = []string{
	"2006-01-02",
	"2006-01-02T15:04", "2006-01-02T15:04Z",
	"2006-01-02T15:04:05", "2006-01-02T15:04:05Z",
}

// relativeDate limits the digits so that the result is in a year that can be
// formatted.
var relativeDate = regexp.MustCompile(`^-(\d{1,5})([dh])$`)

// parseDate parses a date, relative to now if it is relative. The result is a
// whole second in UTC.
func parseDate(s string, now time.Time) (time.Time, bool) {
	if m := relativeDate.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour}[m[2]]
		return now.UTC().Truncate(time.Second).Add(-time.Duration(n) * unit), true
	}
	for _, layout := range dateLayouts {
		// time.Parse also accepts a fraction, or an hour of one digit, that
		// the layout does not have.
		if len(s) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t, t.Year() > 0 // leaves room for the default range before t
		}
	}
	return time.Time{}, false
}

// formatDate formats a whole second in a form that parseDate accepts.
func formatDate(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// An enumeration maps the numbers of an attribute to names and back. An
// attribute without a line in enumerations has no names.
type enumeration struct {
	name   func(int32) string // "" if the number has no name
	byName func(string) (int32, bool)
}

var enumerations = map[audit.Attribute]enumeration{
	audit.UserType:       {audit.UserTypeName, audit.UserTypeByName},
	audit.Platform:       {audit.PlatformName, audit.PlatformByName},
	audit.LabelEventType: {audit.LabelEventTypeName, audit.LabelEventTypeByName},
	audit.ActionSource:   {audit.ActionSourceName, audit.ActionSourceByName},
}

// nameOf returns the name of an attribute's number, or "".
func nameOf(a audit.Attribute, number int32) string {
	e, ok := enumerations[a]
	if !ok {
		return ""
	}
	return e.name(number)
}

// numberOf returns the number of a name, in any case.
func numberOf(a audit.Attribute, name string) (int32, bool) {
	e, ok := enumerations[a]
	if !ok {
		return 0, false
	}
	return e.byName(name)
}

// namesOf returns the names of an attribute's numbers from 0 on.
func namesOf(a audit.Attribute) []string {
	var list []string
	for n := int32(0); nameOf(a, n) != ""; n++ {
		list = append(list, nameOf(a, n))
	}
	return list
}

func recordTypeNames() []string {
	var list []string
	for t := range audit.RecordTypes() {
		list = append(list, t.Name())
	}
	return list
}
