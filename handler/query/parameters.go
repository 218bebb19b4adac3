package query

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// Names of parameters that are spoken of outside of the table.
const (
	startDate  = "startDate"
	endDate    = "endDate"
	cursorName = "cursor"
)

// maxResultSize is the most events that a page of JSON has, the number that
// Search-UnifiedAuditLog has, too.
const maxResultSize = 5000

var resultSizes = fmt.Sprintf("a whole number from 1 to %d", maxResultSize)

// A view is how an event is shown.
type view string

const (
	normalized view = "normalized" // the columns under their names, and the record
	asSent     view = "record"     // the record as Microsoft sent it
)

var (
	formats = []string{"json"}
	views   = []string{string(normalized), string(asSent)}
)

// eventParameters are the parameters of /api/v1/events, in the order in which
// the address of the next page carries them. Names are those of
// Search-UnifiedAuditLog.
var eventParameters = []parameter{
	{name: startDate, wants: dates, selects: true, take: takeStart},
	{name: endDate, wants: dates, selects: true, take: takeEnd},
	{name: "recordType", many: true, selects: true, take: takeRecordType,
		wants: "the number or the name of a record type, such as 94 or AipSensitivityLabelAction"},
	{name: "operations", many: true, selects: true, take: takeText(audit.Operation), wants: "an operation"},
	{name: "userIds", many: true, selects: true, take: takeText(audit.UserID), wants: "a user id"},
	{name: "resultSize", wants: resultSizes, take: takeResultSize},
	{name: "format", wants: "a format that is supported: " + strings.Join(formats, ", "), take: takeFormat},
	{name: "view", wants: "a view that is supported: " + strings.Join(views, ", "), take: takeView},
	{name: cursorName, wants: "a cursor", take: takeCursor},
}

var states = []string{string(store.Pending), string(store.Done), string(store.Lost), string(store.Unreadable)}

// contentParameters are the parameters of /api/v1/content.
var contentParameters = []parameter{
	{name: startDate, wants: dates, selects: true, take: takeStart},
	{name: endDate, wants: dates, selects: true, take: takeEnd},
	{name: "contentType", wants: "a content type, such as Audit.General", selects: true, take: takeContentType},
	{name: "state", many: true, selects: true, take: takeState, wants: "a state: " + strings.Join(states, ", ")},
	{name: "resultSize", wants: resultSizes, take: takeResultSize},
	{name: cursorName, wants: "a cursor", take: takeCursor},
}

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

// takeText takes a text that the attribute has to be, but for its case.
func takeText(a audit.Attribute) func(*question, string) (string, bool) {
	return func(q *question, value string) (string, bool) {
		if q.texts == nil {
			q.texts = map[audit.Attribute][]string{}
		}
		q.texts[a] = append(q.texts[a], value)
		return value, true
	}
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

func takeResultSize(q *question, value string) (string, bool) {
	n, err := strconv.ParseUint(value, 10, 16)
	q.resultSize = int(n)
	return strconv.Itoa(q.resultSize), err == nil && 1 <= n && n <= maxResultSize
}

func takeFormat(_ *question, value string) (string, bool) { return oneOf(formats, value) }

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
