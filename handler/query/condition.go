package query

import (
	"maps"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A condition is what one filter parameter requires. An item matches a question
// if it meets all of its conditions.
//
// A new filter needs one. A text has it if it is set by addText, and a number if
// it is set by addNumber. Any other filter needs lines of its own in
// resolveConditions, and in eventQuery if a scan applies it.
type condition struct {
	// terms are index terms: every event that meets the condition has one of
	// them. They are nil if the index has none; then it cannot find the events.
	terms []events.Term
	// scan says what leaves out other items when the index is not used.
	scan filterPlace
	// matches reports whether a record meets the condition. It is nil for a
	// condition on ledger entries, which only the store checks.
	matches func(*audit.Record) bool
}

// A filterPlace says what leaves out the items that do not meet a condition, when
// rows are read in a range and not by the index.
type filterPlace int

const (
	byQuestion filterPlace = iota // question.matches: the store yields them
	byStore                       // the store: it reads them and does not yield them
	byService                     // the storage service: it compares columns and does not send them
)

// resolveConditions fills in the conditions of the filters that are given.
func (q *question) resolveConditions() {
	for _, c := range q.criteria {
		q.conditions = append(q.conditions, condition{terms: c.terms(), scan: byQuestion, matches: c.matches})
	}
	for _, a := range slices.Sorted(maps.Keys(q.numbers)) {
		q.conditions = append(q.conditions, numberCondition(a, q.numbers[a]))
	}
	if types := q.recordTypes; len(types) > 0 {
		q.conditions = append(q.conditions, condition{
			terms: mapped(types, events.OfRecordType), scan: byService,
			matches: func(r *audit.Record) bool { return slices.Contains(types, r.RecordType) },
		})
	}
	if len(q.freeText) > 0 {
		keep := freeTextFilter(q.freeText)
		q.keep = keep
		q.conditions = append(q.conditions, condition{
			scan:    byStore,
			matches: func(r *audit.Record) bool { return keep(r.JSON) },
		})
	}
	if len(q.states) > 0 {
		q.conditions = append(q.conditions, condition{scan: byService})
	}
}

// numberTerms has the index terms of attributes. A number whose attribute is
// absent here is found by a scan.
var numberTerms = map[audit.Attribute]func(int32) events.Term{
	audit.LabelEventType: events.OfLabelEventType,
}

// numberCondition requires that an attribute has one of the numbers.
func numberCondition(a audit.Attribute, wanted []int32) condition {
	c := condition{scan: byService, matches: func(r *audit.Record) bool {
		n, ok := r.Int(a)
		return ok && slices.Contains(wanted, n)
	}}
	if term, ok := numberTerms[a]; ok {
		c.terms = mapped(wanted, term)
	}
	return c
}

// matches reports whether a record in the range meets all conditions. The store
// yields more than that, so everything is checked here, except a condition that
// the scan has certainly applied: a free text is expensive to search twice.
func (q *question) matches(r *audit.Record) bool {
	isScan := !q.usesIndex()
	for _, c := range q.conditions {
		if isScan && c.scan == byStore {
			continue
		}
		if !c.matches(r) {
			return false
		}
	}
	return true
}

// terms returns the index terms of each condition that has some. Every matching
// event has one term of each list.
func (q *question) terms() [][]events.Term {
	var lists [][]events.Term
	for _, c := range q.conditions {
		if len(c.terms) > 0 {
			lists = append(lists, c.terms)
		}
	}
	return lists
}

// usesIndex reports whether the store looks for events in the index. Otherwise
// it scans.
func (q *question) usesIndex() bool {
	return slices.ContainsFunc(q.conditions, func(c condition) bool { return len(c.terms) > 0 })
}

// isFiltered reports whether the store passes over items that do not match, and
// so may yield nothing for a long time. Only scans do that.
func (q *question) isFiltered() bool {
	return !q.usesIndex() && slices.ContainsFunc(q.conditions, func(c condition) bool { return c.scan != byQuestion })
}

// isExact reports whether the store reads only items that match: the index finds
// them by the only condition, or a scan compares columns for all conditions.
func (q *question) isExact() bool {
	if q.usesIndex() {
		return len(q.conditions) == 1
	}
	return !slices.ContainsFunc(q.conditions, func(c condition) bool { return c.scan != byService })
}

// rowLimit is the number of rows that the page will read, one more than it
// shows. It is 0 if unknown or if a full response of storage is needed anyway.
func (q *question) rowLimit() int {
	if q.resultSize >= store.PageRows || !q.isExact() {
		return 0
	}
	return q.resultSize + 1
}

// A field is a text of an event that a parameter can filter on. A new text
// filter needs a field with its attributes, and a line in eventParameters with
// addText.
type field struct {
	attributes []audit.Attribute        // where the text is; one of them must match
	part       func(string) string      // the part of the attribute to compare; nil for all of it
	term       func(string) events.Term // the index term of a text; nil if the index has none, so that events are found by a scan
	prefixes   bool                     // a trailing * matches any suffix
}

var (
	operationField = &field{attributes: []audit.Attribute{audit.Operation}, term: events.OfOperation}
	userField      = &field{attributes: []audit.Attribute{audit.UserID}, term: events.OfUser}
	addressField   = &field{attributes: []audit.Attribute{audit.ClientIP}, term: events.OfIP}
	deviceField    = &field{attributes: []audit.Attribute{audit.DeviceName}, term: events.OfDevice}
	objectField    = &field{attributes: []audit.Attribute{audit.ObjectID}, term: events.OfObject, prefixes: true}
	fileField      = &field{attributes: []audit.Attribute{audit.ObjectID}, part: audit.FileName, term: events.OfFileName}
	labelField     = &field{attributes: []audit.Attribute{audit.SensitivityLabelID, audit.OldSensitivityLabelID}, term: events.OfLabel}
)

// A criterion requires that a field equals one of several texts or begins with
// one of several prefixes, ignoring case.
type criterion struct {
	field    *field
	exact    []string // as given
	folded   []string // exact, folded
	prefixes []string // folded
}

func (c *criterion) add(value string) {
	if prefix, ok := strings.CutSuffix(value, "*"); ok && c.field.prefixes {
		c.prefixes = append(c.prefixes, audit.Fold(prefix))
		return
	}
	c.exact = append(c.exact, value)
	c.folded = append(c.folded, audit.Fold(value))
}

// matches reports whether a record meets the criterion.
func (c *criterion) matches(r *audit.Record) bool {
	for _, a := range c.field.attributes {
		text, ok := r.Text(a)
		if !ok {
			continue
		}
		if c.field.part != nil {
			text = c.field.part(text)
		}
		text = audit.Fold(text)
		if slices.Contains(c.folded, text) ||
			slices.ContainsFunc(c.prefixes, func(p string) bool { return strings.HasPrefix(text, p) }) {
			return true
		}
	}
	return false
}

// terms returns the index terms of the criterion: every event that meets it
// has one of them. It returns nil if the index cannot find all these events: it
// has no terms of the field, or a prefix is wanted.
func (c *criterion) terms() []events.Term {
	if c.field.term == nil || len(c.prefixes) > 0 {
		return nil
	}
	return mapped(c.exact, c.field.term)
}

func mapped[From, To any](list []From, f func(From) To) []To {
	var all []To
	for _, item := range list {
		all = append(all, f(item))
	}
	return all
}
