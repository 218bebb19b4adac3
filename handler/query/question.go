package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A question is a parsed request for a page of a list, with every default
// filled in.
type question struct {
	now        time.Time // when it was asked
	parameters []parameter
	back       time.Duration // length of the default range

	from, to    time.Time // [from, to), whole seconds in UTC
	contentType string
	states      []ledger.State
	recordTypes []audit.RecordType
	numbers     map[audit.Attribute][]int32
	criteria    []*criterion // all must match
	freeText    []string     // one must occur

	conditions []condition            // what the filters above require
	keep       func(json []byte) bool // reports whether a free text occurs; nil if freeText is empty

	format     format
	view       view
	resultSize int
	cursor     string
	start      resumePoint // where the page begins

	given values // canonical values, for the address of the next page
}

// ask parses the query string of a list with these parameters. back is the
// length of the range if no start is given. The error is an *apiError.
func ask(raw string, now time.Time, parameters []parameter, back time.Duration) (question, error) {
	given, err := parseQueryString(raw, parameters)
	if err != nil {
		return question{}, err
	}
	q := question{now: now, parameters: parameters, back: back, format: jsonFormat, view: normalizedView, given: values{}}
	for _, p := range parameters {
		for _, value := range given[p.name] {
			canonical, ok := p.set(&q, value)
			if !ok {
				return question{}, p.invalid(value)
			}
			if !slices.Contains(q.given[p.name], canonical) {
				q.given[p.name] = append(q.given[p.name], canonical)
			}
		}
	}
	if err := q.resolveSize(); err != nil {
		return question{}, err
	}
	if err := q.resolveRange(); err != nil {
		return question{}, err
	}
	q.resolveConditions()
	err = q.resume()
	return q, err
}

// resolveSize fills in the default page size of the format, and checks its
// maximum.
func (q *question) resolveSize() error {
	if q.resultSize == 0 {
		q.resultSize = q.format.sizes.initial
	}
	if most := q.format.sizes.max; q.resultSize > most {
		return badRequest("InvalidParameter", resultSize, "%s: %d is not a whole number from 1 to %d, the maximum for %s",
			resultSize, q.resultSize, most, q.format.name)
	}
	return nil
}

// resolveRange fills in the dates that are not given. The default start is
// relative to the end, whether that is now or years ago.
func (q *question) resolveRange() error {
	_, hasStart := q.given[startDate]
	_, hasEnd := q.given[endDate]
	if !hasEnd {
		q.to = q.now.UTC().Truncate(time.Second)
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

// resume continues where the cursor's page ended. The range becomes that of
// the first page, so that "now" and "-7d" mean the same on every page.
func (q *question) resume() error {
	q.start = resumePoint{from: q.to, to: q.to}
	if q.cursor == "" {
		return nil
	}
	c, err := parseCursor(q.cursor)
	if err != nil {
		return invalidCursor()
	}
	if c.Question != q.hash() {
		return badRequest("InvalidCursor", cursorName, "cursor: belongs to a different question; use nextLink unchanged")
	}
	q.from, q.start = c.start(), c.resumePoint()
	return nil
}

func invalidCursor() *apiError {
	return badRequest("InvalidCursor", cursorName, "cursor: not issued by this API; use nextLink unchanged")
}

// hash identifies what the question selects. Dates that are not given have no
// part in it, because the cursor itself fixes them.
func (q *question) hash() string {
	h := sha256.New()
	for _, p := range q.parameters {
		if p.selects {
			fmt.Fprintf(h, "%s %q\n", p.name, q.given[p.name])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
