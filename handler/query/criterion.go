package query

import (
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A field is where an event has a text that can be asked for.
type field struct {
	attributes []audit.Attribute   // one of them
	part       func(string) string // of the attribute's text; nil: all of it
	term       func(string) store.Term
	prefixes   bool // a trailing * stands for any text
}

var (
	operationField = &field{attributes: []audit.Attribute{audit.Operation}, term: store.OfOperation}
	userField      = &field{attributes: []audit.Attribute{audit.UserID}, term: store.OfUser}
	addressField   = &field{attributes: []audit.Attribute{audit.ClientIP}, term: store.OfIP}
	deviceField    = &field{attributes: []audit.Attribute{audit.DeviceName}, term: store.OfDevice}
	objectField    = &field{attributes: []audit.Attribute{audit.ObjectID}, term: store.OfObject, prefixes: true}
	fileField      = &field{attributes: []audit.Attribute{audit.ObjectID}, part: audit.FileName, term: store.OfFileName}
	labelField     = &field{attributes: []audit.Attribute{audit.SensitivityLabelID, audit.OldSensitivityLabelID}, term: store.OfLabel}
)

// A criterion is that a field has one of several texts, or begins with one of
// several, in upper or lower case.
type criterion struct {
	field    *field
	exact    []string // as given
	folded   []string // those, folded
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

// holds reports whether a record meets the criterion.
func (c *criterion) holds(r *audit.Record) bool {
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

// terms are what events that meet the criterion can be found by; none if a
// prefix is among what it asks for.
func (c *criterion) terms() []store.Term {
	if len(c.prefixes) > 0 {
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
