package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A question is what a list is asked, with every default filled in.
type question struct {
	asked      time.Time
	parameters []parameter // that the list takes
	back       time.Duration

	from, to    time.Time // [from, to), whole seconds in UTC
	contentType string
	states      []store.State
	recordTypes []audit.RecordType
	numbers     map[audit.Attribute][]int32
	criteria    []*criterion // all of which hold
	freeText    []string     // texts of which one is there

	terms    [][]store.Term           // of each list, the events that are asked for have one
	contains func(record []byte) bool // nil: there is no free text

	format     format
	view       view
	resultSize int
	cursor     string
	begin      place // the page begins behind it

	enough func() bool // reports whether the page is full

	given values // in the form in which the address of the next page carries them
}

// ask reads a question to a list that takes these parameters, and goes so far
// back if it does not say where to begin. The error is a fault.
func ask(raw string, now time.Time, parameters []parameter, back time.Duration) (question, error) {
	given, err := readQuery(raw, parameters)
	if err != nil {
		return question{}, err
	}
	q := question{asked: now, parameters: parameters, back: back, format: formats[0], view: normalized, given: values{}}
	for _, p := range parameters {
		for _, value := range given[p.name] {
			canonical, ok := p.take(&q, value)
			if !ok {
				return question{}, p.invalid(value)
			}
			if !slices.Contains(q.given[p.name], canonical) {
				q.given[p.name] = append(q.given[p.name], canonical)
			}
		}
	}
	if err := q.setSize(); err != nil {
		return question{}, err
	}
	if err := q.setRange(); err != nil {
		return question{}, err
	}
	q.find()
	return q, q.resume()
}

// setSize holds the size of a page to what its format allows.
func (q *question) setSize() error {
	if q.resultSize == 0 {
		q.resultSize = q.format.usual
	}
	if q.resultSize > q.format.most {
		return badRequest("InvalidParameter", resultSize, "%s: %d is not a whole number from 1 to %d, the most that %s takes",
			resultSize, q.resultSize, q.format.most, q.format.name)
	}
	return nil
}

// setRange fills in the dates that are not given. Without a start, the
// question covers the days before its end, be that now or years ago.
func (q *question) setRange() error {
	_, hasStart := q.given[startDate]
	_, hasEnd := q.given[endDate]
	if !hasEnd {
		q.to = q.asked.UTC().Truncate(time.Second)
	}
	if !hasStart {
		q.from = q.to.Add(-q.back)
	}
	if !q.to.Before(q.from) {
		return nil
	}
	target := startDate
	if hasEnd {
		target = endDate
	}
	return badRequest("InvalidParameter", target, "endDate %s is before startDate %s", formatDate(q.to), formatDate(q.from))
}

// resume moves the question to where its cursor is, and its range to that of
// the question's first page, so that "now" and "-7d" mean on every page what
// they meant on the first.
func (q *question) resume() error {
	q.begin = place{from: q.to, to: q.to}
	if q.cursor == "" {
		return nil
	}
	c, err := parseCursor(q.cursor)
	if err != nil {
		return notACursor()
	}
	if c.Question != q.hash() {
		return badRequest("InvalidCursor", cursorName, "cursor: it belongs to another question; take nextLink as it is")
	}
	q.from, q.begin = c.start(), c.place()
	return nil
}

func notACursor() *fault {
	return badRequest("InvalidCursor", cursorName, "cursor: not one that this service gave; take nextLink as it is")
}

// hash tells questions apart that select different events. Dates that are
// not given have no part in it: the cursor itself pins them.
func (q *question) hash() string {
	h := sha256.New()
	for _, p := range q.parameters {
		if p.selects {
			fmt.Fprintf(h, "%s %q\n", p.name, q.given[p.name])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// matches reports whether a record of the range is an answer. What storage
// finds by terms it does not look at any further; else it has picked out
// record types, numbers and free text, and a text is not looked for twice.
func (q *question) matches(r *audit.Record) bool {
	if slices.ContainsFunc(q.criteria, func(c *criterion) bool { return !c.holds(r) }) {
		return false
	}
	if len(q.recordTypes) > 0 && !slices.Contains(q.recordTypes, r.RecordType) {
		return false
	}
	for a, wanted := range q.numbers {
		if n, ok := r.Int(a); !ok || !slices.Contains(wanted, n) {
			return false
		}
	}
	return q.contains == nil || len(q.terms) == 0 || q.contains(r.JSON)
}

// find fills in how the answer is found: lists of terms, of which each event
// has one each.
func (q *question) find() {
	add := func(terms []store.Term) {
		if len(terms) > 0 {
			q.terms = append(q.terms, terms)
		}
	}
	for _, c := range q.criteria {
		add(c.terms())
	}
	add(mapped(q.numbers[audit.LabelEventType], store.OfLabelEventType))
	add(mapped(q.recordTypes, store.OfRecordType))
	q.contains = contains(q.freeText)
}
