package query

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

func takeStart(q *question, value string) (string, bool) {
	t, ok := parseDate(value, q.asked)
	q.from = t
	return formatDate(t), ok
}

func takeEnd(q *question, value string) (string, bool) {
	t, ok := parseDate(value, q.asked)
	q.to = t
	return formatDate(t), ok
}

// takeRecordType takes any number: Microsoft sends new types before it
// publishes their names.
func takeRecordType(q *question, value string) (string, bool) {
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

// takeNumber takes any number that an attribute may have, or a name.
func takeNumber(a audit.Attribute) func(*question, string) (string, bool) {
	byName := numberByName(a)
	return func(q *question, value string) (string, bool) {
		n, ok := byName(value)
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

// takeText takes a text that a field is to have.
func takeText(f *field) func(*question, string) (string, bool) {
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

// takeFileName refuses what no last segment can be.
func takeFileName(q *question, value string) (string, bool) {
	if audit.FileName(value) != value {
		return "", false
	}
	return takeText(fileField)(q, value)
}

// maxFreeText is how long a text may be that is looked for in every record:
// longer than any path.
const maxFreeText = 500

func takeFreeText(q *question, value string) (string, bool) {
	q.freeText = append(q.freeText, value)
	return value, true
}

// contentType is what a content type looks like; those of another day than
// today's configuration may be asked for, too.
var contentType = regexp.MustCompile(`^[A-Za-z]{1,20}\.[A-Za-z]{1,40}$`)

func takeContentType(q *question, value string) (string, bool) {
	q.contentType = value
	return value, contentType.MatchString(value)
}

func takeState(q *question, value string) (string, bool) {
	name, ok := oneOf(states, value)
	if ok && !slices.Contains(q.states, store.State(name)) {
		q.states = append(q.states, store.State(name))
	}
	return name, ok
}

// takeResultSize leaves it to the format to say what is too much.
func takeResultSize(q *question, value string) (string, bool) {
	n, err := strconv.ParseUint(value, 10, 31)
	q.resultSize = int(n)
	return strconv.Itoa(q.resultSize), err == nil && n > 0
}

func takeFormat(q *question, value string) (string, bool) {
	name, ok := oneOf(formatNames(), value)
	if ok {
		q.format = formatNamed(name)
	}
	return name, ok
}

func takeView(q *question, value string) (string, bool) {
	name, ok := oneOf(views, value)
	q.view = view(name)
	return name, ok
}

func takeCursor(q *question, value string) (string, bool) {
	q.cursor = value
	return value, value != ""
}

// oneOf finds value among names, in any case.
func oneOf(names []string, value string) (string, bool) {
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, value) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}
