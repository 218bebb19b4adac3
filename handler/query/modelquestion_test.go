package query_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// A modelQuestion is a random question about events, and its conditions,
// implemented independently of the code under test.
type modelQuestion struct {
	query      string // without format, view and resultSize
	conditions []func(*modelEvent) bool
}

func (q *modelQuestion) matches(e *modelEvent) bool {
	return !slices.ContainsFunc(q.conditions, func(matches func(*modelEvent) bool) bool { return !matches(e) })
}

func mapEach(list []string, f func(string) string) []string {
	var all []string
	for _, item := range list {
		all = append(all, f(item))
	}
	return all
}

// textParameters are the parameters that match text, and the columns they
// compare.
var textParameters = map[string]struct {
	columns []string
	lists   bool
}{
	"operations":          {[]string{"Operation"}, true},
	"userIds":             {[]string{"UserId"}, true},
	"ipAddresses":         {[]string{"ClientIP"}, true},
	"deviceNames":         {[]string{"DeviceName"}, false},
	"objectIds":           {[]string{"ObjectId"}, false},
	"fileNames":           {[]string{"ObjectId"}, false},
	"sensitivityLabelIds": {[]string{"SensitivityLabelId", "OldSensitivityLabelId"}, true},
}

var numberParameters = map[string]struct {
	column string
	names  []string
}{
	"labelEventTypes": {"LabelEventType", []string{"None", "LabelUpgraded", "LabelDowngraded", "LabelRemoved", "LabelChangedSameOrder"}},
	"actionSources":   {"ActionSource", []string{"None", "Default", "Auto", "Manual", "Recommended"}},
	"platforms":       {"Platform", []string{"Unknown", "Windows", "MacOS", "iOS", "Android", "Web"}},
	"userTypes":       {"UserType", []string{"Regular", "Reserved", "Admin", "DCAdmin", "System"}},
	"recordType":      {"RecordType", nil},
}

// newModelQuestion returns a random question that some of the events may match.
func newModelQuestion(random *rand.Rand, events []*modelEvent) *modelQuestion {
	q, v := &modelQuestion{}, url.Values{}
	q.addDates(random, v, events)
	few := pick(random, []int{2, 4, 8, 30}) // one of this many parameters is given
	for _, name := range sortedKeys(textParameters) {
		if random.IntN(few) == 0 {
			q.addText(random, v, name)
		}
	}
	for _, name := range sortedKeys(numberParameters) {
		if random.IntN(few) == 0 {
			q.addNumber(random, v, name)
		}
	}
	if random.IntN(few) == 0 {
		q.addFreeText(random, v, events)
	}
	q.query = v.Encode()
	return q
}

// addDates adds a range that starts and ends at, just before or just after an
// event, or a range of whole days, or leaves the default range.
func (q *modelQuestion) addDates(random *rand.Rand, v url.Values, events []*modelEvent) {
	edge := func() time.Time {
		return pick(random, events).at.Truncate(time.Second).Add(time.Duration(random.IntN(3)-1) * time.Second)
	}
	from, to := now.AddDate(0, 0, -7), now
	switch random.IntN(8) {
	case 0:
	case 1:
		days := random.IntN(400)
		from = now.AddDate(0, 0, -days)
		v.Set("startDate", fmt.Sprintf("-%dd", days))
	case 2:
		to = edge()
		from = to.AddDate(0, 0, -7)
		v.Set("endDate", to.Format("2006-01-02T15:04:05"))
	case 3:
		from, to = edge(), edge()
		if to.Before(from) {
			from, to = to, from
		}
		v.Set("startDate", from.Format("2006-01-02T15:04:05Z"))
		v.Set("endDate", to.Format("2006-01-02T15:04:05"))
	case 4:
		from = pick(random, events).at.Truncate(24 * time.Hour)
		to = from.AddDate(0, random.IntN(2), random.IntN(3))
		v.Set("startDate", from.Format("2006-01-02"))
		v.Set("endDate", to.Format("2006-01-02T15:04Z"))
	default:
		from = now.AddDate(-2, 0, 0)
		v.Set("startDate", from.Format("2006-01-02T15:04"))
	}
	q.conditions = append(q.conditions, func(e *modelEvent) bool { return !e.at.Before(from) && e.at.Before(to) })
}

func (q *modelQuestion) addText(random *rand.Rand, v url.Values, name string) {
	p := textParameters[name]
	var values []string
	for range 1 + random.IntN(3) {
		value := oddCase(random, pick(random, modelTexts[pick(random, p.columns)]))
		switch {
		case name == "fileNames":
			value = value[strings.LastIndexAny(strings.TrimRight(value, `/\`), `/\`)+1:]
			value = strings.TrimRight(value, `/\`)
		case name == "objectIds" && random.IntN(3) == 0:
			runes := []rune(value)
			value = string(runes[:random.IntN(len(runes)+1)]) + "*"
		case random.IntN(6) == 0:
			value = pick(random, []string{value + "x", "'" + value, value + "%", "' or 1 eq 1 or UserId eq '", "*"})
			if name == "objectIds" {
				value = strings.TrimSuffix(value, "*") + "?"
			}
		}
		values = append(values, value)
	}
	if p.lists {
		setList(random, v, name, values)
	} else {
		v[spelling(random, name)] = values
	}
	if p.lists {
		values = mapEach(strings.Split(strings.Join(values, ","), ","), strings.TrimSpace)
	}
	q.conditions = append(q.conditions, func(e *modelEvent) bool {
		return slices.ContainsFunc(values, func(value string) bool {
			return slices.ContainsFunc(p.columns, func(column string) bool { return e.hasText(name, column, value) })
		})
	})
}

func (e *modelEvent) hasText(parameter, column, value string) bool {
	text, ok := e.columns[column]
	if !ok {
		return false
	}
	switch {
	case parameter == "fileNames":
		segments := strings.FieldsFunc(text, func(r rune) bool { return r == '/' || r == '\\' })
		return strings.EqualFold(segments[len(segments)-1], value)
	case parameter == "objectIds" && strings.HasSuffix(value, "*"):
		return regexp.MustCompile(`(?i)^` + regexp.QuoteMeta(strings.TrimSuffix(value, "*"))).MatchString(text)
	}
	return strings.EqualFold(text, value)
}

func (q *modelQuestion) addNumber(random *rand.Rand, v url.Values, name string) {
	p := numberParameters[name]
	var values, numbers []string
	for range 1 + random.IntN(3) {
		n := random.IntN(max(modelRanges[p.column], 1))
		value := strconv.Itoa(n)
		if name == "recordType" {
			value = strconv.Itoa(pick(random, modelTypes))
		}
		numbers = append(numbers, value)
		if n < len(p.names) && random.IntN(2) == 0 {
			value = oddCase(random, p.names[n])
		}
		if value == "97" && random.IntN(2) == 0 {
			value = "aipheartbeat"
		}
		values = append(values, value)
	}
	setList(random, v, name, values)
	q.conditions = append(q.conditions, func(e *modelEvent) bool { return slices.Contains(numbers, e.columns[p.column]) })
}

// addFreeText adds a part of a record, as sent or decoded, as a free text.
func (q *modelQuestion) addFreeText(random *rand.Rand, v url.Values, events []*modelEvent) {
	var patterns []*regexp.Regexp
	for range 1 + random.IntN(2) {
		e := pick(random, events)
		runes := []rune(pick(random, []string{e.sent, decoded(e.sent)}))
		from := random.IntN(len(runes))
		text := oddCase(random, string(runes[from:min(len(runes), from+1+random.IntN(20))]))
		v.Add("freeText", text)
		patterns = append(patterns, regexp.MustCompile(`(?i)`+regexp.QuoteMeta(text)))
	}
	q.conditions = append(q.conditions, func(e *modelEvent) bool {
		return slices.ContainsFunc(patterns, func(p *regexp.Regexp) bool {
			return p.MatchString(e.sent) || p.MatchString(decoded(e.sent))
		})
	})
}

var stringLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// decoded returns JSON with the escapes of its strings decoded.
func decoded(sent string) string {
	return stringLiteral.ReplaceAllStringFunc(sent, func(literal string) string {
		var text string
		if json.Unmarshal([]byte(literal), &text) != nil {
			panic("invalid string: " + literal)
		}
		return `"` + text + `"`
	})
}

// setList sets the values of a parameter, repeated or separated by commas.
func setList(random *rand.Rand, v url.Values, name string, values []string) {
	if random.IntN(2) == 0 {
		values = []string{strings.Join(values, pick(random, []string{",", ", "}))}
	}
	v[spelling(random, name)] = values
}

// spelling returns the name of a parameter in some case.
func spelling(random *rand.Rand, name string) string {
	return pick(random, []string{name, strings.ToUpper(name), strings.ToLower(name)})
}

// oddCase returns a text in another case, including letters that have more than
// two cases.
func oddCase(random *rand.Rand, text string) string {
	switch random.IntN(4) {
	case 0:
		return strings.Map(unicode.SimpleFold, text)
	case 1:
		return strings.Map(unicode.ToLower, text)
	case 2:
		return strings.Map(unicode.ToUpper, text)
	}
	return text
}

// results returns the events that match, in the order of pages.
func (q *modelQuestion) results(events []*modelEvent) []*modelEvent {
	var found []*modelEvent
	for _, e := range events {
		if q.matches(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *modelEvent) int {
		return cmp.Or(cmp.Compare(b.at.Unix(), a.at.Unix()), cmp.Compare(a.key(), b.key()))
	})
	return found
}
