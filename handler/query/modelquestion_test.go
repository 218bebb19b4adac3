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

// A modelQuestion is a question, and what it asks for, said by other means.
type modelQuestion struct {
	asked      string // without what only says how events are shown
	conditions []func(*modelEvent) bool
}

func (q *modelQuestion) wants(e *modelEvent) bool {
	return !slices.ContainsFunc(q.conditions, func(holds func(*modelEvent) bool) bool { return !holds(e) })
}

func mapEach(list []string, f func(string) string) []string {
	var all []string
	for _, item := range list {
		all = append(all, f(item))
	}
	return all
}

// textParameters are those that match texts, and the columns that they
// look at.
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

// newModelQuestion asks for something that some of the events may be.
func newModelQuestion(random *rand.Rand, events []*modelEvent) *modelQuestion {
	q, v := &modelQuestion{}, url.Values{}
	q.askDates(random, v, events)
	few := pick(random, []int{2, 4, 8, 30}) // one in so many parameters is asked for
	for _, name := range sortedKeys(textParameters) {
		if random.IntN(few) == 0 {
			q.askText(random, v, name)
		}
	}
	for _, name := range sortedKeys(numberParameters) {
		if random.IntN(few) == 0 {
			q.askNumber(random, v, name)
		}
	}
	if random.IntN(few) == 0 {
		q.askFreeText(random, v, events)
	}
	q.asked = v.Encode()
	return q
}

// askDates asks for a range that begins and ends at, just before or just
// behind an event, or for one of whole days, or for the usual one.
func (q *modelQuestion) askDates(random *rand.Rand, v url.Values, events []*modelEvent) {
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

func (q *modelQuestion) askText(random *rand.Rand, v url.Values, name string) {
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
	give(random, v, name, values, p.lists)
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

func (q *modelQuestion) askNumber(random *rand.Rand, v url.Values, name string) {
	p := numberParameters[name]
	var values, wanted []string
	for range 1 + random.IntN(3) {
		n := random.IntN(max(modelRanges[p.column], 1))
		value := strconv.Itoa(n)
		if name == "recordType" {
			value = strconv.Itoa(pick(random, modelTypes))
		}
		wanted = append(wanted, value)
		if n < len(p.names) && random.IntN(2) == 0 {
			value = oddCase(random, p.names[n])
		}
		if value == "97" && random.IntN(2) == 0 {
			value = "aipheartbeat"
		}
		values = append(values, value)
	}
	give(random, v, name, values, true)
	q.conditions = append(q.conditions, func(e *modelEvent) bool { return slices.Contains(wanted, e.columns[p.column]) })
}

// askFreeText asks for a piece of a record, as it was sent or as people read it.
func (q *modelQuestion) askFreeText(random *rand.Rand, v url.Values, events []*modelEvent) {
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

// decoded is JSON with its strings as people read them.
func decoded(sent string) string {
	return stringLiteral.ReplaceAllStringFunc(sent, func(literal string) string {
		var text string
		if json.Unmarshal([]byte(literal), &text) != nil {
			panic("no string: " + literal)
		}
		return `"` + text + `"`
	})
}

// give gives the values in one of the ways in which a parameter can have them.
func give(random *rand.Rand, v url.Values, name string, values []string, lists bool) {
	if lists && random.IntN(2) == 0 {
		values = []string{strings.Join(values, pick(random, []string{",", ", "}))}
	}
	v[pick(random, []string{name, strings.ToUpper(name), strings.ToLower(name)})] = values
}

// oddCase writes a text in another case, also with the letters that have more
// than two.
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

// answers are the events that the question asks for, in the order of answers.
func (q *modelQuestion) answers(events []*modelEvent) []*modelEvent {
	var found []*modelEvent
	for _, e := range events {
		if q.wants(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *modelEvent) int {
		return cmp.Or(cmp.Compare(b.at.Unix(), a.at.Unix()), cmp.Compare(a.key(), b.key()))
	})
	return found
}
